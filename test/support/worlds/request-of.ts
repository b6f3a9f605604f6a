import { decodeAdmissionReview, type AdmissionRequest } from '../../../src/admission/decode-review.ts';

const kinds = {
  Pod: { group: '', resource: 'pods' },
  Binding: { group: '', resource: 'pods' },
  RuntimeClass: { group: 'node.k8s.io', resource: 'runtimeclasses' },
  Deployment: { group: 'apps', resource: 'deployments' },
  StatefulSet: { group: 'apps', resource: 'statefulsets' },
  DaemonSet: { group: 'apps', resource: 'daemonsets' },
  ReplicaSet: { group: 'apps', resource: 'replicasets' },
  ReplicationController: { group: '', resource: 'replicationcontrollers' },
  Job: { group: 'batch', resource: 'jobs' },
  CronJob: { group: 'batch', resource: 'cronjobs' },
  PodTemplate: { group: '', resource: 'podtemplates' },
  ConfigMap: { group: '', resource: 'configmaps' },
} as const;

export type ReviewedKind = keyof typeof kinds;

/** The fields of a request, as the API server sends them. */
export function requestFields(kind: ReviewedKind, parts: Readonly<Record<string, unknown>>) {
  const { group, resource } = kinds[kind];
  return {
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    kind: { group, version: 'v1', kind },
    resource: { group, version: 'v1', resource },
    name: 'web',
    ...(kind !== 'RuntimeClass' && { namespace: 'team' }),
    operation: 'CREATE',
    userInfo: { username: 'alice', groups: ['system:authenticated'] },
    object: null,
    oldObject: null,
    dryRun: false,
    ...parts,
  };
}

export function reviewBody(request: unknown): Uint8Array {
  return bodyOf({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
}

export function bodyOf(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** A request that came the whole way: written as JSON and decoded. */
export function requestOf(kind: ReviewedKind, parts: Readonly<Record<string, unknown>>): AdmissionRequest {
  return decodeAdmissionReview(reviewBody(requestFields(kind, parts)));
}
