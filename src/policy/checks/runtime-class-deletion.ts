import { finding, type Finding } from '../../finding/finding.ts';
import { quote, quoteUnlessPlain } from '../../finding/quote.ts';
import type { Predicate } from '../../finding/statement.ts';
import type { Configuration } from '../../config/configuration.ts';
import type { ClassCase } from '../case.ts';
import { marksOfHandler } from '../../shim/managed-annotations.ts';
import { nothing, type ClassCheck } from './check.ts';
import type { PodQuestion, PodUse } from '../pod-use.ts';
import type { Phase, Review } from '../review.ts';

/** On a RuntimeClass, lets it be deleted though pods use it. */
const allowDeletionAnnotation = 'shimgate.dev/allow-deletion';

/**
 * A class that goes takes its pods' restarts with it: the kubelet looks the class up whenever it makes a sandbox, and the
 * API server whenever a controller makes a pod. One that comes back with another handler changes what they start with:
 * annotations that were judged for one runtime would reach another. So with `deny` it does not come back while there is an
 * unfinished pod that was admitted for another handler, also one that has not started; a pod of which nothing tells that
 * handler counts too, since it may be another.
 *
 * Source: Kubernetes, pkg/kubelet/kuberuntime, createPodSandbox; plugin/pkg/admission/runtimeclass.
 */
export const runtimeClassDeletion: ClassCheck = {
  id: 'runtime-class-deletion',
  about: 'RuntimeClasses',
  codes: ['RuntimeClassInUse', 'RuntimeClassRecreated'],
  evaluate: (given) => {
    const { review, phase } = given;
    // One phase is enough: what the validating one denies is not made.
    if (review.operation !== 'DELETE' && phase !== 'validating') return nothing;
    const use = review.subject.kind === 'RuntimeClass' ? review.subject.use : undefined;
    if (use === undefined || (use.count === 0 && typeof use.extent === 'string')) return nothing;
    return { findings: [review.operation === 'DELETE' ? judgeDeletion(given, use) : judgeRecreation(given, use)] };
  },
};

/**
 * What has to be known about pods before the request can be judged; undefined for nothing. Pods are not followed, so that
 * this is asked live, and only where the configuration wants to know.
 */
export function podQuestion(
  { subject, operation }: Review,
  phase: Phase,
  configuration: Configuration,
): PodQuestion | undefined {
  const { runtimeClassDeletion: policy, runtimes, runtimeHandlerAnnotation } = configuration;
  if (subject.kind !== 'RuntimeClass' || policy === 'allow') return undefined;
  const className = subject.runtimeClass.metadata?.name ?? '';
  if (className === '') return undefined;
  if (operation === 'DELETE') return { className };
  // In the validating phase alone, so that what is said is said once.
  if (operation !== 'CREATE' || phase !== 'validating') return undefined;
  const otherHandlerThan = subject.runtimeClass.handler ?? '';
  const marks = marksOfHandler(otherHandlerThan, runtimes, configuration);
  return {
    className,
    otherHandlerThan,
    isAnnotationManaged: runtimeHandlerAnnotation !== false,
    ...(marks !== undefined && { marks }),
    ...(policy === 'deny' && { decides: true }),
  };
}

/** The review of a class with what was found of its pods. */
export function withUse(review: Review, use: PodUse | undefined): Review {
  const { subject } = review;
  return use === undefined || subject.kind !== 'RuntimeClass' ? review : { ...review, subject: { ...subject, use } };
}

function judgeDeletion({ world, subject, runtimeClass }: ClassCase, use: PodUse): Finding {
  const isDenied = world.configuration.runtimeClassDeletion === 'deny';
  const isForced = runtimeClass.metadata?.annotations?.[allowDeletionAnnotation] === 'true';
  const force = `kubectl annotate runtimeclass ${quoteUnlessPlain(runtimeClass.metadata?.name ?? '')} ${allowDeletionAnnotation}=true`;
  const text =
    use.count === 0
      ? `: it is not known whether pods use it${obstacle(use)}`
      : `: ${countOf(use)}${obstacle(use)}, and cannot start again without it`;
  return finding('RuntimeClassInUse', {
    field: 'metadata.name',
    severity: isDenied && !isForced ? 'error' : 'warning',
    subject,
    statement: { kind: 'predicate', links: 0, text },
    ...(isDenied &&
      !isForced && {
        fix: `${use.count === 0 ? 'Try again later' : `Delete these pods first (${howToFind})`}, or force it: \`${force}\`, then delete it again.`,
        shortFix: `${use.count === 0 ? 'Try again later' : 'Delete these pods first'}, or annotate it ${allowDeletionAnnotation}=true, and delete it again.`,
      }),
  });
}

function judgeRecreation({ world, subject, runtimeClass: { handler = '' } }: ClassCase, use: PodUse): Finding {
  const isDenied = world.configuration.runtimeClassDeletion === 'deny';
  if (use.count === 0) {
    const text = `: it is not known whether pods of a former class of this name have another handler${obstacle(use)}`;
    return finding('RuntimeClassRecreated', {
      field: 'handler',
      severity: isDenied ? 'error' : 'info',
      subject,
      statement: { kind: 'predicate', links: 0, text },
      ...(isDenied && { fix: 'Try again later, or give the class another name.' }),
    });
  }
  const statement: Predicate = {
    kind: 'predicate',
    links: 0,
    text: `: ${countOf(use)} with ${handlersOf(use)} of a former class of this name. This one has ${quote(handler)}`,
  };
  return finding('RuntimeClassRecreated', {
    field: 'handler',
    severity: isDenied ? 'error' : 'warning',
    subject,
    statement,
    ...(isDenied && {
      fix: `Delete these pods first (${howToFind}), or give the class another name.`,
      shortFix: 'Delete these pods first, or give the class another name.',
    }),
  });
}

const howToFind =
  '`kubectl get pods -A -o custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,CLASS:.spec.runtimeClassName` says which they are';

function handlersOf({ handlers }: PodUse): string {
  const known = handlers.filter((handler) => handler !== undefined);
  const named = `handler ${known.map((handler) => quote(handler)).join(', ')}`;
  if (known.length === handlers.length) return named;
  return known.length === 0 ? 'a handler that is not known,' : `${named} or one that is not known,`;
}

function countOf({ count, extent }: PodUse): string {
  return `${extent === 'all' ? '' : 'at least '}${count} ${count === 1 ? 'pod uses it' : 'pods use it'}`;
}

function obstacle({ extent }: PodUse): string {
  return typeof extent === 'string' ? '' : ` (${extent.obstacle})`;
}
