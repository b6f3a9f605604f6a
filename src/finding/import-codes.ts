import type { CodeEntry } from './code-entry.ts';

/** Codes about the files that `shimgate import` reads from nodes. */
export const importCodes = {
  UnreadableFile: {
    subject: 'Import',
    severity: 'error',
    meaning:
      'A file cannot be read: it is missing, no regular file, too large, not TOML or JSON, or none of the kinds that import knows (a configuration of containerd, a daemon.json of Docker, the output of `crictl info`, Kubernetes manifests). The other files are read all the same.',
    fix: 'Correct the file, or name another one.',
  },
  PieceOfConfiguration: {
    subject: 'Import',
    severity: 'warning',
    meaning:
      "A file of another kind carries a piece of containerd's configuration: a cluster of kind (`containerdConfigPatches`), a NodeConfig of nodeadm, a machine configuration of Talos, user data of cloud-init. What the node makes of the piece depends on the file that it is merged into, and on its version: the piece alone says nothing of a node.",
    fix: "Give the node's own file, with what it imports.",
  },
  ContainerdRefuses: {
    subject: 'Import',
    severity: 'error',
    meaning:
      'containerd would not start with this file, or would stop while it migrates it: a value has the wrong type, or the version is later than it knows, or it is written in a TOML that is later. Where only some of the versions that the node can have refuse it, that is a warning. What could be understood is imported all the same.',
    fix: 'Correct the value; `containerd config dump` says whether containerd takes it.',
  },
  DockerRefuses: {
    subject: 'Import',
    severity: 'error',
    meaning:
      "Docker's daemon would not start with this daemon.json: a runtime takes the reserved name `runc`, or a value has the wrong type. What could be understood is imported all the same.",
    fix: 'Correct the value; `dockerd --validate` says whether Docker takes it.',
  },
  ImportRefused: {
    subject: 'Import',
    severity: 'error',
    meaning:
      'A file that `imports` names cannot be loaded. containerd then does not start at all, although `containerd config dump` shows the rest without a word. A pattern that matches nothing is no error, a file name is.',
    fix: 'Create the file, or remove it from imports.',
  },
  ImportMatchesNothing: {
    subject: 'Import',
    severity: 'info',
    meaning:
      'A pattern in `imports` matches no file. containerd takes that for an empty list. A copy of the configuration without its drop-ins looks the same, and then the drop-ins are missing from what is imported.',
    fix: "Where there should be drop-ins, copy them too, and give the directory that holds the node's files.",
  },
  ImportNotLookedUp: {
    subject: 'Import',
    severity: 'warning',
    meaning:
      'A file that `imports` names is not among the files that were given: the configuration is a copy, and the file may be on the node all the same, or is made while the node runs. Or root alone may read it, as containerd does. What it says is missing from what is imported.',
    fix: "Give the root of the node's files with --root, or run the import on the node, as root.",
  },
  DropInNotImported: {
    subject: 'Import',
    severity: 'warning',
    meaning:
      'A drop-in lies in a directory beside the configuration, which does not import it: a file without `imports` imports nothing. conf.d is no exception on any version, although 2.2 and later print it in `config default` and `config dump`.',
    fix: 'Add the pattern of the drop-ins to imports.',
  },
  OverriddenByImport: {
    subject: 'Import',
    severity: 'info',
    meaning:
      'A later file has another value for a key of the runtimes table, and containerd takes the later one. Tables are merged key by key; lists, such as pod_annotations, are replaced as a whole.',
    fix: 'Nothing, where that is what you want.',
  },
  PluginTableIgnored: {
    subject: 'Import',
    severity: 'warning',
    meaning:
      'The same settings stand under two plugin ids, or under one that the containerd of the node does not read in a file of this version, and it ignores one of them without a word. `io.containerd.grpc.v1.cri` was split in version 3 into `io.containerd.cri.v1.runtime` and `io.containerd.cri.v1.images`.',
    fix: 'Keep the settings under the id of the version that the file says.',
  },
  KeyIgnored: {
    subject: 'Import',
    severity: 'warning',
    meaning:
      'containerd has no key of that name in that place, and ignores it: 2.x with a line in its log, 1.x in silence. A line that was appended to a file belongs to the last table of the file.',
    fix: 'Correct its spelling or its place, or remove it.',
  },
  FormerKey: {
    subject: 'Import',
    severity: 'warning',
    meaning:
      "containerd 1.x honoured this key, today's containerd ignores it: the same file means something else before and after an upgrade.",
    fix: 'Say it in the way of the runtimes table: an entry of its own, default_runtime_name, or options.',
  },
  DefaultRuntimeMissing: {
    subject: 'Import',
    severity: 'error',
    meaning:
      '`default_runtime_name` (or `default-runtime`) names a runtime that the table does not have. containerd starts, but its CRI plugin does not load: the node never gets ready. On 1.x a configuration that names runtimes has those alone, so that the default runc can be gone; where the version is not known, that is a warning.',
    fix: 'Add the runtime, or name one that is there.',
  },
  CriDisabled: {
    subject: 'Import',
    severity: 'warning',
    meaning:
      "The CRI plugin is disabled, as in the containerd that Docker's packages bring: Kubernetes cannot use this containerd, and nothing reads the table.",
    fix: 'Remove the plugin from disabled_plugins, where the node is one of Kubernetes.',
  },
  SnapshotterUnset: {
    subject: 'Import',
    severity: 'error',
    meaning:
      'The snapshotter of all images is set to nothing. containerd finds no snapshotter of that name, and its CRI plugin does not load: the node never gets ready.',
    fix: 'Name a snapshotter, or remove the key: overlayfs is what containerd has without it.',
  },
  SnapshotterConflict: {
    subject: 'Import',
    severity: 'warning',
    meaning:
      'Images of a runtime are pulled into one snapshotter and its containers are made from another, so that each image is unpacked twice: the runtimes table and `runtime_platforms` differ, or containerd 2.0 to 2.2 looks into `runtime_platforms` alone when it pulls.',
    fix: 'Name the same snapshotter in both places, or, from containerd 2.3 on, in the runtimes table alone.',
  },
  NotCarriedOver: {
    subject: 'Import',
    severity: 'info',
    meaning:
      'The node has a setting that shimgate has no place for: it has no influence on which shim runs, or JSON cannot carry its value. It stays on the node, and what is imported lacks it.',
    fix: 'Nothing; keep it in mind where you compare nodes.',
  },
  RuntimeLeftOut: {
    subject: 'Import',
    severity: 'warning',
    meaning:
      'A runtime is not imported, because nothing could be run with it: it has no type, or one that containerd refuses. containerd itself only says so when a pod asks for the runtime.',
    fix: 'Correct the entry on the node.',
  },
  NodesDiffer: {
    subject: 'Import',
    severity: 'warning',
    meaning:
      'Nodes that have the same runtime, or a default, have it in different ways. What they agree on is imported, this is not: one table cannot be true of all of them.',
    fix: 'Make the nodes alike, or give the runtimes different names; or write the entry by hand.',
  },
  NotOnEveryNode: {
    subject: 'Import',
    severity: 'info',
    meaning:
      'A runtime is on some of the nodes only. It is imported; a pod that lands elsewhere does not start, unless the scheduling of its RuntimeClass leads it to those nodes.',
    fix: 'Give the RuntimeClass a nodeSelector for the nodes that have the runtime, where it has none.',
  },
  ClassWithoutHandler: {
    subject: 'Import',
    severity: 'warning',
    meaning:
      'A RuntimeClass names a handler that is in none of the files that were given. Its pods do not start on those nodes.',
    fix: "Correct the class's handler, add the runtime to the nodes, or give the files of the nodes that have it too.",
  },
  HandlerWithoutClass: {
    subject: 'Import',
    severity: 'info',
    meaning:
      'A runtime of the nodes is the handler of no RuntimeClass that was given, and not their default: no pod can ask for it.',
    fix: 'Create a RuntimeClass for it, or give its manifest too.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
