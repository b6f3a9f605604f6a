import { annotationField } from '../../finding/field-path.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import { quote, quoteUnlessPlain } from '../../finding/quote.ts';
import { guardedKey, shortWhy, type GuardedKey } from '../../shim/guarded-keys.ts';
import { flawOfValue, isAllowedValue } from '../../shim/guarded-value.ts';
import { isManagedKey } from '../../shim/managed-annotations.ts';
import { nothing, type Check } from './check.ts';
import { isUntrustedWorkload, podRuntime, type PodRuntime } from '../pod-runtime.ts';
import { annotationsOf, podPrefix, type Review } from '../review.ts';
import type { World } from '../world.ts';

/** A pod may carry a hundred thousand: what is said stays readable, and the work bounded. */
const maxFindings = 16;

/**
 * Annotations that reach the host are denied unless the entry of the pod's runtime allows them. What the entry itself
 * declares is the administrator's, and another policy's business. On UPDATE only what was added or changed is judged, so
 * that a pod that is older than this rule can still be labelled, finalized and deleted.
 */
export const podGuardedAnnotations: Check = {
  id: 'pod-guarded-annotations',
  codes: ['GuardedAnnotation'],
  evaluate: (review, world) => {
    const { subject, operation } = review;
    if (subject.kind !== 'Pod' && subject.kind !== 'template') return nothing;
    if (subject.kind === 'Pod' && operation !== 'CREATE' && operation !== 'UPDATE') return nothing;
    const old = subject.kind === 'Pod' && operation === 'UPDATE' ? subject.old : undefined;
    const before = annotationsOf(old);
    const carried = guardedAnnotations(annotationsOf(subject.pod), before);
    if (carried.length === 0) return nothing;
    const judged = old ?? subject.pod;
    const runtime = podRuntime(judged, world);
    const isAnnotated = runtime.hasClass || isUntrustedWorkload(judged);
    const refused = carried.filter(
      (one) => !(isAnnotated && isManaged(one, runtime, review, world)) && !isAnnotationAllowed(one, runtime, world),
    );
    return { findings: refusals(review, refused, runtime, world) };
  },
};

type Carried = { readonly key: string; readonly value: string; readonly guarded: GuardedKey };

function guardedAnnotations(
  annotations: Readonly<Record<string, string>>,
  before: Readonly<Record<string, string>>,
): readonly Carried[] {
  const carried: Carried[] = [];
  for (const key of Object.keys(annotations)) {
    const guarded = guardedKey(key);
    const value = annotations[key] ?? '';
    if (guarded === undefined || (Object.hasOwn(before, key) && before[key] === value)) continue;
    carried.push({ key, value, guarded });
  }
  return carried;
}

/** Whether shimgate wrote it: by today's entry or, where another replica still went by it, by the one just before. */
function isManaged({ key, value }: Carried, runtime: PodRuntime, { phase }: Review, world: World): boolean {
  if (isManagedKey(key, runtime.shim, world.configuration)) return true;
  if (phase === 'mutating' || runtime.name === undefined) return false;
  const { name } = runtime;
  return world.recentConfigurations.some(({ runtimes }) => {
    const declared = runtimes.get(name)?.annotations;
    return declared !== undefined && Object.hasOwn(declared, key) && declared[key] === value;
  });
}

function globsFor(key: string, { name }: PodRuntime, { configuration }: World): readonly string[] | undefined {
  return name === undefined ? undefined : configuration.allowedAnnotations.get(name)?.get(key);
}

function isAnnotationAllowed({ key, value, guarded }: Carried, runtime: PodRuntime, world: World): boolean {
  const globs = globsFor(key, runtime, world);
  return globs !== undefined && isAllowedValue(guarded.form, value, globs);
}

function refusals(review: Review, refused: readonly Carried[], runtime: PodRuntime, world: World): readonly Finding[] {
  const findings = refused.slice(0, maxFindings).map((one) => refusal(review, one, runtime, world));
  const left = refused.length - findings.length;
  if (left <= 0) return findings;
  const count = `${left} more guarded ${left === 1 ? 'annotation is' : 'annotations are'}`;
  return [
    ...findings,
    finding('GuardedAnnotation', {
      field: `${podPrefix(review)}metadata.annotations`,
      message: `${review.object}: ${count} not allowed either.`,
    }),
  ];
}

function refusal(review: Review, { key, value, guarded }: Carried, runtime: PodRuntime, world: World): Finding {
  const globs = globsFor(key, runtime, world);
  const flaw = flawOfValue(guarded.form, value);
  const name = runtime.name === undefined ? 'an unknown runtime' : `runtime ${quote(runtime.name)}`;
  const because = flaw === undefined ? '' : `, since it ${flaw}`;
  const what = globs === undefined ? `is not allowed for ${name}` : `may not be ${quote(value)} for ${name}${because}`;
  const entry = `runtimes.${quoteUnlessPlain(runtime.name ?? '')}.allowedAnnotations`;
  const permission = `${quoteUnlessPlain(key)}: ${flaw === undefined ? `[${quote(asGlob(value))}]` : '[]'}`;
  const fix =
    runtime.name === undefined
      ? 'Remove the annotation.'
      : globs === undefined
        ? `Remove the annotation, or have an administrator add to ${entry}: {${permission}}.`
        : `Use a value that ${entry} lists for it: ${globs.map(quote).join(', ')}.`;
  const annotation = `annotation ${quoteUnlessPlain(key)}`;
  return finding('GuardedAnnotation', {
    field: annotationField(key, podPrefix(review)),
    message: `${[review.object, ...runtime.chain].join(' -> ')}: ${annotation} ${what} (${shortWhy(guarded)}).`,
    fix,
    brief: {
      message: `${review.object}: ${annotation} ${globs === undefined ? 'is not allowed' : 'may not have this value'}.`,
      fix:
        runtime.name === undefined
          ? fix
          : globs === undefined
            ? `Remove it, or have it allowed in ${entry}.`
            : `Use a value that ${entry} lists.`,
    },
  });
}

/** A value as a glob that matches nothing else. Source: Go's package path, func Match. */
function asGlob(value: string): string {
  return value.replace(/[*?[\\]/g, '\\$&');
}
