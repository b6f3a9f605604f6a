import type { Pod, Workload } from '../generated/objects.ts';

/** Where a workload kind keeps its pod template. */
export type PodTemplatePlace = {
  /** Field path before the template's own fields, such as `spec.template.`. */
  readonly prefix: string;
  readonly find: (workload: Workload) => Pod | undefined;
};

/** @param groupKind API group and kind, such as `apps/Deployment`; `/PodTemplate` for the core group */
export function podTemplatePlace(groupKind: string): PodTemplatePlace | undefined {
  return places.get(groupKind);
}

/** Whether objects of an API group and kind are pods, or have a template of them. */
export function isWorkload(groupKind: string): boolean {
  return groupKind === '/Pod' || places.has(groupKind);
}

/** API group and kind of an object, such as `apps/Deployment`; `/Pod` for the core group. */
export function groupKindOf({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string {
  const slash = apiVersion.indexOf('/');
  return `${slash < 0 ? '' : apiVersion.slice(0, slash)}/${kind}`;
}

const inSpec: PodTemplatePlace = { prefix: 'spec.template.', find: ({ spec }) => spec?.template ?? undefined };

const places: ReadonlyMap<string, PodTemplatePlace> = new Map([
  ['apps/Deployment', inSpec],
  ['apps/StatefulSet', inSpec],
  ['apps/DaemonSet', inSpec],
  ['apps/ReplicaSet', inSpec],
  ['/ReplicationController', inSpec],
  ['batch/Job', inSpec],
  [
    'batch/CronJob',
    { prefix: 'spec.jobTemplate.spec.template.', find: ({ spec }) => spec?.jobTemplate?.spec?.template ?? undefined },
  ],
  ['/PodTemplate', { prefix: 'template.', find: ({ template }) => template ?? undefined }],
]);
