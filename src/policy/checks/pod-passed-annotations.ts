import { annotationField } from '../../finding/field-path.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import { quote, quoteUnlessPlain } from '../../finding/quote.ts';
import { reachesReader } from '../../shim/annotation-families.ts';
import { asGlob } from '../../shim/guarded-advice.ts';
import { guardedKey, isSafeValue } from '../../shim/guarded-keys.ts';
import { isAllowedValue } from '../../shim/guarded-value.ts';
import { isManagedKey } from '../../shim/managed-annotations.ts';
import { podRuntime, type PodRuntime } from '../pod-runtime.ts';
import { annotationsOf, podPrefix, type Review } from '../review.ts';
import type { World } from '../world.ts';
import { nothing, type Check } from './check.ts';

/** So many keys are named, and the others counted. */
const maxNamedKeys = 8;

/**
 * Annotations for a shim that containerd does not pass on to it: the pod runs, and not as its author thinks. What the
 * runtime's own entry declares is judged with the configuration. On UPDATE only what was added or changed is told.
 */
export const podPassedAnnotations: Check = {
  id: 'pod-passed-annotations',
  codes: ['PodAnnotationNotPassed'],
  evaluate: (review, world) => {
    const { subject, operation } = review;
    if (subject.kind !== 'Pod' && subject.kind !== 'template') return nothing;
    if (subject.kind === 'Pod' && operation !== 'CREATE' && operation !== 'UPDATE') return nothing;
    const annotations = annotationsOf(subject.pod);
    if (Object.keys(annotations).length === 0) return nothing;
    const old = subject.kind === 'Pod' && operation === 'UPDATE' ? subject.old : undefined;
    const before = annotationsOf(old);
    const runtime = podRuntime(old ?? subject.pod, world);
    const globs = runtime.name === undefined ? undefined : world.configuration.passedAnnotations.get(runtime.name);
    if (globs === undefined) return nothing;
    const lost = Object.entries(annotations).filter(
      ([key, value]) =>
        !reachesReader(key, globs) &&
        !(Object.hasOwn(before, key) && before[key] === value) &&
        !isManagedKey(key, runtime.shim, world.configuration),
    );
    return lost.length === 0 ? nothing : { findings: [notPassed(review, lost, runtime, world)] };
  },
};

type Annotation = readonly [key: string, value: string];

function notPassed(review: Review, lost: readonly Annotation[], runtime: PodRuntime, world: World): Finding {
  const [[first] = ['']] = lost;
  const entry = `runtimes.${quoteUnlessPlain(runtime.name ?? '')}.podAnnotations`;
  const named = lost.slice(0, maxNamedKeys);
  const more = lost.length > named.length ? ` and ${lost.length - named.length} more` : '';
  const keys = `${named.map(([key]) => quoteUnlessPlain(key)).join(', ')}${more}`;
  const isOne = lost.length === 1;
  const what = isOne ? `annotation ${keys} does` : `${lost.length} annotations do`;
  const list = isOne ? '' : ` (${keys})`;
  const why = `no glob of ${entry} matches ${isOne ? 'it' : 'them'}`;
  const passable = named.filter((one) => isPassable(one, runtime, world)).map(([key]) => quote(asGlob(key)));
  const them = passable.length === named.length ? (isOne ? 'it' : 'them') : 'what needs no other permission';
  const remove = isOne ? 'Remove it' : 'Remove them';
  return finding('PodAnnotationNotPassed', {
    field: isOne ? annotationField(first, podPrefix(review)) : `${podPrefix(review)}metadata.annotations`,
    message: `${[review.object, ...runtime.chain].join(' -> ')}: ${what} not reach the shim${list}: ${why}.`,
    fix:
      passable.length === 0
        ? `${remove}.`
        : `${remove}, or have an administrator pass ${them} on: by pod_annotations on the nodes, and here by adding to ${entry}: [${passable.join(', ')}].`,
    brief: {
      message: `${review.object}: ${what} not reach the shim${isOne ? '' : `, such as ${quoteUnlessPlain(first)}`}.`,
      fix: passable.length === 0 ? `${remove}.` : `${remove}, or have ${isOne ? 'it' : 'them'} passed on.`,
    },
  });
}

/** Whether a pod may carry it once it reaches the shim: advice must not lead from a warning to a denial. */
function isPassable([key, value]: Annotation, { name }: PodRuntime, { configuration }: World): boolean {
  const guarded = guardedKey(key);
  if (guarded === undefined || isSafeValue(guarded, value)) return true;
  const globs = name === undefined ? undefined : configuration.allowedAnnotations.get(name)?.get(key);
  return globs !== undefined && isAllowedValue(guarded.form, value, globs);
}
