import type { CodeEntry } from './code-entry.ts';

/** Codes about RuntimeClasses and their handlers. */
export const runtimeClassCodes = {
  UndeclaredHandler: {
    subject: 'RuntimeClasses',
    severity: 'error',
    meaning:
      'The handler of a RuntimeClass is in no runtimes table that shimgate knows, is not a stock runtime, and the class declares no shim for it. Where no node has it either, pods of the class would sit in ContainerCreating with `no runtime for "x" is configured`. The setting `undeclaredHandlers` says whether that is only warned about (`warn`), denied (`deny`), or denied of a pod where nodes that this very pod can use are there, all of them report their handlers and none has this one (`reported`). A handler that is not there yet may come: an installer makes its class first, and a pool without nodes grows only for a pod that waits.',
    fix: 'Correct the handler, or declare it under runtimes in the configuration, or put its shim name on the RuntimeClass, as annotation shimgate.dev/declared-runtime-type.',
  },
  ImplicitShim: {
    subject: 'RuntimeClasses',
    severity: 'warning',
    meaning:
      'The handler of a RuntimeClass is itself a shim name. Docker would run that shim, but the API server refuses a handler with dots, and containerd looks handlers up in its table only.',
    fix: 'Give the runtime a handler of its own in the table of the nodes and in the configuration, and use that.',
  },
  DeclaredShimDiffers: {
    subject: 'RuntimeClasses',
    severity: 'warning',
    meaning:
      'The annotation `shimgate.dev/declared-runtime-type` of a RuntimeClass names another shim than the runtimes table does for that handler. The table wins: it says what the nodes have, the annotation is a claim.',
    fix: 'Remove the annotation, or correct the table.',
  },
  HandlerOnNoNode: {
    subject: 'RuntimeClasses',
    severity: 'warning',
    meaning:
      'The handler is declared, but every node that the class can use reports its handlers and none has this one. Pods would wait in ContainerCreating until a node has it.',
    fix: "Configure it in containerd on the nodes, or correct the class's scheduling.",
  },
  HandlerWithoutFeatures: {
    subject: 'RuntimeClasses',
    severity: 'info',
    meaning:
      'A node lists a handler of the shim io.containerd.runc.v2 without a single feature, while another handler of that node has one. containerd reports that where the shim or the OCI runtime behind it is not installed, where its options are wrong, and for an OCI runtime that is too old to tell. Of other shims nothing is said: sound ones, such as those of gVisor and Kata, have no features either.',
    fix: 'Check on the node that the shim and its BinaryName are installed, and that its options are right.',
  },
  NodesContradictTable: {
    subject: 'RuntimeClasses',
    severity: 'warning',
    meaning:
      'The configuration declares the handler of a RuntimeClass otherwise than nodes that pods of the class can use say that they have it (`kubectl get noderuntimes`). The configuration goes first: annotations say what it says, while pods run what the node has. Only what the entry says is compared.',
    fix: 'Correct the entry, or take it out of runtimes, so that the nodes say it themselves; or correct the nodes.',
  },
  NodesDisagree: {
    subject: 'RuntimeClasses',
    severity: 'warning',
    meaning:
      'The nodes that pods of a RuntimeClass can use do not say the same of its handler: which shim runs a pod depends on where it is scheduled. Pods then get no annotations about the shim, unless the configuration declares it.',
    fix: 'Give the nodes the same runtime, or the class a nodeSelector; `kubectl get noderuntimes -o yaml` shows what each says.',
  },
  PartsMissingOnNodes: {
    subject: 'RuntimeClasses',
    severity: 'warning',
    meaning:
      'Each node that pods of a RuntimeClass can use has its handler in the configuration of containerd, and lacks something that it needs: the shim, the OCI runtime or the file that its options name, the snapshotter. Pods would wait in ContainerCreating.',
    fix: 'Install it: `kubectl describe noderuntimes` says where.',
  },
  OverheadContradictsTable: {
    subject: 'RuntimeClasses',
    severity: 'warning',
    meaning:
      "The overhead of a RuntimeClass is not the one that the runtimes table's entry for its handler declares. The scheduler and quotas count what the class says; where the runtime takes more, nodes are overcommitted. Resources of which the entry says nothing are not compared.",
    fix: 'Correct the class, or that entry.',
  },
  SchedulingContradictsTable: {
    subject: 'RuntimeClasses',
    severity: 'warning',
    meaning:
      "The scheduling of a RuntimeClass lacks a label or a toleration that the runtimes table's entry for its handler declares, or has another value. Pods of the class then go to nodes that do not have the runtime, or cannot go to those that have it.",
    fix: 'Correct the class, or that entry.',
  },
  OverheadOfHandlerDiffers: {
    subject: 'RuntimeClasses',
    severity: 'info',
    meaning:
      'Two RuntimeClasses have the same handler and different overhead. What the runtime takes beside the containers is one or the other, unless the classes stand for pods of different kinds.',
    fix: 'Give the classes the same overhead, or the runtimes a handler each.',
  },
  RuntimeClassInUse: {
    subject: 'RuntimeClasses',
    severity: 'warning',
    meaning:
      'A RuntimeClass is deleted that pods use, or may use: pods are looked for when the deletion is asked for, for 5 seconds at most. Pods that run go on, but the kubelet cannot make a sandbox for them again, and the API server refuses every new pod of the class. Pods that have finished do not count, and none is named: they may be of any namespace. `kubectl get pods -A -o custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,CLASS:.spec.runtimeClassName` says which they are. The setting `runtimeClassDeletion` says whether that is denied (`deny`) or only warned about (`warn`); the annotation `shimgate.dev/allow-deletion: "true"` on the class makes it a warning.',
    fix: 'Create the class again with the same handler, or delete these pods.',
  },
  RuntimeClassRecreated: {
    subject: 'RuntimeClasses',
    severity: 'warning',
    meaning:
      'A RuntimeClass is created under a name that unfinished pods use, and they were admitted for another handler (the annotations that shimgate gave them tell it), or nothing tells for which: the class was deleted and is made anew. A handler cannot be changed otherwise. Whatever makes a sandbox for these pods from now on gets the new handler, while their annotations were judged for the old one, and still say it. With `runtimeClassDeletion: deny` the class is denied while there are such pods, or while it is not known, and else it is warned about.',
    fix: 'Delete these pods, so that they are made anew, or give the class another name.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
