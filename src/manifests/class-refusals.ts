import { groupKindOf } from '../admission/pod-template-place.ts';
import { fieldPath } from '../finding/field-path.ts';
import { finding, type Finding } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';
import { naming } from '../finding/statement.ts';
import { parseQuantity } from '../shim/quantity.ts';
import { nameOf, tableOf, valueAt, type ManifestValue } from './manifest-value.ts';

/**
 * What the API server refuses about a RuntimeClass by itself: a handler other than the class has already, and an overhead
 * that is no amount.
 *
 * @param existing objects of the cluster
 *
 * Source: Kubernetes 1.37, pkg/apis/node/validation, ValidateRuntimeClassUpdate and validateOverhead, which
 * has quantities judged as limits of resources; apimachinery, resource.Quantity.
 */
export function classRefusals(object: ManifestValue, existing: readonly ManifestValue[]): readonly Finding[] {
  if (!isClass(object)) return [];
  return [...ofHandler(object, existing), ...ofOverhead(object)];
}

function ofHandler(object: ManifestValue, existing: readonly ManifestValue[]): readonly Finding[] {
  const name = valueAt(object.value, ['metadata', 'name']);
  const { handler } = object.value as { readonly handler?: unknown };
  const before = existing.findLast((one) => isClass(one) && valueAt(one.value, ['metadata', 'name']) === name);
  const had = before === undefined ? undefined : valueAt(before.value, ['handler']);
  if (typeof had !== 'string' || typeof handler !== 'string' || had === '' || had === handler) return [];
  const text = `${nameOf(object)}: its handler is ${quote(had)} in the cluster, and a handler cannot be changed to ${quote(handler)}.`;
  const fix = 'Delete the class and create it anew, or give the new one another name; pods that run are not touched.';
  return [finding('RefusedByApiServer', { field: 'handler', statement: naming(text), fix })];
}

function ofOverhead(object: ManifestValue): readonly Finding[] {
  const amounts = tableOf(valueAt(object.value, ['overhead', 'podFixed'])) ?? {};
  return Object.entries(amounts).flatMap(([resource, amount]) => {
    const fault = faultOfAmount(amount);
    if (fault === undefined) return [];
    const field = fieldPath(['overhead', 'podFixed', resource]);
    const text = `${nameOf(object)}: ${field} ${fault}.`;
    const fix = 'Write an amount as Kubernetes does, such as 250m of cpu and 160Mi of memory.';
    return [finding('RefusedByApiServer', { field, statement: naming(text), fix })];
  });
}

function faultOfAmount(amount: unknown): string | undefined {
  if (typeof amount !== 'string' && typeof amount !== 'number') return undefined;
  const parsed = parseQuantity(String(amount));
  if (parsed === undefined) return `is ${quote(String(amount))}, which is no amount`;
  return parsed < 0n ? `is ${quote(String(amount))}, and may not be less than nothing` : undefined;
}

function isClass(object: ManifestValue): boolean {
  return groupKindOf(object) === 'node.k8s.io/RuntimeClass';
}
