import { createHash } from 'node:crypto';
import { annotationField } from '../finding/field-path.ts';
import type { Finding } from '../finding/finding.ts';
import type { ObjectReference } from '../finding/object-reference.ts';
import type { ObjectMeta, Pod } from '../generated/objects.ts';
import { validateWorkload } from '../generated/validate-objects.ts';
import type { FindingOrigin } from './audit-finding.ts';

/**
 * Makes a function that says where findings about a pod, or about something with a pod template, come from.
 *
 * @param value the object
 * @param pod the pod, or the template as a pod
 */
export function originsOf(value: object, pod: Pod): (found: Finding) => FindingOrigin | undefined {
  const maker = validateWorkload(value) ? makerOf(value.metadata) : undefined;
  const annotations = Object.entries(pod.metadata?.annotations ?? {});
  return ({ field }) => {
    const [, text] = annotations.find(([key]) => field.endsWith(annotationField(key))) ?? [];
    if (maker === undefined && text === undefined) return undefined;
    return { maker, value: text === undefined ? undefined : digestOf(text) };
  };
}

/** Half of a SHA-256: what is short enough for a file, and what nobody finds twice. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/**
 * What makes an object, and goes on to make others like it under other names. Of a pod that a ReplicaSet made for a
 * Deployment that is the Deployment, and of a Job's that a CronJob made the CronJob: their names are in those between.
 *
 * Source: Kubernetes, pkg/controller/deployment/sync.go (the ReplicaSet's name ends in its pod-template-hash) and
 * pkg/controller/cronjob/utils.go (the Job's name ends in the scheduled minute).
 */
export function makerOf(metadata: ObjectMeta | undefined): ObjectReference | undefined {
  const controller = metadata?.ownerReferences?.find((owner) => owner.controller === true);
  // The pods that a node makes by itself have nothing in common but their node.
  if (!metadata || controller === undefined || controller.kind === 'Node') return undefined;
  const { apiVersion, kind, name } = controller;
  const maker = { apiVersion: apiVersion ?? '', kind: kind ?? '', name: name ?? '' };
  const named = farther(maker, metadata.labels?.['pod-template-hash']) ?? maker;
  return { ...named, ...(metadata.namespace && { namespace: metadata.namespace }) };
}

function farther(maker: ObjectReference, hash: string | undefined): ObjectReference | undefined {
  const { kind, name } = maker;
  if (kind === 'ReplicaSet' && hash !== undefined && name.endsWith(`-${hash}`)) {
    return { ...maker, kind: 'Deployment', name: name.slice(0, -hash.length - 1) };
  }
  const [, cronJob] = kind === 'Job' ? (/^(.+)-\d{8}$/.exec(name) ?? []) : [];
  return cronJob === undefined ? undefined : { ...maker, kind: 'CronJob', name: cronJob };
}
