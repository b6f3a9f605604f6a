/** A Kubernetes object, as kubectl takes it from standard input. */
export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name?: string;
    readonly generateName?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
};

export type PodManifest = Manifest & { readonly spec: object };

/** A pod as the API server has it: what scenarios look at. */
export type StoredPod = {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly runtimeClassName?: string;
    readonly nodeName?: string;
    readonly overhead?: Readonly<Record<string, string>>;
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly tolerations?: readonly Toleration[];
    readonly ephemeralContainers?: readonly { readonly name: string }[];
  };
  readonly status: { readonly message?: string };
};

export type Toleration = {
  readonly key?: string;
  readonly operator: 'Equal' | 'Exists';
  readonly value?: string;
  readonly effect?: string;
};

/** What of a pod a scenario chooses; the rest is the least that the API server takes. */
export type PodChoice = {
  /** Without it the pod names no class. */
  readonly runtimeClassName?: string;
  readonly annotations?: Readonly<Record<string, string>>;
};

export function pod(name: string, choice: PodChoice = {}): PodManifest {
  const { metadata, spec } = podTemplate(choice);
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec };
}

export type RuntimeClassChoice = {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly overhead?: { readonly podFixed: Readonly<Record<string, string>> };
  readonly scheduling?: {
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly tolerations?: readonly Toleration[];
  };
};

export function runtimeClass(name: string, handler: string, choice: RuntimeClassChoice = {}): Manifest {
  const { annotations, ...rest } = choice;
  const metadata = { name, ...(annotations !== undefined && { annotations }) };
  return { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata, handler, ...rest } as Manifest;
}

export function node(name: string, labels: Readonly<Record<string, string>> = {}): Manifest {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } };
}

/** Kinds with a pod template, and the resource by which kubectl's messages call them. */
export const workloadResources = {
  Deployment: 'deployment.apps',
  StatefulSet: 'statefulset.apps',
  DaemonSet: 'daemonset.apps',
  ReplicaSet: 'replicaset.apps',
  ReplicationController: 'replicationcontroller',
  Job: 'job.batch',
  CronJob: 'cronjob.batch',
  PodTemplate: 'podtemplate',
} as const;

export type WorkloadKind = keyof typeof workloadResources;

/** A workload whose template is that pod. @param own fields of its spec that the scenario chooses, such as replicas */
export function workload(kind: WorkloadKind, name: string, choice: PodChoice, own: object = {}): Manifest {
  const labels = { workload: name };
  const isBatch = kind === 'Job' || kind === 'CronJob';
  const template = podTemplate(choice, labels, isBatch ? 'Never' : 'Always');
  const selected = { selector: { matchLabels: labels }, template, ...own };
  const forms = {
    Deployment: { apiVersion: 'apps/v1', spec: selected },
    StatefulSet: { apiVersion: 'apps/v1', spec: { serviceName: name, ...selected } },
    DaemonSet: { apiVersion: 'apps/v1', spec: selected },
    ReplicaSet: { apiVersion: 'apps/v1', spec: selected },
    ReplicationController: { apiVersion: 'v1', spec: { selector: labels, template, ...own } },
    Job: { apiVersion: 'batch/v1', spec: { template, ...own } },
    CronJob: { apiVersion: 'batch/v1', spec: { schedule: '@yearly', jobTemplate: { spec: { template, ...own } } } },
    PodTemplate: { apiVersion: 'v1', template },
  };
  return { kind, metadata: { name }, ...forms[kind] };
}

function podTemplate(
  { runtimeClassName, annotations }: PodChoice,
  labels?: Readonly<Record<string, string>>,
  restartPolicy = 'Always',
) {
  return {
    metadata: { ...(labels !== undefined && { labels }), ...(annotations !== undefined && { annotations }) },
    spec: {
      restartPolicy,
      ...(runtimeClassName !== undefined && { runtimeClassName }),
      containers: [{ name: 'main', image: 'sample' }],
    },
  };
}
