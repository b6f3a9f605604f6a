import { nearMiss } from '../../finding/near-miss.ts';
import { quote } from '../../finding/quote.ts';
import { isOfKind, isZero, keysInOrder, kindName, type FieldKind } from './go-decoding.ts';
import { importFinding, type Report } from '../import-finding.ts';
import type { LocatedTable, LocatedValue } from '../../text/located-value.ts';

export type Fields = ReadonlyMap<string, FieldKind>;

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

/** Source: containerd, internal/cri/config/config.go, ImageConfig and ImagePlatform, as far as runtimes are concerned. */
export const imagesPluginFields: Fields = new Map<string, FieldKind>([
  ['snapshotter', 'string'],
  ['runtime_platforms', 'tables'],
]);

export const imagePlatformFields: Fields = new Map<string, FieldKind>([
  ['platform', 'string'],
  ['snapshotter', 'string'],
]);

/** What 1.x did with keys that 2.x does not have. Source: containerd 1.7, pkg/cri/config/config.go. */
const keysOfContainerd1: ReadonlyMap<string, string> = new Map([
  ['default_runtime', 'made it the default runtime, under the name "default"'],
  ['untrusted_workload_runtime', 'made it the runtime "untrusted"'],
  ['runtime_engine', 'took it for the OCI runtime of the old Linux shim'],
  ['runtime_root', "took it for the OCI runtime's directory of state"],
]);

/**
 * Reports the values in a table whose type containerd does not take, and the keys that it does not know. An unknown key
 * whose value is empty is left alone: it says nothing, and `containerd config default` of 1.x wrote many.
 *
 * @param where what the table is, for messages, such as `runtime "kata"`
 * @param unknown whether unknown keys matter here
 */
export function checkFields(
  table: LocatedTable,
  fields: Fields,
  where: string,
  report: Report,
  unknown: 'reported' | 'ignored' = 'reported',
): void {
  for (const key of keysInOrder(table)) {
    const value = table.entries.get(key);
    if (value === undefined) continue;
    const kind = fields.get(key.toLowerCase());
    if (kind !== undefined) checkKind(value, kind, `${key} of ${where}`, report);
    else if (unknown === 'reported' && !isZero(value)) reportUnknown(key, value, fields, where, report);
  }
}

export function checkKind(value: LocatedValue, kind: FieldKind, what: string, report: Report): void {
  if (isOfKind(value, kind)) return;
  const message = `${what} must be ${kindName(kind)}: containerd does not start.`;
  report(importFinding('ContainerdRefuses', value.at, message));
}

function reportUnknown(key: string, value: LocatedValue, fields: Fields, where: string, report: Report): void {
  const formerly = keysOfContainerd1.get(key);
  if (formerly !== undefined) {
    if (!saysNothing(value)) {
      const message = `containerd 2 ignores ${key} of ${where}; containerd 1.x ${formerly}.`;
      report(importFinding('FormerKey', value.at, message));
    }
    return;
  }
  // Up to 2.2 it said whether devices may be asked for by CDI; since then they always may.
  if (key === 'enable_cdi') return;
  if (key === 'runtimes') {
    const message = `containerd ignores the runtimes of ${where}: they are one level too high or too low.`;
    const fix = 'Put them into the section containerd: plugins."io.containerd.cri.v1.runtime".containerd.runtimes.';
    report(importFinding('KeyIgnored', value.at, message, fix));
    return;
  }
  if (key === 'snapshotter') {
    const message = `containerd ignores the snapshotter of ${where}, since the version that this file says has it elsewhere.`;
    report(importFinding('KeyIgnored', value.at, message, 'Set it under plugins."io.containerd.cri.v1.images".'));
    return;
  }
  const meant = nearMiss(key, [...fields.keys()]);
  const message = `containerd ignores ${quote(key)}: ${where} has no such key.`;
  report(importFinding('KeyIgnored', value.at, message, meant === undefined ? undefined : `Did you mean ${meant}?`));
}

/** 1.x took a runtime without a type for none. */
function saysNothing(value: LocatedValue): boolean {
  if (value.kind !== 'table') return isZero(value);
  const type = value.entries.get('runtime_type');
  return type === undefined || isZero(type);
}
