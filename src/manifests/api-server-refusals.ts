import { groupKindOf, podTemplatePlace } from '../admission/pod-template-place.ts';
import { finding, type Finding } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';
import { naming } from '../finding/statement.ts';

/** An object as it stands in a manifest. */
type UncheckedObject = { readonly apiVersion: string; readonly kind: string; readonly value: object };

/**
 * What the API server refuses about an object by itself, whatever the webhooks say. `review` foresees it, so that nobody
 * takes an object for allowed that no cluster would let in.
 *
 * Source: Kubernetes 1.37, pkg/apis/core/validation, ValidateRuntimeClassName; and of pods first
 * plugin/pkg/admission/runtimeclass, which looks the empty name up: `resource name may not be empty`.
 */
export function apiServerRefusals(object: UncheckedObject): readonly Finding[] {
  const path = pathOfPodSpec(groupKindOf(object));
  if (path === undefined || valueAt(object.value, [...path, 'runtimeClassName']) !== '') return [];
  const name = [valueAt(object.value, ['metadata', 'namespace']), valueAt(object.value, ['metadata', 'name'])]
    .filter((part) => typeof part === 'string' && part !== '')
    .join('/');
  const text = `${object.kind} ${quote(name)}: runtimeClassName is empty, and no RuntimeClass has an empty name.`;
  return [finding('RefusedByApiServer', { field: [...path, 'runtimeClassName'].join('.'), statement: naming(text) })];
}

function pathOfPodSpec(groupKind: string): readonly string[] | undefined {
  if (groupKind === '/Pod') return ['spec'];
  const prefix = podTemplatePlace(groupKind)?.prefix;
  return prefix === undefined ? undefined : `${prefix}spec`.split('.');
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[key];
  }
  return found;
}
