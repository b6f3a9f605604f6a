import { isDeniedInEveryMode } from '../finding/codes.ts';
import { worstFirst, type Finding } from '../finding/finding.ts';
import type { Mode } from '../generated/configuration.ts';
import type { ShimConfig } from '../shim/runtimes-table.ts';
import { classCase, podCase } from './case.ts';
import { judgeOwnSize } from './checks/annotations-size.ts';
import { everyCheck, type CheckSet } from './checks/checks.ts';
import type { AnnotationEdits } from './checks/check.ts';
import { combine, type Combined } from './combine-outcomes.ts';
import { defaultClassFor, withClass } from './default-class.ts';
import { exemptionOf, type Exemption } from './exemptions.ts';
import type { PatchMemory } from './expected-annotations.ts';
import { modeIn } from './mode.ts';
import { isGoing, isMirrorPod, type Phase, type Review } from './review.ts';
import { isSameTemplate } from './same-template.ts';
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
  /** Where the patch of these edits is kept, where they are what every pod of the class gets. */
  readonly patch: PatchMemory | undefined;
  /** The class that the mutating webhook gives to a pod without one. */
  readonly defaultClass: string | undefined;
  /** The shim that the object leads to; undefined where it leads to none. */
  readonly shim: ShimConfig | undefined;
};

const noEdits: AnnotationEdits = new Map();

/**
 * The one verdict on a review: webhook, `review` and audit all ask here. Pure, and never throws.
 *
 * @param asked the checks that are asked; the webhooks ask all of them
 */
export function evaluate(review: Review, phase: Phase, world: World, asked: CheckSet = everyCheck): Verdict {
  const mode = modeIn(review.namespace, world);
  if (isLetThrough(review)) return { decision: 'allow', mode, exemption: undefined, ...nothingFound };

  const { configuration } = world;
  const tooLarge = judgeOwnSize(review);
  if (tooLarge.length > 0) {
    const exemption = exemptionOf(review, configuration);
    return {
      mode,
      exemption,
      ...nothingFound,
      ...decide(review, mode, exemption, exemption === undefined ? tooLarge : []),
    };
  }
  const exemptionAsSent = exemptionOf(review, configuration);
  const defaultClass = exemptionAsSent === undefined ? defaultClassFor(review, phase, world) : undefined;
  const judged = withClass(review, defaultClass);
  const exemption = defaultClass === undefined ? exemptionAsSent : exemptionOf(judged, configuration);
  const { findings, edits, patch, shim } = judge(judged, phase, world, asked, exemption !== undefined);
  const { decision, ...said } = decide(review, mode, exemption, worstFirst(findings));
  const denies = decision === 'deny';
  return {
    decision,
    mode,
    exemption,
    findings: said.findings,
    told: said.told,
    edits: denies ? noEdits : (edits ?? noEdits),
    patch: denies || defaultClass !== undefined ? undefined : patch,
    defaultClass: denies ? undefined : defaultClass,
    shim,
  };
}

/** What the mode makes of what was found: whether it denies, and what the user is told otherwise. */
function decide(
  review: Review,
  mode: Mode,
  exemption: Exemption | undefined,
  findings: readonly Finding[],
): Pick<Verdict, 'decision' | 'findings' | 'told'> {
  const passed = exemption === undefined ? 'allow' : 'exempt';
  if (findings.length === 0) return { decision: passed, findings, told: findings };
  const errors = findings.filter(({ severity }) => severity === 'error');
  const isMirror = isMirrorPod(review);
  const isTemplate = review.subject.kind === 'template';
  const isEnforced = mode === 'enforce' ? errors.length > 0 : errors.some(({ code }) => isDeniedInEveryMode(code));
  const denies = isEnforced && !isMirror && !isTemplate;
  // In audit mode errors are recorded, not shown; path errors are always shown, also on templates and mirror pods, which
  // are never denied.
  const isTold = ({ severity, code }: Finding) =>
    severity === 'warning' ||
    (severity === 'error' && !denies && (mode !== 'audit' || isMirror || isDeniedInEveryMode(code)));
  const told = findings.filter(isTold);
  // Templates only warn: the user sees the problem at once, and enforcement stays with the pod.
  if (isTemplate) return { decision: passed, findings: findings.map(asWarning), told: told.map(asWarning) };
  return { decision: denies ? 'deny' : errors.length > 0 ? 'would-deny' : passed, findings, told };
}

const nothingFound = {
  findings: [],
  told: [],
  edits: noEdits,
  patch: undefined,
  defaultClass: undefined,
  shim: undefined,
} as const;

/** Asks the checks that are about what is reviewed, and says which shim it leads to. */
function judge(
  review: Review,
  phase: Phase,
  world: World,
  asked: CheckSet,
  isExempt: boolean,
): Combined & { readonly shim?: ShimConfig | undefined } {
  const { subject, operation, object } = review;
  switch (subject.kind) {
    case 'Pod':
    case 'template': {
      const given = podCase(review, phase, world);
      if (given === undefined) return nothingFound;
      const { isNew, isUntrusted, followed } = given;
      if (!isNew && isGoing(subject.pod)) {
        const ofGoing = asked.pods.filter(({ judgesGoing }) => judgesGoing === true);
        return combine(ofGoing, given, isExempt);
      }
      const isFollowed = isNew && (followed.className !== undefined || isUntrusted);
      return { ...combine(asked.pods, given, isExempt), shim: isFollowed ? followed.shim : undefined };
    }
    case 'RuntimeClass': {
      const given = classCase(review, subject, phase, world);
      const isWritten = operation === 'CREATE' || operation === 'UPDATE';
      if (operation === 'UPDATE' && isGoing(subject.runtimeClass))
        return pathsOnly(combine(asked.classes, given, true));
      return { ...combine(asked.classes, given, isExempt), shim: isWritten ? given.resolution.shim : undefined };
    }
    case 'Binding': {
      const { annotations } = subject;
      return combine(asked.bindings, { review, phase, world, subject: { object, chain: [] }, annotations }, isExempt);
    }
    case 'other':
      return nothingFound;
  }
}

/** What goes away is not held up by anything else, such as by a path that was there before; to claim another is an error. */
function pathsOnly({ findings }: Combined): Combined {
  return { findings: findings.filter(({ severity, code }) => severity === 'error' && isDeniedInEveryMode(code)) };
}

/** A template that did not change was judged when it was written. */
function isLetThrough({ subject }: Review): boolean {
  if (subject.kind === 'template') return subject.old !== undefined && isSameTemplate(subject.old, subject.pod);
  return subject.kind === 'other';
}

function asWarning(found: Finding): Finding {
  return found.severity === 'error' ? { ...found, severity: 'warning' } : found;
}
