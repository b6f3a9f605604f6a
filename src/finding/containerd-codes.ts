import type { CodeEntry } from './code-entry.ts';

/** Codes about what a node's containerd does with its configuration, which depends on its version. */
export const containerdCodes = {
  CriNotLoaded: {
    subject: 'Containerd',
    severity: 'error',
    meaning:
      'Values contradict each other, or one is none that containerd takes: it starts, but its CRI plugin does not load, and the node never gets ready. Where only some versions of containerd do that and the version is not known, it is a warning.',
    fix: 'Correct the value, or remove the key.',
  },
  SnapshotterMissing: {
    subject: 'Containerd',
    severity: 'error',
    meaning:
      "The snapshotter of all images, or one in the transfer service's `unpack_config`, is none that containerd has and nothing declares it: CRI does not load. containerd has overlayfs, native, btrfs, zfs and erofs; devmapper and blockfile only where they are configured; others where `proxy_plugins` or a table of their own declares them; none that is in `disabled_plugins`.",
    fix: 'Declare the snapshotter in proxy_plugins, configure it, or name another one.',
  },
  RuntimeSnapshotterMissing: {
    subject: 'Containerd',
    severity: 'warning',
    meaning:
      'The snapshotter of a runtime is none that containerd has, and nothing declares it. containerd only finds out when a pod asks for the runtime: no pod of it starts.',
    fix: 'Declare the snapshotter in proxy_plugins, configure it, or name another one.',
  },
  BaseSpecMissing: {
    subject: 'Containerd',
    severity: 'error',
    meaning:
      "The file that `base_runtime_spec` names is missing, or is no JSON: CRI does not load. Where import was given a file that may be another machine's, it is a warning: it says what it looked for.",
    fix: "Create the file, or remove base_runtime_spec. Where this is a copy of a node's files, copy that file too.",
  },
  PullsFail: {
    subject: 'Containerd',
    severity: 'error',
    meaning:
      'No image can be pulled, the pause image included. From 2.1 on CRI pulls by the transfer service, which unpacks into the snapshotters of its `unpack_config` alone: overlayfs, where nothing is said. Where only some versions do that and the version is not known, it is a warning.',
    fix: 'Add the snapshotter to unpack_config of plugins."io.containerd.transfer.v1.local", or pull locally: use_local_image_pull = true under plugins."io.containerd.cri.v1.images".',
  },
  RuntimePullsFail: {
    subject: 'Containerd',
    severity: 'warning',
    meaning:
      'A pull that names a runtime fails, because the transfer service does not unpack into the snapshotter of that runtime. The annotation `io.containerd.cri.runtime-handler` names it, and from 2.3 on the pull of the pause image does: on a node without that image no pod of the runtime starts until a pod of another one has run.',
    fix: 'Add the snapshotter to unpack_config of plugins."io.containerd.transfer.v1.local", beside overlayfs, or pull locally: use_local_image_pull = true under plugins."io.containerd.cri.v1.images".',
  },
  ShimSandboxer: {
    subject: 'Containerd',
    severity: 'error',
    meaning:
      'A runtime with the shim of runc has `sandboxer = "shim"`, which that shim does not do. A pod of it can end containerd itself on 2.0 to 2.2, and with it every other pod of the node suffers; 2.3 only refuses the pod.',
    fix: 'Remove sandboxer, or say podsandbox.',
  },
  RuntimeCannotStart: {
    subject: 'Containerd',
    severity: 'warning',
    meaning:
      'No pod of a runtime starts: its sandboxer is none that anything declares, its way of input and output needs another sandboxer, or its shim was removed from containerd. CRI loads all the same.',
    fix: 'Correct the setting, or remove the runtime.',
  },
  CgroupVersionMatters: {
    subject: 'Containerd',
    severity: 'warning',
    meaning:
      '`cgroup_writable` is for cgroup v2 only. On a node with cgroup v1, containerd 2.1 and later do not load CRI with it. Which one a node has is not in its files.',
    fix: 'Make sure that every node with this file has cgroup v2, or remove the key.',
  },
  OtherVersionsDiffer: {
    subject: 'Containerd',
    severity: 'warning',
    meaning:
      'Versions of containerd read this table differently, and the version of the node is not known: an id that is older than the version of its file, a file without a version, or files of several versions. Ids of version 2 are lost in 2.0 to 2.2 where their file says no version, 1 or 3; ids of version 3 are nothing to 1.x.',
    fix: 'Say in every file the same version, and use the ids of that version; `--containerd-version` says which containerd the node has.',
  },
  VersionsMixed: {
    subject: 'Containerd',
    severity: 'warning',
    meaning:
      'A file and its drop-ins say different versions. 2.0 to 2.2 merge them first and migrate the whole by the version of the last file: with a drop-in of version 3 the main file of version 2 loses its runtimes, with a drop-in of version 2 the drop-in is lost without a word. 1.x does not start.',
    fix: 'Give all files the same version, with the plugin ids of that version.',
  },
  DropInReplacesTable: {
    subject: 'Containerd',
    severity: 'warning',
    meaning:
      'A drop-in has a table of the CRI plugin, and a file before it does. containerd 1.x then forgets all that the earlier file says of CRI: its runtimes, default, snapshotter, registries. From 2.0 on tables are merged key by key.',
    fix: 'On containerd 1.x, keep all settings of CRI in one file.',
  },
  SocketIgnored: {
    subject: 'Containerd',
    severity: 'warning',
    meaning:
      'In a file of version 4 the address of the socket belongs to a plugin: `[grpc] address` is ignored, and containerd listens at its default. The kubelet then finds no containerd where it used to.',
    fix: 'Set address under plugins."io.containerd.server.v1.grpc".',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
