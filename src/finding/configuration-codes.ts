import type { CodeEntry } from './code-entry.ts';

/** Codes about shimgate's own configuration. */
export const configurationCodes = {
  RuntimeUnspecified: {
    subject: 'Configuration',
    severity: 'error',
    meaning: 'A runtime has neither `runtimeType` nor `path`, so nothing says what would run. Docker refuses it too.',
    fix: 'Give it a runtimeType (containerd) or a path (Docker).',
  },
  RuntimeOverspecified: {
    subject: 'Configuration',
    severity: 'error',
    meaning:
      'A runtime has both `path` and `runtimeType`: two different answers to what would run. Docker refuses it too.',
    fix: 'Keep one of them.',
  },
  OptionsWithPath: {
    subject: 'Configuration',
    severity: 'error',
    meaning:
      'A runtime given by `path` is the runc shim with BinaryName set; it takes no `options`. Docker refuses it too.',
    fix: 'Use runtimeType io.containerd.runc.v2 with BinaryName and the other options.',
  },
  RuntimeArgsWithType: {
    subject: 'Configuration',
    severity: 'error',
    meaning:
      'A runtime given by `runtimeType` takes no `runtimeArgs`: there is no command line to add them to. Docker refuses it too.',
    fix: 'Remove runtimeArgs, or say it with the options of the shim.',
  },
  RuntimeArgsNotPassed: {
    subject: 'Configuration',
    severity: 'info',
    meaning:
      'A runtime has `runtimeArgs`. Docker writes a wrapper script for them; containerd has no place for them and calls the path without.',
    fix: 'Wrap path and arguments in a script on the nodes, and give the path of the script.',
  },
  RuntimePathNotAbsolute: {
    subject: 'Configuration',
    severity: 'error',
    meaning: '`runtimePath` must be absolute: containerd does not look it up anywhere.',
    fix: 'Give the absolute path of the shim binary on the nodes.',
  },
  ShimNamedByPath: {
    subject: 'Configuration',
    severity: 'info',
    meaning:
      'The configuration names a shim by absolute path. Admins may; users may not. It is reported because that file runs as root on every node that has the table.',
    fix: 'Make sure that only root can write that file and every directory above it.',
  },
  UnknownOption: {
    subject: 'Configuration',
    severity: 'warning',
    meaning: 'The shim has no option of that name, and containerd drops it without a word.',
    fix: 'Correct its spelling, or remove it.',
  },
  WrongOptionType: {
    subject: 'Configuration',
    severity: 'warning',
    meaning:
      'An option has a value of the wrong type. containerd then fails to decode the options, and pods of the runtime do not start.',
    fix: 'Give it a value of the right type.',
  },
  DroppedOption: {
    subject: 'Configuration',
    severity: 'warning',
    meaning: 'With `ConfigPath` set, containerd gives the shim that path and drops all options that it does not know.',
    fix: 'Move the option into the file that ConfigPath names.',
  },
  RuncOptionForOtherShim: {
    subject: 'Configuration',
    severity: 'warning',
    meaning:
      '`BinaryName` belongs to the shim io.containerd.runc.v2. Another shim does not know it: some pass over it, one was seen to fail.',
    fix: 'Remove BinaryName; where the OCI runtime that it names should run, use runtimeType io.containerd.runc.v2.',
  },
  ShimAsOciRuntime: {
    subject: 'Configuration',
    severity: 'warning',
    meaning:
      "A shim stands where an OCI runtime belongs: `BinaryName` of runc's shim, or the `path` of Docker, which is the same. runc's shim calls it as runc is called, and no container starts.",
    fix: 'Name the shim by its runtime type instead.',
  },
  FormerOciRuntime: {
    subject: 'Configuration',
    severity: 'warning',
    meaning:
      "`BinaryName` of runc's shim, or the `path` of Docker, names a program that was an OCI runtime once: `kata-runtime` has not had the command `create` since Kata Containers 2.0, and no container starts. containerd starts Kata by its shim.",
    fix: 'Name the shim by its runtime type instead.',
  },
  OciRuntimeAsShim: {
    subject: 'Configuration',
    severity: 'warning',
    meaning:
      'An OCI runtime stands where a shim belongs: `runtime_path`, or a runtime type that is a path. containerd starts it with the arguments of a shim, and no pod of the runtime starts.',
    fix: 'Use runtimeType io.containerd.runc.v2, and name the OCI runtime with BinaryName in its options.',
  },
  RuntimeKeyInOptions: {
    subject: 'Configuration',
    severity: 'warning',
    meaning:
      'A key of the runtime itself, such as `pod_annotations`, stands one level too deep, among the options of its shim. containerd does not look for it there.',
    fix: 'Move it one level up, beside options.',
  },
  UncheckedOption: {
    subject: 'Configuration',
    severity: 'info',
    meaning:
      'Without `ConfigPath`, containerd hands the whole options section to the shim as text. The option arrives; whether the shim knows it cannot be told from here.',
    fix: "Check the option in that shim's documentation.",
  },
  AnnotationNotPassed: {
    subject: 'Configuration',
    severity: 'warning',
    meaning:
      'containerd passes a pod annotation on to the shim only where a glob in `pod_annotations` matches its key. An injected annotation that none matches stays in Kubernetes and never reaches the shim.',
    fix: 'Add a glob to pod_annotations on the nodes and to podAnnotations here, or do not inject the annotation.',
  },
  MalformedGlob: {
    subject: 'Configuration',
    severity: 'error',
    meaning:
      "A glob is malformed by the rules of Go's path.Match. containerd would match nothing with it and say nothing.",
    fix: 'Close the bracket, fill the class, or escape the character with a backslash.',
  },
  UnmatchableGlob: {
    subject: 'Configuration',
    severity: 'warning',
    meaning:
      'A glob of `allowedAnnotations` can match no value: values that are paths must be absolute and plain (no dot segments, no doubled slash, no slash at the end) before a glob is tried, and lists and kernel parameters are matched part by part. Paths of Windows nodes are written with slashes here: `C:/drivers/*`.',
    fix: 'Write the absolute path that values have, as in /opt/kata/share/kernels/*; of a list, one glob for each part.',
  },
  AllowedAnnotationUnguarded: {
    subject: 'Configuration',
    severity: 'warning',
    meaning:
      '`allowedAnnotations` lets guarded annotations through, and names a key that is not guarded ([the list](guarded-annotations.md)): the entry has no effect. Keys stand there as they are; a glob is none.',
    fix: 'Correct the key, or remove the entry: annotations that are not guarded need no permission.',
  },
  ReservedAnnotation: {
    subject: 'Configuration',
    severity: 'error',
    meaning: "A runtime's `annotations` name a key that shimgate itself writes.",
    fix: 'Remove the annotation; injectedAnnotations and runtimeHandlerAnnotation choose what is written.',
  },
  InvalidAnnotationKey: {
    subject: 'Configuration',
    severity: 'error',
    meaning: 'An annotation key is none that the API server takes: every pod of the runtime would be refused.',
    fix: 'Use a key of at most 63 letters, digits, dashes, underscores and dots, with a DNS name and a slash before it.',
  },
  UndeclaredDefaultRuntime: {
    subject: 'Configuration',
    severity: 'error',
    meaning:
      '`defaultRuntime` names a runtime that the table does not have, so pods without a class could not be judged.',
    fix: 'Name a runtime from the table, or runc.',
  },
  InvalidSelector: {
    subject: 'Configuration',
    severity: 'error',
    meaning:
      'A label selector is one that Kubernetes would refuse: a key or a value is none that a label can have, In or NotIn has no values, or Exists or DoesNotExist has some.',
    fix: 'Correct the values of the requirement.',
  },
  DefaultClassNotAllowed: {
    subject: 'Configuration',
    severity: 'error',
    meaning:
      'A namespace rule gives pods that name no class a default one that the same rule does not allow: each of these pods would be refused. PodSecurityPolicy asked for the same.',
    fix: 'Add the default class to allowedRuntimeClassNames, or choose one that is there.',
  },
  NothingAllowed: {
    subject: 'Configuration',
    severity: 'warning',
    meaning:
      'A namespace rule has an empty list of allowed classes. A pod may then neither name a class nor do without one, so every pod is refused. In a PodSecurityPolicy an empty list allowed pods without a class; here the empty string does.',
    fix: 'Write [""] to allow pods without a class only, or leave allowedRuntimeClassNames out to allow every class.',
  },
  ControllerExempted: {
    subject: 'Configuration',
    severity: 'warning',
    meaning:
      "An exempt user acts for everybody: one of Kubernetes' own controllers, which make pods for whoever can create a Deployment or a Job, the scheduler, or the anonymous user. So everybody is exempt too.",
    fix: 'Exempt a namespace or a RuntimeClass instead.',
  },
  InvalidSyntax: {
    subject: 'Configuration',
    severity: 'error',
    meaning: 'The configuration is not YAML or JSON that can be read.',
    fix: 'Correct the syntax.',
  },
  UnknownField: {
    subject: 'Configuration',
    severity: 'error',
    meaning:
      'The configuration has a field that the format does not have. It is refused, since a misspelt rule would be no rule.',
    fix: 'Correct its spelling, or remove it.',
  },
  MissingField: {
    subject: 'Configuration',
    severity: 'error',
    meaning: 'The configuration lacks a field that it must have.',
    fix: 'Add the field.',
  },
  InvalidValue: {
    subject: 'Configuration',
    severity: 'error',
    meaning: 'A field of the configuration has a value that the format does not allow.',
    fix: 'Use an allowed value.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
