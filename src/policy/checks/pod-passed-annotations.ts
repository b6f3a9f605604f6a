import { annotationField } from '../../finding/field-path.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import { quote, quoteUnlessPlain } from '../../finding/quote.ts';
import { reachesReader } from '../../shim/annotation-families.ts';
import { asGlob } from '../../shim/guarded-advice.ts';
import { guardedKey, isSafeValue } from '../../shim/guarded-keys.ts';
import { isAllowedValue } from '../../shim/guarded-value.ts';
import { isManagedKey } from '../../shim/managed-annotations.ts';
import type { PodCase } from '../case.ts';
import { annotationsOf, hasAnnotation } from '../review.ts';
import { nothing, type PodCheck } from './check.ts';

/** So many keys are named, and the others counted. */
const maxNamedKeys = 8;

/**
 * Annotations for a shim that containerd does not pass on to it: the pod runs, and not as its author thinks. What the
 * runtime's own entry declares is judged with the configuration. On UPDATE only what was added or changed is told.
 */
export const podPassedAnnotations: PodCheck = {
  id: 'pod-passed-annotations',
  about: 'pods',
  reads: ['judged annotations'],
  codes: ['PodAnnotationNotPassed'],
  evaluate: (given) => {
    const { pod, old, world, followed } = given;
    const annotations = annotationsOf(pod);
    const keys = Object.keys(annotations);
    const { handler, shim } = followed;
    const globs = handler === undefined ? undefined : world.configuration.passedAnnotations.get(handler);
    if (keys.length === 0 || globs === undefined) return nothing;
    const before = annotationsOf(old);
    const lost = keys
      .map((key): Annotation => [key, annotations[key] ?? ''])
      .filter(
        ([key, value]) =>
          !reachesReader(key, globs) &&
          !hasAnnotation(before, key, value) &&
          !isManagedKey(key, shim, world.configuration),
      );
    return lost.length === 0 ? nothing : { findings: [notPassed(given, lost)] };
  },
};

type Annotation = readonly [key: string, value: string];

function notPassed(given: PodCase, lost: readonly Annotation[]): Finding {
  const { subject, prefix, followed } = given;
  const [[first] = ['']] = lost;
  const entry = `runtimes.${quoteUnlessPlain(followed.handler ?? '')}.podAnnotations`;
  const named = lost.slice(0, maxNamedKeys);
  const more = lost.length > named.length ? ` and ${lost.length - named.length} more` : '';
  const keys = `${named.map(([key]) => quoteUnlessPlain(key)).join(', ')}${more}`;
  const isOne = lost.length === 1;
  const what = isOne ? `annotation ${keys} does` : `${lost.length} annotations do`;
  const list = isOne ? '' : ` (${keys})`;
  const why = `no glob of ${entry} matches ${isOne ? 'it' : 'them'}`;
  const passable = named.filter((one) => isPassable(one, given)).map(([key]) => quote(asGlob(key)));
  const them = passable.length === named.length ? (isOne ? 'it' : 'them') : 'what needs no other permission';
  const remove = isOne ? 'Remove it' : 'Remove them';
  return finding('PodAnnotationNotPassed', {
    field: isOne ? annotationField(first, prefix) : `${prefix}metadata.annotations`,
    subject,
    statement: {
      kind: 'predicate',
      links: subject.chain.length,
      text: `: ${what} not reach the shim`,
      detail: `${list}: ${why}`,
    },
    fix:
      passable.length === 0
        ? `${remove}.`
        : `${remove}, or have an administrator pass ${them} on: by pod_annotations on the nodes, and here by adding to ${entry}: [${passable.join(', ')}].`,
    shortFix: passable.length === 0 ? `${remove}.` : `${remove}, or have ${isOne ? 'it' : 'them'} passed on.`,
  });
}

/** Whether a pod may carry it once it reaches the shim: advice must not lead from a warning to a denial. */
function isPassable([key, value]: Annotation, { world, followed: { handler } }: PodCase): boolean {
  const guarded = guardedKey(key);
  if (guarded === undefined || isSafeValue(guarded, value)) return true;
  const globs = handler === undefined ? undefined : world.configuration.allowedAnnotations.get(handler)?.get(key);
  return globs !== undefined && isAllowedValue(guarded.form, value, globs);
}
