import { groupKindOf, podTemplatePlace } from '../admission/pod-template-place.ts';
import { finding, type Finding } from '../finding/finding.ts';
import { naming } from '../finding/statement.ts';
import { nameOf, valueAt, type ManifestValue } from './manifest-value.ts';

/**
 * What the API server refuses about an object by itself, whatever the webhooks say. `review` foresees it, so that nobody
 * takes an object for allowed that no cluster would let in.
 *
 * Source: Kubernetes 1.37, pkg/apis/core/validation, ValidateRuntimeClassName; and of pods first
 * plugin/pkg/admission/runtimeclass, which looks the empty name up: `resource name may not be empty`. Versions: the deprecated
 * API migration guide.
 */
export function apiServerRefusals(object: ManifestValue): readonly Finding[] {
  const removal = removedVersions.get(`${object.apiVersion}/${object.kind}`);
  return [...(removal === undefined ? [] : [notServed(object, removal)]), ...emptyClass(object)];
}

/** What kinds that shimgate judges were called, and where they are now; by version and kind, with the release that removed it. */
const removedVersions: ReadonlyMap<string, { readonly since: string; readonly now: string }> = new Map([
  ['node.k8s.io/v1alpha1/RuntimeClass', { since: '1.22', now: 'node.k8s.io/v1' }],
  ['node.k8s.io/v1beta1/RuntimeClass', { since: '1.25', now: 'node.k8s.io/v1' }],
  ['batch/v2alpha1/CronJob', { since: '1.21', now: 'batch/v1' }],
  ['batch/v1beta1/CronJob', { since: '1.25', now: 'batch/v1' }],
  ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].flatMap((kind) =>
    ['apps/v1beta1', 'apps/v1beta2', 'extensions/v1beta1'].map(
      (version) => [`${version}/${kind}`, { since: '1.16', now: 'apps/v1' }] as const,
    ),
  ),
]);

function notServed(object: ManifestValue, { since, now }: { readonly since: string; readonly now: string }): Finding {
  const { apiVersion, kind } = object;
  const text = `${nameOf(object)}: ${apiVersion} is not served since Kubernetes ${since}, so that no API server knows this ${kind}.`;
  return finding('RefusedByApiServer', {
    field: 'apiVersion',
    statement: naming(text),
    fix: `Write apiVersion: ${now}, and the fields of that version.`,
  });
}

function emptyClass(object: ManifestValue): readonly Finding[] {
  const path = pathOfPodSpec(groupKindOf(object));
  if (path === undefined || valueAt(object.value, [...path, 'runtimeClassName']) !== '') return [];
  const text = `${nameOf(object)}: runtimeClassName is empty, and no RuntimeClass has an empty name.`;
  return [finding('RefusedByApiServer', { field: [...path, 'runtimeClassName'].join('.'), statement: naming(text) })];
}

function pathOfPodSpec(groupKind: string): readonly string[] | undefined {
  if (groupKind === '/Pod') return ['spec'];
  const prefix = podTemplatePlace(groupKind)?.prefix;
  return prefix === undefined ? undefined : `${prefix}spec`.split('.');
}
