import type { Affinity, ObjectMeta, Pod, PodSpec, Workload, WorkloadSpec } from '../generated/objects.ts';
import { validatePod, validateWorkload } from '../generated/validate-objects.ts';

/** All fields of an object that policies read: one that the schema gains has to be kept too. */
type Kept<T> = Readonly<Record<keyof NonNullable<T>, unknown>>;

/**
 * What is kept of a pod, or of an object with a pod template: what policies read of it, a small part of the whole. What
 * has a field of the wrong type stays as it is, so that judging it finds that field.
 *
 * @param groupKind API group and kind, such as `apps/Deployment`
 * @returns what is the same in JSON as the object, but for fields that nobody reads
 */
export function keepWorkload(groupKind: string, object: object): object {
  if (groupKind === '/Pod') return validatePod(object) ? keepPod(object) : object;
  return validateWorkload(object) ? keepTemplates(object) : object;
}

function keepPod({ metadata, spec, status }: Pod): Kept<Pod> {
  return { metadata: keepMetadata(metadata), spec: keepPodSpec(spec), status: status && { phase: status.phase } };
}

function keepPodSpec(spec: Pod['spec']): Kept<PodSpec> | null | undefined {
  return (
    spec && {
      runtimeClassName: spec.runtimeClassName,
      nodeName: spec.nodeName,
      nodeSelector: spec.nodeSelector,
      tolerations: spec.tolerations,
      affinity: keepAffinity(spec.affinity),
      os: spec.os,
      hostNetwork: spec.hostNetwork,
      hostPID: spec.hostPID,
      hostIPC: spec.hostIPC,
      hostUsers: spec.hostUsers,
      overhead: spec.overhead,
      containers: keepContainers(spec.containers),
      initContainers: keepContainers(spec.initContainers),
    }
  );
}

/** Nearly every pod has mounts, and of nearly none anything is read: then nothing is kept. */
function keepContainers(containers: NonNullable<PodSpec>['containers']): readonly object[] | null | undefined {
  const isAsking = containers?.some(({ volumeMounts }) =>
    volumeMounts?.some(({ recursiveReadOnly }) => recursiveReadOnly !== undefined),
  );
  if (isAsking === false) return undefined;
  return containers?.map(({ volumeMounts }) => ({
    volumeMounts: volumeMounts?.map(({ recursiveReadOnly }) => ({ recursiveReadOnly })),
  }));
}

function keepAffinity(affinity: NonNullable<PodSpec>['affinity']): Kept<Affinity> | null | undefined {
  const ofNodes = affinity?.nodeAffinity;
  const key = 'requiredDuringSchedulingIgnoredDuringExecution';
  return affinity && { nodeAffinity: ofNodes && { [key]: ofNodes[key] } };
}

function keepTemplates({ metadata, spec, template }: Workload): Kept<Workload> {
  return { metadata: keepMetadata(metadata), spec: keepWorkloadSpec(spec), template: template && keepPod(template) };
}

function keepWorkloadSpec(spec: Workload['spec']): Kept<WorkloadSpec> | null | undefined {
  const jobTemplate = spec?.jobTemplate;
  return (
    spec && {
      template: spec.template && keepPod(spec.template),
      jobTemplate: jobTemplate && {
        spec: jobTemplate.spec && { template: jobTemplate.spec.template && keepPod(jobTemplate.spec.template) },
      },
    }
  );
}

function keepMetadata(metadata: Pod['metadata']): Kept<ObjectMeta> | null | undefined {
  return (
    metadata && {
      name: metadata.name,
      generateName: metadata.generateName,
      namespace: metadata.namespace,
      labels: metadata.labels,
      annotations: metadata.annotations,
      deletionTimestamp: metadata.deletionTimestamp,
      ownerReferences: metadata.ownerReferences?.map(({ apiVersion, kind, name, uid, controller }) => ({
        apiVersion,
        kind,
        name,
        uid,
        controller,
      })),
    }
  );
}
