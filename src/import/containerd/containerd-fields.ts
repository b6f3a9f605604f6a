import type { FieldKind, Fields } from './go-decoding.ts';

/** Source: containerd, cmd/containerd/server/config/config.go, Config; plugin_dir was there in 1.x. */
export const fileFields: Fields = new Map<string, FieldKind>([
  ['version', 'integer'],
  ['root', 'string'],
  ['state', 'string'],
  ['temp', 'string'],
  ['debug', 'table'],
  ['disabled_plugins', 'strings'],
  ['required_plugins', 'strings'],
  ['plugins', 'table'],
  ['oom_score', 'integer'],
  ['cgroup', 'table'],
  ['proxy_plugins', 'tables'],
  ['timeouts', 'string map'],
  ['imports', 'strings'],
  ['stream_processors', 'tables'],
  ['grpc', 'table'],
  ['ttrpc', 'table'],
  ['metrics', 'table'],
]);

/** Source: containerd, internal/cri/config/config.go, RuntimeConfig. */
export const runtimePluginFields: Fields = new Map<string, FieldKind>([
  ['containerd', 'table'],
  ['cni', 'table'],
  ['enable_selinux', 'boolean'],
  ['selinux_category_range', 'integer'],
  ['max_container_log_line_size', 'integer'],
  ['disable_apparmor', 'boolean'],
  ['restrict_oom_score_adj', 'boolean'],
  ['disable_proc_mount', 'boolean'],
  ['unset_seccomp_profile', 'string'],
  ['tolerate_missing_hugetlb_controller', 'boolean'],
  ['disable_hugetlb_controller', 'boolean'],
  ['device_ownership_from_security_context', 'boolean'],
  ['ignore_image_defined_volumes', 'boolean'],
  ['netns_mounts_under_state_dir', 'boolean'],
  ['enable_unprivileged_ports', 'boolean'],
  ['enable_unprivileged_icmp', 'boolean'],
  ['cdi_spec_dirs', 'strings'],
  ['drain_exec_sync_io_timeout', 'string'],
  ['ignore_deprecation_warnings', 'strings'],
  ['stats_collect_period', 'string'],
  ['stats_retention_period', 'string'],
  ['enable_criu', 'boolean'],
]);

/** Source: containerd, internal/cri/config/config.go, ContainerdConfig. */
export const containerdFields: Fields = new Map<string, FieldKind>([
  ['default_runtime_name', 'string'],
  ['runtimes', 'tables'],
  ['ignore_blockio_not_enabled_errors', 'boolean'],
  ['ignore_rdt_not_enabled_errors', 'boolean'],
]);

/** Source: containerd, internal/cri/config/config.go, Runtime. */
export const runtimeFields: Fields = new Map<string, FieldKind>([
  ['runtime_type', 'string'],
  ['runtime_path', 'string'],
  ['pod_annotations', 'strings'],
  ['container_annotations', 'strings'],
  ['options', 'table'],
  ['privileged_without_host_devices', 'boolean'],
  ['privileged_without_host_devices_all_devices_allowed', 'boolean'],
  ['cgroup_writable', 'boolean'],
  ['base_runtime_spec', 'string'],
  ['cni_conf_dir', 'string'],
  ['cni_max_conf_num', 'integer'],
  ['snapshotter', 'string'],
  ['sandboxer', 'string'],
  ['disable_pause_image_pull', 'boolean'],
  ['io_type', 'string'],
]);

/** Source: containerd, internal/cri/config/config.go, ImageConfig. */
export const imagesPluginFields: Fields = new Map<string, FieldKind>([
  ['snapshotter', 'string'],
  ['disable_snapshot_annotations', 'boolean'],
  ['discard_unpacked_layers', 'boolean'],
  ['pinned_images', 'string map'],
  ['runtime_platforms', 'tables'],
  ['registry', 'table'],
  ['image_decryption', 'table'],
  ['max_concurrent_downloads', 'integer'],
  ['concurrent_layer_fetch_buffer', 'integer'],
  ['image_pull_progress_timeout', 'string'],
  ['image_pull_with_sync_fs', 'boolean'],
  ['stats_collect_period', 'integer'],
  ['use_local_image_pull', 'boolean'],
]);

/** Source: the same, ImagePlatform. */
export const imagePlatformFields: Fields = new Map<string, FieldKind>([
  ['platform', 'string'],
  ['snapshotter', 'string'],
]);
