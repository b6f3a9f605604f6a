import { isDeniedInEveryMode } from '../finding/codes.ts';
import { worstFirst, type Finding } from '../finding/finding.ts';
import type { Mode } from '../generated/configuration.ts';
import type { Pod } from '../generated/objects.ts';
import type { ShimConfig } from '../shim/runtimes-table.ts';
import { defaultClassFor, withClass } from './default-class.ts';
import { exemptionOf, whatExemptionLeaves, type Exemption } from './exemptions.ts';
import { modeIn } from './mode.ts';
import { checks } from './checks/checks.ts';
import type { AnnotationEdits } from './checks/check.ts';
import { annotationsOf, isMirrorPod, type Review } from './review.ts';
import type { World } from './world.ts';

/**
 * `would-deny` is what enforce would have denied, let in by a looser mode or because it is a mirror pod; `exempt` is what
 * the configuration exempts and no path rule denies, whether or not another rule would have.
 */
export type Decision = 'allow' | 'deny' | 'would-deny' | 'exempt';

export type Verdict = {
  readonly decision: Decision;
  readonly mode: Mode;
  /** Why only the path rules were applied; undefined where all were. */
  readonly exemption: Exemption | undefined;
  /** Everything that was found, worst first. */
  readonly findings: readonly Finding[];
  /** Those of the findings that the user is told although the object is let in. */
  readonly told: readonly Finding[];
  /** What the mutating webhook does to the annotations; empty on a denial. */
  readonly edits: AnnotationEdits;
  /** The class that the mutating webhook gives to a pod without one. */
  readonly defaultClass: string | undefined;
  /** The shim that the object leads to; undefined where it leads to none. */
  readonly shim: ShimConfig | undefined;
};

const noEdits: AnnotationEdits = new Map();

/** The one verdict on a review: webhook, `review` and audit all ask here. Pure, and never throws. */
export function evaluate(review: Review, world: World): Verdict {
  const mode = modeIn(review.namespace, world);
  if (isLetThrough(review)) {
    return {
      decision: 'allow',
      mode,
      exemption: undefined,
      findings: [],
      told: [],
      edits: noEdits,
      defaultClass: undefined,
      shim: undefined,
    };
  }

  const exemptAnyway = exemptionOf(review, world);
  const defaultClass = exemptAnyway === undefined ? defaultClassFor(review, world) : undefined;
  const judged = withClass(review, defaultClass);
  const exemption = defaultClass === undefined ? exemptAnyway : exemptionOf(judged, world);
  const outcomes = checks.map((check) => check.evaluate(judged, world));
  const all = {
    findings: worstFirst(outcomes.flatMap(({ findings }) => findings)),
    edits: mergeEdits(outcomes.map((outcome) => outcome.edits)),
  };
  const { findings: found, edits } = exemption === undefined ? all : whatExemptionLeaves(judged, all);
  const errors = found.filter(({ severity }) => severity === 'error');
  const isMirror = isMirrorPod(review);
  const isTemplate = review.subject.kind === 'template';
  const denies =
    !isMirror &&
    !isTemplate &&
    (mode === 'enforce' ? errors.length > 0 : errors.some(({ code }) => isDeniedInEveryMode(code)));
  // audit only records what enforce would deny; what it denies too is told even where it cannot be denied yet.
  const isTold = ({ severity, code }: Finding) =>
    severity === 'warning' ||
    (severity === 'error' && !denies && (mode !== 'audit' || isMirror || isDeniedInEveryMode(code)));
  const told = found.filter(isTold);
  const passed = exemption === undefined ? 'allow' : 'exempt';
  return {
    decision: denies ? 'deny' : errors.length > 0 && !isTemplate ? 'would-deny' : passed,
    mode,
    exemption,
    // Templates only warn: the user sees the problem at once, and enforcement stays with the pod.
    findings: isTemplate ? found.map(asWarning) : found,
    told: isTemplate ? told.map(asWarning) : told,
    edits: denies ? noEdits : edits,
    defaultClass: denies ? undefined : defaultClass,
    shim: outcomes.find(({ shim }) => shim !== undefined)?.shim,
  };
}

/** What goes away is never held up; a template that did not change was judged when it was written. */
function isLetThrough({ subject, operation }: Review): boolean {
  switch (subject.kind) {
    case 'Pod':
      return operation === 'UPDATE' && isGoing(subject.pod);
    case 'RuntimeClass':
      return operation === 'UPDATE' && isGoing(subject.runtimeClass);
    case 'template':
      return subject.old !== undefined && relevantParts(subject.old) === relevantParts(subject.pod);
    case 'Binding':
      return false;
    case 'other':
      return true;
  }
}

function isGoing({ metadata }: Pick<Pod, 'metadata'>): boolean {
  return metadata?.deletionTimestamp !== undefined && metadata.deletionTimestamp !== null;
}

function relevantParts(pod: Pod): string {
  const { runtimeClassName, hostNetwork, hostPID, hostIPC, os, nodeSelector, tolerations } = pod.spec ?? {};
  const annotations = Object.entries(annotationsOf(pod)).sort();
  return JSON.stringify([runtimeClassName, hostNetwork, hostPID, hostIPC, os, nodeSelector, tolerations, annotations]);
}

function asWarning(found: Finding): Finding {
  return found.severity === 'error' ? { ...found, severity: 'warning' } : found;
}

function mergeEdits(edits: readonly (AnnotationEdits | undefined)[]): AnnotationEdits {
  const given = edits.filter((one) => one !== undefined && one.size > 0) as readonly AnnotationEdits[];
  if (given.length < 2) return given[0] ?? noEdits;
  return new Map(given.flatMap((one) => [...one]));
}
