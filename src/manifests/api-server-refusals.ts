import { groupKindOf, podTemplatePlace } from '../admission/pod-template-place.ts';
import { finding, type Finding } from '../finding/finding.ts';
import { naming } from '../finding/statement.ts';
import { nameOf, valueAt, type ManifestValue } from './manifest-value.ts';

/**
 * What the API server refuses about an object by itself, whatever the webhooks say. `review` foresees it, so that nobody
 * takes an object for allowed that no cluster would let in.
 *
 * Source: Kubernetes 1.37, pkg/apis/core/validation, ValidateRuntimeClassName; and of pods first
 * plugin/pkg/admission/runtimeclass, which looks the empty name up: `resource name may not be empty`.
 */
export function apiServerRefusals(object: ManifestValue): readonly Finding[] {
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
