import type { CodeEntry } from './code-entry.ts';

/** Codes that only an audit finds: about what is there already, and about the cluster as a whole. */
export const auditCodes = {
  UnusedRuntimeClass: {
    subject: 'Audit',
    severity: 'info',
    meaning:
      'No pod and no pod template names the RuntimeClass. It may wait for its first user; or its users went elsewhere, and it is one more way to a shim that nobody looks after.',
    fix: 'Delete the class if nobody is to use it: `kubectl delete runtimeclass NAME`.',
  },
  HandlerSharedByClasses: {
    subject: 'Audit',
    severity: 'info',
    meaning:
      'Several RuntimeClasses have the same handler. That is right where they differ in overhead or scheduling; else a rule that allows one of them and forbids another forbids nothing.',
    fix: 'Keep one class for each handler, or make sure that every rule about one of them holds for the others too.',
  },
  SchedulingMatchesNoNode: {
    subject: 'Audit',
    severity: 'warning',
    meaning:
      "The scheduling of a RuntimeClass leaves no node that its pods could run on: its nodeSelector picks none, or every node that it picks has a taint that the class does not tolerate. Pods of the class stay Pending, unless a node is added, or they tolerate the taint themselves. A taint that tells a node's state of the moment, such as not-ready or unschedulable, does not count.",
    fix: 'Correct scheduling.nodeSelector or scheduling.tolerations of the class, or label the nodes: `kubectl get nodes --show-labels`.',
  },
  HandlerOnSomeNodes: {
    subject: 'Audit',
    severity: 'warning',
    meaning:
      'Some of the nodes that pods of a RuntimeClass can be scheduled to report their handlers without the one of the class. A pod that lands on one of them sits in ContainerCreating.',
    fix: 'Give the class a scheduling.nodeSelector that only picks nodes with the handler, or install the runtime on the others.',
  },
  RuntimeHandlerBreaksPulls: {
    subject: 'Audit',
    severity: 'warning',
    meaning:
      'The runtime of a RuntimeClass has a snapshotter of its own, and nodes that the class can use run a containerd whose pulls fail by the annotation io.containerd.cri.runtime-handler: from 2.3 on the transfer service only unpacks into the snapshotters of its `unpack_config`, which is the default one where nobody says more. Pods get ErrImagePull (`no unpack platforms defined`) that would run without the annotation. This is read from the versions of the nodes: one whose file has the setting is fine. With `runtimeHandlerAnnotation: auto` shimgate does not inject it there, and this is only told; but a node of such a version cannot pull the pause image for such a pod either, if it is not there yet.',
    fix: 'Set runtimeHandlerAnnotation to auto or false; or give the nodes an unpack_config with this snapshotter and the default one (`[[plugins."io.containerd.transfer.v1.local".unpack_config]]`), or use_local_image_pull = true.',
  },
  RuntimeHandlerIgnored: {
    subject: 'Audit',
    severity: 'info',
    meaning:
      "The runtime of a RuntimeClass has a snapshotter of its own, and nodes that the class can use run a containerd that passes over the annotation io.containerd.cri.runtime-handler: 2.0 to 2.2 look the snapshotter up in `runtime_platforms` of the images plugin alone, and 2.1 and 2.2 pull into it only with `unpack_config` or `use_local_image_pull`. Pods run; their images are unpacked into the default snapshotter first, and a second time into the runtime's. This is read from the versions of the nodes: one whose file has these settings is fine.",
    fix: 'Nothing has to be done; to save the second unpacking, give the nodes both settings, and set runtimeHandlerAnnotation to true.',
  },
  RuntimeOnNoNode: {
    subject: 'Audit',
    severity: 'warning',
    meaning:
      'The configuration declares a runtime that none of the nodes that report their handlers has. The entry describes nothing, or the runtime is missing where it should be.',
    fix: 'Install the runtime on the nodes, or take the entry out of runtimes.',
  },
  RuntimeOnSomeNodes: {
    subject: 'Audit',
    severity: 'info',
    meaning:
      'Only some of the nodes that report their handlers have a runtime that the configuration declares. That is usual for node pools; classes with this handler then need a scheduling.nodeSelector.',
    fix: 'Make sure that each class with this handler only selects nodes that have it.',
  },
  ReportedHandlerUndeclared: {
    subject: 'Audit',
    severity: 'info',
    meaning:
      'Nodes report a handler that the configuration does not declare, so nothing is known of the shim behind it: pods get no annotations about it, and its options are judged by nobody.',
    fix: 'Declare it under runtimes in the configuration.',
  },
  NodesReportNoHandlers: {
    subject: 'Audit',
    severity: 'info',
    meaning:
      'No node reports its handlers in status.runtimeHandlers, as kubelets before 1.30 and older container runtimes do. What the nodes really have cannot be told from the cluster then.',
    fix: "Compare the configuration with the nodes' own files.",
  },
  NodeDiffersFromPool: {
    subject: 'Audit',
    severity: 'warning',
    meaning:
      'A node says in its NodeRuntimes that it has other runtimes than most nodes of its pool. Nodes of a pool are made alike: this one was changed by hand, or missed a change. Which shim runs a pod then depends on the node.',
    fix: 'Make the node anew, or compare: `kubectl get noderuntimes NODE -o yaml`.',
  },
  ContainerdNotRestarted: {
    subject: 'Audit',
    severity: 'warning',
    meaning:
      "A node's files have a runtime that its containerd does not report, or lack one that it does. containerd reads its configuration only when it starts: it goes by the files as they were.",
    fix: 'Restart containerd on the node; running pods go on.',
  },
  NodeFileProblem: {
    subject: 'Audit',
    severity: 'warning',
    meaning:
      "The agent of a node has found something wrong with containerd's files there, such as a drop-in that nothing imports, or a key that its version does not know. It says the code and the place; the finding has the severity that the code has there.",
    fix: '`shimgate explain CODE` says what the code means.',
  },
  NodeDoesNotSay: {
    subject: 'Audit',
    severity: 'info',
    meaning:
      'Some nodes say in their NodeRuntimes what runtimes they have, and others do not: they have no agent, or it could not read the files (condition ConfigurationRead). Nothing is concluded from what they do not say.',
    fix: '`kubectl get noderuntimes`, and `kubectl describe noderuntimes NODE`.',
  },
  NamespaceWithoutRule: {
    subject: 'Audit',
    severity: 'info',
    meaning:
      'The configuration has namespaceRules, and none of them matches the namespace. Every class may be used there, none is set, and the mode is the one of the whole configuration.',
    fix: 'Add a rule that matches it, or one with `namespaces: ["*"]` at the end.',
  },
  ModeLabelWithoutEffect: {
    subject: 'Audit',
    severity: 'info',
    meaning:
      'The label `shimgate.dev/mode` of a namespace asks for a looser mode than the configuration has there. Without namespaceLabelMayLoosen it changes nothing.',
    fix: 'Remove the label, or give the namespace a rule of its own in namespaceRules.',
  },
  SpoofedManagedAnnotation: {
    subject: 'Audit',
    severity: 'error',
    meaning:
      "A pod carries an annotation that only shimgate writes, with a value that shimgate would never have written there: the pod has no RuntimeClass, or the value names another handler than its class has. It came before shimgate or past it, or the class was deleted and made anew. containerd pulls images by the handler in it, and people and tools that read it are misled about the pod's isolation.",
    fix: 'Make the pod anew through the webhook: delete it, and take the annotation out of its manifest.',
  },
  StaleManagedAnnotation: {
    subject: 'Audit',
    severity: 'warning',
    meaning:
      'An annotation that shimgate writes does not say what it would say of this pod today: the configuration changed since the pod was created, or somebody wrote it past shimgate. What runs the pod is what was configured on its node when it started.',
    fix: 'Make the pod anew, for a workload with `kubectl rollout restart`, so that it runs what is configured now.',
  },
  NotAnnotated: {
    subject: 'Audit',
    severity: 'info',
    meaning:
      'A pod has a RuntimeClass and none of the annotations that shimgate writes: it is older than shimgate, or was not sent to it. It runs; nothing on it says by which shim.',
    fix: 'Make the pod anew, for a workload with `kubectl rollout restart`, once its namespace is covered by the webhook.',
  },
  DefaultClassNotApplied: {
    subject: 'Audit',
    severity: 'warning',
    meaning:
      'A pod names no RuntimeClass although a rule sets one in its namespace: it is older than the rule, or was not sent to shimgate. It runs with the default runtime of its node, outside of the isolation that the rule is for.',
    fix: 'Make the pod anew, for a workload with `kubectl rollout restart`: it then gets the class.',
  },
  NodeWithoutHandler: {
    subject: 'Audit',
    severity: 'warning',
    meaning:
      'A pod is bound to a node that reports its handlers without the one of its class. A pod that has yet to start there waits in ContainerCreating; one that runs lost its runtime since, and cannot be restarted.',
    fix: 'Install the runtime on the node, or let the class select nodes that have it and delete the pod.',
  },
  CannotRead: {
    subject: 'Audit',
    severity: 'warning',
    meaning:
      'A part of the cluster could not be read, mostly because whoever asks may not list it. What is wrong there is not in this report; what depends on it was left out rather than guessed.',
    fix: 'Run the audit as a user that may list it, such as one with the ClusterRole view and with list on nodes, runtimeclasses and webhook configurations.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
