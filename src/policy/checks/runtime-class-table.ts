import type { RuntimeClassFields } from '../../config/compile-runtime-class-fields.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import { quote, quoteUnlessPlain } from '../../finding/quote.ts';
import type { Predicate } from '../../finding/statement.ts';
import type { RuntimeClass, Toleration } from '../../generated/objects.ts';
import { isSameQuantity } from '../../shim/quantity.ts';
import type { ClassCase } from '../case.ts';
import { nothing, type ClassCheck } from './check.ts';

/**
 * A RuntimeClass's overhead and scheduling should be what the table's entry for its handler says: the scheduler counts
 * the one and goes by the other, whatever the runtime really takes and wherever it really is. Only what the entry says is
 * compared; a class may say more.
 */
export const runtimeClassTable: ClassCheck = {
  id: 'runtime-class-table',
  about: 'RuntimeClasses',
  codes: ['OverheadContradictsTable', 'OverheadOfHandlerDiffers', 'SchedulingContradictsTable'],
  evaluate: (given) => {
    const { review, world, runtimeClass } = given;
    if (review.operation !== 'CREATE' && review.operation !== 'UPDATE') return nothing;
    const entry = world.configuration.runtimeClassFields.get(runtimeClass.handler ?? '');
    return {
      findings: [
        ...(entry === undefined ? [] : judgeOverhead(given, entry)),
        ...(entry === undefined ? [] : judgeScheduling(given, entry)),
        ...compareSiblings(given),
      ],
    };
  },
};

function judgeOverhead(given: ClassCase, entry: RuntimeClassFields): readonly Finding[] {
  const own = given.runtimeClass.overhead?.podFixed ?? {};
  const differences = Object.entries(entry.overhead?.podFixed ?? {}).flatMap(([resource, expected]) => {
    const value = Object.hasOwn(own, resource) ? String(own[resource]) : undefined;
    if (value !== undefined && isSameQuantity(value, expected)) return [];
    return [`${resource} is ${value === undefined ? 'missing' : quote(value)}, there ${quote(expected)}`];
  });
  return contradiction('OverheadContradictsTable', 'overhead.podFixed', given, differences);
}

function judgeScheduling(given: ClassCase, entry: RuntimeClassFields): readonly Finding[] {
  const { scheduling } = given.runtimeClass;
  const labels = scheduling?.nodeSelector ?? {};
  const expectedTolerations = entry.scheduling?.tolerations ?? [];
  const own = new Set(expectedTolerations.length === 0 ? [] : (scheduling?.tolerations ?? []).map(describeToleration));
  const differences = [
    ...Object.entries(entry.scheduling?.nodeSelector ?? {}).flatMap(([label, expected]) => {
      const value = Object.hasOwn(labels, label) ? labels[label] : undefined;
      if (value === expected) return [];
      return [`nodeSelector ${label} is ${value === undefined ? 'missing' : quote(value)}, there ${quote(expected)}`];
    }),
    ...expectedTolerations
      .map(describeToleration)
      .filter((expected) => !own.has(expected))
      .map((expected) => `the toleration ${expected} is missing`),
  ];
  return contradiction('SchedulingContradictsTable', 'scheduling', given, differences);
}

function contradiction(
  code: 'OverheadContradictsTable' | 'SchedulingContradictsTable',
  field: 'overhead.podFixed' | 'scheduling',
  { subject, runtimeClass }: ClassCase,
  items: readonly string[],
): readonly Finding[] {
  if (items.length === 0) return [];
  const entry = `runtimes.${quoteUnlessPlain(runtimeClass.handler ?? '')}`;
  return [
    finding(code, {
      field,
      subject,
      statement: {
        kind: 'predicate',
        links: 0,
        text: `: its ${field} contradicts ${entry} of the configuration: `,
        list: { items, separator: '; ' },
      },
    }),
  ];
}

/** Of two classes with one handler, only one overhead can be what the runtime takes. */
function compareSiblings({ world, subject, runtimeClass }: ClassCase): readonly Finding[] {
  const name = runtimeClass.metadata?.name ?? '';
  const { handler = '' } = runtimeClass;
  const own = overheadOf(runtimeClass);
  if (own === undefined || handler === '') return [];
  const differing = world.cluster.runtimeClassesOf(handler).filter((other) => {
    const others = other.metadata?.name === name ? undefined : overheadOf(other);
    return others !== undefined && !isSameOverhead(others, own);
  });
  if (differing.length === 0) return [];
  const shown = differing.slice(0, maxSiblings).map((other) => quoteUnlessPlain(other.metadata?.name ?? ''));
  const names = [...shown, ...(differing.length > maxSiblings ? ['…'] : [])].join(', ');
  const statement: Predicate = {
    kind: 'predicate',
    links: 0,
    text: `: handler ${quote(handler)} has another overhead in ${names}`,
  };
  return [finding('OverheadOfHandlerDiffers', { field: 'overhead.podFixed', subject, statement })];
}

const maxSiblings = 3;

/** A class has two or three; of one with more than so many, for a hint alone, none is compared. */
const maxResources = 100;

/**
 * By resource, without what is nothing: a resource that is not named is none either. Undefined where there are too many to be
 * compared.
 */
function overheadOf({ overhead }: RuntimeClass): ReadonlyMap<string, string> | undefined {
  const podFixed = overhead?.podFixed ?? {};
  const resources = Object.keys(podFixed);
  if (resources.length > maxResources) return undefined;
  return new Map(
    resources.map((key) => [key, String(podFixed[key])] as const).filter(([, value]) => !isSameQuantity(value, '0')),
  );
}

function isSameOverhead(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return (
    one.size === other.size &&
    [...one].every(([resource, value]) => {
      const second = other.get(resource);
      return second !== undefined && isSameQuantity(value, second);
    })
  );
}

/** As kubectl writes a taint: `key=value:effect`. Two tolerations that it describes alike tolerate alike. */
function describeToleration({ key, operator, value, effect }: Toleration): string {
  const isExists = operator === 'Exists';
  const comparison = operator === 'Lt' || operator === 'Gt' ? ` ${operator} ` : '=';
  return quote(`${key ?? ''}${isExists ? '' : `${comparison}${value ?? ''}`}${effect ? `:${effect}` : ''}`);
}
