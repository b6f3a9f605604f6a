import type { PathSegment } from '../finding/field-path.ts';
import { problem, type Problem } from '../finding/problem.ts';
import { quote } from '../finding/quote.ts';
import type { LabelSelector, NamespaceRule } from '../generated/configuration.ts';
import { matchesAny } from '../shim/path-match.ts';
import { judgeGlob } from './judge-glob.ts';

/** Judges one rule of the list; paths begin at the configuration's root. */
export function judgeNamespaceRule(rule: NamespaceRule, index: number): readonly Problem[] {
  const at = (...path: readonly PathSegment[]) => ['namespaceRules', index, ...path];
  const below = (field: string) => (one: Problem) => ({ ...one, path: at(field, ...one.path) });
  return [
    ...(rule.namespaces ?? []).flatMap((glob, item) => judgeGlob(glob, [item])).map(below('namespaces')),
    ...(rule.allowedRuntimeClassNames ?? [])
      .flatMap((glob, item) => judgeGlob(glob, [item]))
      .map(below('allowedRuntimeClassNames')),
    ...judgeAllowed(rule, index).map((one) => ({ ...one, path: at(...one.path) })),
    ...judgeSelector(rule.selector ?? {}).map(below('selector')),
  ];
}

/** A pod that gets a class by default, only to be refused for it, could never be made. */
function judgeAllowed(rule: NamespaceRule, index: number): readonly Problem[] {
  const { allowedRuntimeClassNames: allowed, defaultRuntimeClassName: given } = rule;
  if (allowed === undefined) return [];
  if (allowed.length === 0) {
    const message = `namespaceRules[${index}] allows no class, and not to name none either: it refuses every pod.`;
    return [problem('NothingAllowed', ['allowedRuntimeClassNames'], message)];
  }
  if (given === undefined || matchesAny(allowed, given)) return [];
  const message = `namespaceRules[${index}] gives pods the class ${quote(given)}, and does not allow it.`;
  return [problem('DefaultClassNotAllowed', ['defaultRuntimeClassName'], message)];
}

/**
 * A selector is refused as Kubernetes would refuse it: shimgate matches by it, and the chart hands it to the API server
 * in a namespaceSelector.
 *
 * Source: Kubernetes, apimachinery, pkg/apis/meta/v1/validation, ValidateLabelSelector.
 */
function judgeSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): readonly Problem[] {
  return [
    ...Object.entries(matchLabels).flatMap(([key, value]) => [
      ...judgeKey(key, ['matchLabels', key]),
      ...judgeValue(value, ['matchLabels', key]),
    ]),
    ...matchExpressions.flatMap(({ key, operator, values = [] }, index) => {
      const at = (...path: readonly PathSegment[]) => ['matchExpressions', index, ...path];
      const takesValues = operator === 'In' || operator === 'NotIn';
      const message = `${operator} on ${quote(key)} ${takesValues ? 'needs values' : 'takes no values'}.`;
      return [
        ...judgeKey(key, at('key')),
        ...values.flatMap((value, item) => judgeValue(value, at('values', item))),
        ...(takesValues === values.length > 0 ? [] : [problem('InvalidSelector', at('values'), message)]),
      ];
    }),
  ];
}

const name = '[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?';
const dnsLabel = '[a-z0-9]([a-z0-9-]*[a-z0-9])?';
const keyPattern = new RegExp(`^(?=[^/]{1,253}/|[^/]*$)(${dnsLabel}(\\.${dnsLabel})*/)?${name}$`);
const valuePattern = new RegExp(`^(${name})?$`);

/** Source: Kubernetes, apimachinery, pkg/api/validate/content/kube.go, IsLabelKey: a DNS prefix, which may be left out, and a name. */
function judgeKey(key: string, path: readonly PathSegment[]): readonly Problem[] {
  if (key.length <= 253 + 1 + 63 && keyPattern.test(key)) return [];
  return [problem('InvalidSelector', path, `${quote(key)} is no valid label key.`, { fix: 'Correct the key.' })];
}

/** Source: the same, IsLabelValue. */
function judgeValue(value: string, path: readonly PathSegment[]): readonly Problem[] {
  if (valuePattern.test(value)) return [];
  const fix = 'A label value has up to 63 letters, digits, dashes, dots and underscores.';
  return [problem('InvalidSelector', path, `${quote(value)} is no valid label value: no label has it.`, { fix })];
}
