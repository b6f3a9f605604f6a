import type { RuntimeClassFields } from '../../config/compile-runtime-class-fields.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import { quote, quoteUnlessPlain } from '../../finding/quote.ts';
import type { RuntimeClass, Toleration } from '../../generated/objects.ts';
import { isSameQuantity } from '../../shim/quantity.ts';
import { nothing, type Check } from './check.ts';
import type { Review } from '../review.ts';
import type { World } from '../world.ts';

/**
 * A RuntimeClass's overhead and scheduling should be what the table's entry for its handler says: the scheduler counts
 * the one and goes by the other, whatever the runtime really takes and wherever it really is. Only what the entry says is
 * compared; a class may say more.
 */
export const runtimeClassTable: Check = {
  id: 'runtime-class-table',
  codes: ['OverheadContradictsTable', 'OverheadOfHandlerDiffers', 'SchedulingContradictsTable'],
  evaluate: (review, world) => {
    const { subject, operation } = review;
    if (subject.kind !== 'RuntimeClass' || (operation !== 'CREATE' && operation !== 'UPDATE')) return nothing;
    const { runtimeClass } = subject;
    const { handler = '' } = runtimeClass;
    const entry = world.configuration.runtimeClassFields.get(handler);
    return {
      findings: [
        ...(entry === undefined ? [] : judgeOverhead(review, runtimeClass, entry)),
        ...(entry === undefined ? [] : judgeScheduling(review, runtimeClass, entry)),
        ...compareSiblings(review, runtimeClass, world),
      ],
    };
  },
};

function judgeOverhead(
  review: Review,
  { handler = '', overhead }: RuntimeClass,
  entry: RuntimeClassFields,
): readonly Finding[] {
  const own = overhead?.podFixed ?? {};
  const differences = Object.entries(entry.overhead?.podFixed ?? {}).flatMap(([resource, expected]) => {
    const value = Object.hasOwn(own, resource) ? String(own[resource]) : undefined;
    if (value !== undefined && isSameQuantity(value, expected)) return [];
    return [`${resource} is ${value === undefined ? 'missing' : quote(value)}, there ${quote(expected)}`];
  });
  if (differences.length === 0) return [];
  return [contradiction('OverheadContradictsTable', 'overhead.podFixed', review, handler, differences)];
}

function judgeScheduling(
  review: Review,
  { handler = '', scheduling }: RuntimeClass,
  entry: RuntimeClassFields,
): readonly Finding[] {
  const labels = scheduling?.nodeSelector ?? {};
  const tolerations = scheduling?.tolerations ?? [];
  const differences = [
    ...Object.entries(entry.scheduling?.nodeSelector ?? {}).flatMap(([label, expected]) => {
      const value = Object.hasOwn(labels, label) ? labels[label] : undefined;
      if (value === expected) return [];
      return [`nodeSelector ${label} is ${value === undefined ? 'missing' : quote(value)}, there ${quote(expected)}`];
    }),
    ...(entry.scheduling?.tolerations ?? [])
      .filter((expected) => !tolerations.some((own) => describeToleration(own) === describeToleration(expected)))
      .map((expected) => `the toleration ${describeToleration(expected)} is missing`),
  ];
  if (differences.length === 0) return [];
  return [contradiction('SchedulingContradictsTable', 'scheduling', review, handler, differences)];
}

function contradiction(
  code: 'OverheadContradictsTable' | 'SchedulingContradictsTable',
  field: 'overhead.podFixed' | 'scheduling',
  { object }: Review,
  handler: string,
  differences: readonly string[],
): Finding {
  const what = `${object}: its ${field} contradicts runtimes.${quoteUnlessPlain(handler)} of the configuration`;
  const [first = '', ...others] = differences;
  const more = others.length === 0 ? '' : `; ${others.length} more`;
  return finding(code, {
    field,
    message: `${what}: ${differences.join('; ')}.`,
    brief: { message: `${what}: ${first}${more}.` },
  });
}

/** Of two classes with one handler, only one overhead can be what the runtime takes. */
function compareSiblings(review: Review, runtimeClass: RuntimeClass, world: World): readonly Finding[] {
  const name = runtimeClass.metadata?.name ?? '';
  const { handler = '' } = runtimeClass;
  const differing = world
    .runtimeClassesOf(handler)
    .filter((other) => other.metadata?.name !== name && !isSameOverhead(other, runtimeClass));
  if (differing.length === 0) return [];
  const shown = differing.slice(0, maxSiblings).map((other) => quoteUnlessPlain(other.metadata?.name ?? ''));
  const names = [...shown, ...(differing.length > maxSiblings ? ['…'] : [])].join(', ');
  const message = `${review.object}: handler ${quote(handler)} has another overhead in ${names}.`;
  return [finding('OverheadOfHandlerDiffers', { field: 'overhead.podFixed', message })];
}

const maxSiblings = 3;

function isSameOverhead(one: RuntimeClass, other: RuntimeClass): boolean {
  const [a, b] = [one.overhead?.podFixed ?? {}, other.overhead?.podFixed ?? {}];
  const valueOf = (podFixed: typeof a, resource: string) =>
    Object.hasOwn(podFixed, resource) ? String(podFixed[resource]) : '0';
  return [...Object.keys(a), ...Object.keys(b)].every((resource) =>
    isSameQuantity(valueOf(a, resource), valueOf(b, resource)),
  );
}

/** As kubectl writes a taint: `key=value:effect`. Two tolerations that it describes alike tolerate alike. */
function describeToleration({ key, operator, value, effect }: Toleration): string {
  const isExists = operator === 'Exists';
  const comparison = operator === 'Lt' || operator === 'Gt' ? ` ${operator} ` : '=';
  return quote(`${key ?? ''}${isExists ? '' : `${comparison}${value ?? ''}`}${effect ? `:${effect}` : ''}`);
}
