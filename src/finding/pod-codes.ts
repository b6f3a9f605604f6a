import type { CodeEntry } from './code-entry.ts';

/** Codes about pods and pod templates. */
export const podCodes = {
  RuntimeClassNotFound: {
    subject: 'Pods',
    severity: 'error',
    meaning:
      'A pod names a RuntimeClass that does not exist. The API server refuses such a pod too, first and in its own words; a pod template gets no further than its controller. A name that is one or two letters off is asked about, and so is that of a handler, of which the class is named.',
    fix: 'Create the RuntimeClass, or correct runtimeClassName: `kubectl get runtimeclasses` lists them.',
  },
  NoUsableNodeHasHandler: {
    subject: 'Pods',
    severity: 'warning',
    meaning:
      "The RuntimeClass is fine, but the pod's own nodeSelector and tolerations, together with the class's scheduling, leave it only nodes that report their handlers and do not have this one. It would be scheduled to one of them and wait in ContainerCreating.",
    fix: "Correct the pod's nodeSelector and tolerations, or configure the handler on these nodes.",
  },
  OverheadConflict: {
    subject: 'Pods',
    severity: 'error',
    meaning:
      "A pod, or the template of one, has another `overhead` than its RuntimeClass, or one where the class has none. The API server writes the overhead of the class into each pod itself, and refuses a pod that came with another: `Pod's Overhead doesn't match RuntimeClass's defined Overhead`. A template is let in all the same, and then its controller cannot make a single pod. A copy of a running pod carries the overhead that its class had at that time.",
    fix: 'Leave overhead out: the API server fills it in from the class.',
  },
  NodeSelectorConflict: {
    subject: 'Pods',
    severity: 'error',
    meaning:
      'The `nodeSelector` of a pod, or of the template of one, asks for another value of a label than the scheduling of its RuntimeClass does. The API server adds what the class asks for to each pod, and refuses a pod that contradicts it: `conflict: runtimeClass.scheduling.nodeSelector[…]`. A template is let in all the same, and then its controller cannot make a single pod.',
    fix: 'Leave that label out of nodeSelector, or name a class for such nodes.',
  },
  HandlerLacksFeature: {
    subject: 'Pods',
    severity: 'warning',
    meaning:
      'A pod asks for a user namespace (`hostUsers: false`) or for a mount that is read-only all the way down (`recursiveReadOnly: Enabled`), and the nodes that it can use report that the handler of its RuntimeClass (without a class, the default one) does not have that: `status.runtimeHandlers[].features`. Their kubelets refuse to start it there, and it is not put on another node. gVisor, and OCI runtimes that are too old to tell what they can do, have neither.',
    fix: 'Do not ask for it, or name a class whose handler has it.',
  },
  GuardedAnnotation: {
    subject: 'Pods',
    severity: 'error',
    meaning:
      "A pod carries an annotation that reaches the host: a path, arguments to a host binary, a library, another section of the runtime's configuration, a device, a protection switched off, or what containerd hands to a snapshotter ([the list, with sources](guarded-annotations.md)). Whoever may create pods could use the host through it. It is denied unless the entry of the pod's runtime lists the key in `allowedAnnotations` and, where it lists globs, the value matches one; a pod without a class is judged by the entry of `defaultRuntime`. A value that keeps a protection on is let in, and what containerd does not pass on to the shim is PodAnnotationNotPassed instead. On an update only keys that were added or changed are judged.",
    fix: "Remove the annotation, or have an administrator allow it in allowedAnnotations of the runtime's entry.",
  },
  PodAnnotationNotPassed: {
    subject: 'Pods',
    severity: 'warning',
    meaning:
      "A pod carries annotations for a shim or runtime that shimgate knows ([the families](guarded-annotations.md#who-reads-which-annotations)), and no glob in `podAnnotations` of its runtime's entry matches their keys. containerd passes only those on that its own `pod_annotations` list, so these have no effect, and nothing on the node says so. Annotations that nobody is known to read are not mentioned, and nothing is said of a runtime whose entry has no `podAnnotations`.",
    fix: "Remove them, or have an administrator add globs for them to pod_annotations on the nodes and to podAnnotations of the runtime's entry.",
  },
  UntrustedWorkloadRefused: {
    subject: 'Pods',
    severity: 'error',
    meaning:
      'The annotation `io.kubernetes.cri.untrusted-workload: "true"` has containerd run a pod with the runtime `untrusted`, whatever its RuntimeClass. containerd refuses that where the class has another handler, where the pod uses the network, process IDs or IPC of the host, and where there is no such runtime, and the pod would wait in ContainerCreating. A privileged pod it takes.',
    fix: 'Remove the annotation, or what contradicts it.',
  },
  UntrustedWorkloadChanged: {
    subject: 'Pods',
    severity: 'error',
    meaning:
      'An update sets, changes or removes the annotation `io.kubernetes.cri.untrusted-workload: "true"` of a pod, and nothing restored it. containerd reads it again whenever it makes the sandbox of the pod anew, so the pod would go on with another runtime, and perhaps less isolated.',
    fix: 'Leave this annotation alone; to run the pod otherwise, create a new one.',
  },
  UntrustedWorkloadRestored: {
    subject: 'Pods',
    severity: 'warning',
    meaning:
      'An update tried to set, change or remove the annotation `io.kubernetes.cri.untrusted-workload: "true"` of a pod. Whether a pod is an untrusted workload is fixed when it is created, so what it had was restored.',
    fix: 'Leave this annotation alone; to run the pod otherwise, create a new one.',
  },
  RuntimeOfOtherOperatingSystem: {
    subject: 'Pods',
    severity: 'warning',
    meaning:
      'A pod is for Windows (`spec.os.name`, or the label kubernetes.io/os in its nodeSelector or in the scheduling of its class) and its class leads to a shim for Linux, or the other way round. On Windows, containerd runs the shim io.containerd.runhcs.v1 only; on Linux there is none of that name. The pod would wait in ContainerCreating.',
    fix: 'Name a RuntimeClass whose handler is for the operating system of the pod.',
  },
  UntrustedWorkloadIgnored: {
    subject: 'Pods',
    severity: 'warning',
    meaning:
      'The annotation `io.kubernetes.cri.untrusted-workload` has a value that is neither `true` nor `false` nor empty. containerd compares it with `true`, letter by letter, so that `True`, `1` or `yes` do not ask for the runtime `untrusted`: the pod runs as any other.',
    fix: 'Write "true", in small letters, or remove the annotation.',
  },
  BindingAnnotation: {
    subject: 'Pods',
    severity: 'error',
    meaning:
      'A binding (`bindings` or `pods/binding`, by which a scheduler puts a pod on a node) carries an annotation that is managed, guarded or that of the untrusted workload. The API server merges the annotations of a binding into the pod, past what was judged when the pod was created. Schedulers write no such annotations, so it is denied whatever the runtime of the pod allows.',
    fix: 'Leave it out of the binding; what may be on the pod, set there, where it is judged.',
  },
  AnnotationsTooLarge: {
    subject: 'Pods',
    severity: 'error',
    meaning:
      'Keys and values of annotations are larger than the 262144 bytes that the API server takes: those of a pod, a RuntimeClass or a binding as they were sent, of which nothing else is judged then, or those of a pod with the annotations that shimgate writes. In the second case the API server would refuse the pod, and not say that its own annotations are small enough.',
    fix: 'Make the annotations shorter, or have an administrator leave some out of injectedAnnotations.',
  },
  ManagedAnnotationReplaced: {
    subject: 'Pods',
    severity: 'warning',
    meaning:
      'A pod came with a value of its own under an annotation that shimgate writes. These annotations say which shim runs the pod, so they are made from the RuntimeClass and the configuration: another value is replaced, and a value where there is nothing to say is removed.',
    fix: 'Leave this annotation out of the manifest.',
  },
  ManagedAnnotationRestored: {
    subject: 'Pods',
    severity: 'warning',
    meaning:
      'An update tried to change an annotation that shimgate wrote when the pod was created. What runs the pod cannot change any more, so the old value was restored.',
    fix: 'Leave this annotation alone; to run the pod otherwise, create a new one.',
  },
  ManagedAnnotationWrong: {
    subject: 'Pods',
    severity: 'error',
    meaning:
      'A managed annotation of a pod does not say what the RuntimeClass and the configuration say, after all mutating webhooks have run. Something wrote it behind shimgate, and containerd and tools that read it would be misled.',
    fix: 'Leave it out of the manifest; if a mutating webhook writes it, take it away there.',
  },
  ManagedAnnotationChanged: {
    subject: 'Pods',
    severity: 'error',
    meaning:
      'An update changes an annotation that shimgate wrote when the pod was created, and nothing restored it. What runs the pod cannot change any more, so the annotation may not either.',
    fix: 'Leave it as it was; if a mutating webhook writes it, take it away there.',
  },
  ManagedAnnotationMissing: {
    subject: 'Pods',
    severity: 'warning',
    meaning:
      'A pod has a RuntimeClass but lacks the annotations that shimgate would have written: a later webhook set the class, or the call to the mutating webhook failed and failurePolicy is Ignore. containerd up to 2.4 then pulls its images with the default snapshotter.',
    fix: 'Create the pod again. If that does not help, set the class in the manifest, or give the MutatingWebhookConfiguration that sets it a name that sorts before that of shimgate.',
  },
  RuntimeClassNotAllowed: {
    subject: 'Pods',
    severity: 'error',
    meaning:
      'The namespace rule that applies to a pod lists the RuntimeClasses that may be used, and the one of the pod is not among them; or the pod names none, and the list does not have the empty string, which stands for no class. The first rule that matches a namespace applies; the message names it by its place in `namespaceRules` and by its name.',
    fix: 'Use one of the allowed classes.',
  },
  MalformedModeLabel: {
    subject: 'Pods',
    severity: 'warning',
    meaning:
      'The label `shimgate.dev/mode` of the namespace is not `enforce`, `warn` or `audit`. What it was meant to be is not known, so it means enforce.',
    fix: 'Correct the label of the namespace, or remove it.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
