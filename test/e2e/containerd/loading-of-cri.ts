const kataTable = 'plugins."io.containerd.cri.v1.runtime".containerd.runtimes.kata';
const kataType = 'runtime_type = "io.containerd.kata.v2"\n';

const unpackTable = (snapshotter: string) =>
  `[[plugins."io.containerd.transfer.v1.local".unpack_config]]\nplatform = "linux/amd64"\nsnapshotter = "${snapshotter}"\n`;

/** What containerd's log says where CRI does not load. */
export const criFailure = /failed to load plugin.* id=io\.containerd\.grpc\.v1\.cri /;

/** What import says, and the configuration of version 3 by which CRI does not load. */
export const notLoaded: readonly (readonly [string, string])[] = [
  ['DefaultRuntimeMissing', '[plugins."io.containerd.cri.v1.runtime".containerd]\ndefault_runtime_name = "nosuch"\n'],
  ['SnapshotterUnset', '[plugins."io.containerd.cri.v1.images"]\nsnapshotter = ""\n'],
  ['SnapshotterMissing', '[plugins."io.containerd.cri.v1.images"]\nsnapshotter = "nosuch"\n'],
  ['SnapshotterMissing', '[plugins."io.containerd.cri.v1.images"]\nsnapshotter = "devmapper"\n'],
  ['SnapshotterMissing', ['overlayfs', 'nosuch'].map(unpackTable).join('')],
  ['CriNotLoaded', `[${kataTable}]\n${kataType}privileged_without_host_devices_all_devices_allowed = true\n`],
  ['CriNotLoaded', `[${kataTable}]\n${kataType}io_type = "named_pipe"\n`],
  [
    'CriNotLoaded',
    '[plugins."io.containerd.cri.v1.images".registry]\nconfig_path = "/x"\n[plugins."io.containerd.cri.v1.images".registry.mirrors."a.example"]\nendpoint = ["https://b.example"]\n',
  ],
  ['CriNotLoaded', '[plugins."io.containerd.cri.v1.runtime"]\ndrain_exec_sync_io_timeout = "soon"\n'],
  ['BaseSpecMissing', `[${kataTable}]\n${kataType}base_runtime_spec = "/nosuch/spec.json"\n`],
];

/** Configurations of version 3 by which CRI loads, although pods do not start. */
export const loaded: readonly (readonly [string, string])[] = [
  ['a snapshotter of a runtime that nothing declares', `[${kataTable}]\n${kataType}snapshotter = "nosuch"\n`],
  ['a sandboxer that nothing declares', `[${kataTable}]\n${kataType}sandboxer = "nosuch"\n`],
  ['streaming', `[${kataTable}]\n${kataType}io_type = "streaming"\n`],
  [
    'a general snapshotter into which nothing unpacks',
    '[plugins."io.containerd.cri.v1.images"]\nsnapshotter = "native"\n',
  ],
];
