import type { NodeSelectorRequirement, NodeSelectorTerm, Pod, Toleration } from '../generated/objects.ts';
import { requiredNodes } from './node-affinity.ts';
import { annotationsOf } from './review.ts';

type Texts = Readonly<Record<string, string>>;

/** Whether two versions of a template are alike in all that policies read. Copies nothing, and ends at the first difference. */
export function isSameTemplate(before: Pod, after: Pod): boolean {
  const [one, other] = [before.spec ?? {}, after.spec ?? {}];
  return (
    isSame(one.runtimeClassName, other.runtimeClassName) &&
    isSame(one.nodeName, other.nodeName) &&
    isSame(one.hostNetwork, other.hostNetwork) &&
    isSame(one.hostPID, other.hostPID) &&
    isSame(one.hostIPC, other.hostIPC) &&
    isSame(one.os?.name, other.os?.name) &&
    isSameRecord(one.nodeSelector ?? {}, other.nodeSelector ?? {}) &&
    areSameTolerations(one.tolerations ?? [], other.tolerations ?? []) &&
    areSameTerms(termsOf(one), termsOf(other)) &&
    isSameRecord(annotationsOf(before), annotationsOf(after))
  );
}

type Simple = string | boolean | null | undefined;

function isSame(one: Simple, other: Simple): boolean {
  return (one ?? undefined) === (other ?? undefined);
}

function isSameRecord(one: Texts, other: Texts): boolean {
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && one[key] === other[key])
  );
}

type Terms = readonly NodeSelectorTerm[];

function termsOf(spec: NonNullable<Pod['spec']>): Terms {
  return requiredNodes(spec)?.nodeSelectorTerms ?? [];
}

function areSameTerms(one: Terms, other: Terms): boolean {
  return (
    one.length === other.length &&
    one.every(({ matchExpressions, matchFields }, index) => {
      const second = other[index];
      return (
        areSameRequirements(matchExpressions ?? [], second?.matchExpressions ?? []) &&
        areSameRequirements(matchFields ?? [], second?.matchFields ?? [])
      );
    })
  );
}

function areSameRequirements(
  one: readonly NodeSelectorRequirement[],
  other: readonly NodeSelectorRequirement[],
): boolean {
  return (
    one.length === other.length &&
    one.every(({ key, operator, values }, index) => {
      const second = other[index];
      const [own, others] = [values ?? [], second?.values ?? []];
      return (
        key === second?.key &&
        operator === second.operator &&
        own.length === others.length &&
        own.every((value, at) => value === others[at])
      );
    })
  );
}

function areSameTolerations(one: readonly Toleration[], other: readonly Toleration[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ key, operator, value, effect }, index) => {
      const second = other[index];
      return (
        isSame(key, second?.key) &&
        isSame(operator, second?.operator) &&
        isSame(value, second?.value) &&
        isSame(effect, second?.effect)
      );
    })
  );
}
