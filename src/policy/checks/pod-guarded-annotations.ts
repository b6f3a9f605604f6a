import { annotationField } from '../../finding/field-path.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import { quote, quoteUnlessPlain } from '../../finding/quote.ts';
import { allowedValues, declaredAnnotationsOf, entryThatAllows } from '../../config/handler-rules.ts';
import { reachesReader } from '../../shim/annotation-families.ts';
import { adviceFor } from '../../shim/guarded-advice.ts';
import { guardedKey, isSafeValue, shortWhy, type GuardedKey } from '../../shim/guarded-keys.ts';
import { flawOfGlob, flawOfValue, isAllowedValue } from '../../shim/guarded-value.ts';
import { isManagedKey } from '../../shim/managed-annotations.ts';
import type { PodCase } from '../case.ts';
import { nothing, type PodCheck } from './check.ts';
import { annotationsOf, hasAnnotation } from '../review.ts';

/** A pod may carry a hundred thousand: what is said stays readable, and the work bounded. */
const maxFindings = 16;

/**
 * Annotations that reach the host are denied unless the entry of the pod's runtime allows them. What the entry itself
 * declares is the administrator's, and another check's business; so is what reaches nobody, and a value that protects. On
 * UPDATE only what was added or changed is judged, so that a pod that is older than this rule can still be labelled,
 * finalized and deleted.
 */
export const podGuardedAnnotations: PodCheck = {
  id: 'pod-guarded-annotations',
  about: 'pods',
  reads: ['judged annotations'],
  codes: ['GuardedAnnotation'],
  evaluate: (given) => {
    const { pod, old, isUntrusted, followed } = given;
    const carried = guardedAnnotations(annotationsOf(pod), annotationsOf(old));
    if (carried.length === 0) return nothing;
    const isAnnotated = followed.className !== undefined || isUntrusted;
    const refused = carried.filter(
      (one) =>
        reachesReader(one.key, passedBy(given)) &&
        !(isAnnotated && isManaged(one, given)) &&
        !isAnnotationAllowed(one, given),
    );
    return { findings: refusals(given, refused) };
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
    if (hasAnnotation(before, key, value)) continue;
    carried.push({ key, value, guarded });
  }
  return carried;
}

/** Whether shimgate wrote it: by today's entry or, where another replica still went by it, by the one just before. */
function isManaged({ key, value }: Carried, { phase, world, followed }: PodCase): boolean {
  const { handler, shim } = followed;
  if (isManagedKey(key, shim, world.configuration)) return true;
  if (phase === 'mutating' || handler === undefined) return false;
  return world.recent.some(({ configuration }) => {
    const declared = declaredAnnotationsOf(handler, configuration);
    return declared !== undefined && hasAnnotation(declared, key, value);
  });
}

/**
 * What is known to be all that the runtime gets of the pod's annotations; undefined where that is not known: without a class,
 * a node of another system may run the pod by another entry, and other runtimes than containerd pass on what they like.
 */
function passedBy({ world, followed: { className, handler, presence } }: PodCase): readonly string[] | undefined {
  const isContainerds = presence?.atPulls.every(({ version }) => version !== undefined) ?? false;
  if (className === undefined || handler === undefined || !isContainerds) return undefined;
  return world.configuration.passedAnnotations.get(handler);
}

function globsFor(key: string, { world, followed: { handler } }: PodCase): readonly string[] | undefined {
  return handler === undefined ? undefined : allowedValues(handler, key, world.configuration);
}

function isAnnotationAllowed({ key, value, guarded }: Carried, given: PodCase): boolean {
  const globs = globsFor(key, given);
  return globs !== undefined && isAllowedValue(guarded.form, value, globs);
}

function refusals(given: PodCase, refused: readonly Carried[]): readonly Finding[] {
  const { subject, prefix } = given;
  const findings = refused.slice(0, maxFindings).map((one) => refusal(given, one));
  const left = refused.length - findings.length;
  if (left <= 0) return findings;
  const text = `: ${left} more guarded ${left === 1 ? 'annotation is' : 'annotations are'} not allowed either`;
  return [
    ...findings,
    finding('GuardedAnnotation', {
      field: `${prefix}metadata.annotations`,
      subject,
      statement: { kind: 'predicate', links: 0, text },
    }),
  ];
}

function refusal(given: PodCase, { key, value, guarded }: Carried): Finding {
  const { subject, prefix } = given;
  const { handler } = given.followed;
  const globs = globsFor(key, given);
  const flaw = flawOfValue(guarded.form, value);
  const because = flaw === undefined || globs === undefined ? '' : `, since it ${flaw}`;
  const name = handler === undefined ? 'an unknown runtime' : `runtime ${quote(handler)}`;
  const what = globs === undefined ? 'is not allowed' : `may not be ${quote(value)}`;
  return finding('GuardedAnnotation', {
    field: annotationField(key, prefix),
    subject,
    statement: {
      kind: 'predicate',
      links: subject.chain.length,
      text: `: annotation ${quoteUnlessPlain(key)} ${what}`,
      detail: ` for ${name}${because} (${shortWhy(guarded)})`,
    },
    ...fixFor(key, value, guarded, globs, given),
  });
}

/** What allows this value and no other, in the words of the configuration; never what allows every value of the key. */
function fixFor(
  key: string,
  value: string,
  { form }: GuardedKey,
  globs: readonly string[] | undefined,
  { world, followed: { handler, shim } }: PodCase,
): Pick<Finding, 'fix' | 'shortFix'> {
  if (handler === undefined) return { fix: 'Remove the annotation.' };
  const allowing = entryThatAllows(handler, world.configuration);
  const entry = allowing ?? `runtimes.${quoteUnlessPlain(handler)}`;
  const useListed = `Use a value that ${entry}.allowedAnnotations lists`;
  // A glob that can match nothing, such as that of two words, is no advice.
  const usable = globs?.filter((glob) => flawOfGlob(form, glob) === undefined) ?? [];
  if (usable.length > 0)
    return { fix: `${useListed} for it: ${usable.map(quote).join(', ')}.`, shortFix: `${useListed}.` };
  const shortFix =
    globs === undefined ? `Remove it, or have it allowed in ${entry}.allowedAnnotations.` : `${useListed}.`;
  const advice = adviceFor(form, value);
  if (advice.kind === 'flawed') {
    const fix = `Remove the annotation: no glob allows a value that ${advice.flaw}.`;
    return { fix, shortFix: globs === undefined ? 'Remove it: no glob allows its value.' : shortFix };
  }
  const remove = 'Remove the annotation, or have an administrator add';
  if (advice.kind === 'too long') {
    return { fix: `${remove} its key to ${entry}.allowedAnnotations, with globs over its value.`, shortFix };
  }
  const permission = `{${quoteUnlessPlain(key)}: [${advice.globs.map(quote).join(', ')}]}`;
  if (allowing !== undefined || world.configuration.runtimes.has(handler)) {
    return { fix: `${remove} to ${entry}.allowedAnnotations: ${permission}.`, shortFix };
  }
  if (shim?.source === 'node' && shim.runtimeType !== undefined) {
    const rule = `{handlers: [${quote(handler)}], allowedAnnotations: ${permission}}`;
    return {
      fix: `${remove} to handlerRules: ${rule}.`,
      shortFix: 'Remove it, or have it allowed by a rule of handlerRules.',
    };
  }
  const type = shim?.runtimeType === undefined ? '' : `runtimeType: ${quote(shim.runtimeType)}, `;
  const declared = type === '' ? ' the runtime with its runtimeType, and' : '';
  return { fix: `${remove}${declared} to ${entry}: {${type}allowedAnnotations: ${permission}}.`, shortFix };
}
