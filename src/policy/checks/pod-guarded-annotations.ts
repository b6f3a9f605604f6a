import { annotationField } from '../../finding/field-path.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import { quote, quoteUnlessPlain } from '../../finding/quote.ts';
import { reachesReader } from '../../shim/annotation-families.ts';
import { adviceFor } from '../../shim/guarded-advice.ts';
import { guardedKey, isSafeValue, shortWhy, type GuardedKey } from '../../shim/guarded-keys.ts';
import { flawOfGlob, flawOfValue, isAllowedValue } from '../../shim/guarded-value.ts';
import { isManagedKey } from '../../shim/managed-annotations.ts';
import { nothing, type Check } from './check.ts';
import { isUntrustedWorkload, podRuntime, type PodRuntime } from '../pod-runtime.ts';
import { annotationsOf, podPrefix, type Review } from '../review.ts';
import type { World } from '../world.ts';

/** A pod may carry a hundred thousand: what is said stays readable, and the work bounded. */
const maxFindings = 16;

/**
 * Annotations that reach the host are denied unless the entry of the pod's runtime allows them. What the entry itself
 * declares is the administrator's, and another policy's business; so is what reaches nobody, and a value that protects. On UPDATE only what was added or changed is judged, so
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
      (one) =>
        reachesReader(one.key, passedBy(runtime, world)) &&
        !(isAnnotated && isManaged(one, runtime, review, world)) &&
        !isAnnotationAllowed(one, runtime, world),
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
    if (guarded === undefined || isSafeValue(guarded, value)) continue;
    if (Object.hasOwn(before, key) && before[key] === value) continue;
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

function passedBy({ name }: PodRuntime, { configuration }: World): readonly string[] | undefined {
  return name === undefined ? undefined : configuration.passedAnnotations.get(name);
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
  const entry = `runtimes.${quoteUnlessPlain(runtime.name ?? '')}`;
  const fix = fixFor(key, value, guarded, globs, runtime, world);
  const isAdvised = fix.includes('allowedAnnotations');
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
            ? isAdvised
              ? `Remove it, or have it allowed in ${entry}.allowedAnnotations.`
              : 'Remove it: no glob allows its value.'
            : `Use a value that ${entry}.allowedAnnotations lists.`,
    },
  });
}

/** What allows this value and no other, in the words of the configuration; never what allows every value of the key. */
function fixFor(
  key: string,
  value: string,
  { form }: GuardedKey,
  globs: readonly string[] | undefined,
  { name, shim }: PodRuntime,
  { configuration }: World,
): string {
  if (name === undefined) return 'Remove the annotation.';
  const entry = `runtimes.${quoteUnlessPlain(name)}`;
  // A glob that can match nothing, such as that of two words, is no advice.
  const usable = globs?.filter((glob) => flawOfGlob(form, glob) === undefined) ?? [];
  if (usable.length > 0)
    return `Use a value that ${entry}.allowedAnnotations lists for it: ${usable.map(quote).join(', ')}.`;
  const advice = adviceFor(form, value);
  if (advice.kind === 'flawed') return `Remove the annotation: no glob allows a value that ${advice.flaw}.`;
  const permission =
    advice.kind === 'globs' ? `{${quoteUnlessPlain(key)}: [${advice.globs.map(quote).join(', ')}]}` : undefined;
  const remove = 'Remove the annotation, or have an administrator add';
  if (permission === undefined) return `${remove} its key to ${entry}.allowedAnnotations, with globs over its value.`;
  if (configuration.runtimes.has(name)) return `${remove} to ${entry}.allowedAnnotations: ${permission}.`;
  const type = shim?.runtimeType === undefined ? '' : `runtimeType: ${quote(shim.runtimeType)}, `;
  const declared = type === '' ? ' the runtime with its runtimeType, and' : '';
  return `${remove}${declared} to ${entry}: {${type}allowedAnnotations: ${permission}}.`;
}
