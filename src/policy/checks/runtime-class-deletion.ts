import { finding, type Finding } from '../../finding/finding.ts';
import { quote, quoteUnlessPlain } from '../../finding/quote.ts';
import type { RuntimeClass } from '../../generated/objects.ts';
import { nothing, type Check } from './check.ts';
import type { PodExample, PodQuestion, PodUse } from '../pod-use.ts';
import type { Review } from '../review.ts';
import type { World } from '../world.ts';

/** On a RuntimeClass, lets it be deleted though pods use it. */
const allowDeletionAnnotation = 'shimgate.dev/allow-deletion';

/**
 * A class that goes takes its pods' restarts with it: the kubelet looks the class up whenever it makes a sandbox, and the
 * API server whenever a controller makes a pod. One that comes back with another handler changes what they restart with.
 *
 * Source: Kubernetes, pkg/kubelet/kuberuntime, createPodSandbox; plugin/pkg/admission/runtimeclass.
 */
export const runtimeClassDeletion: Check = {
  id: 'runtime-class-deletion',
  codes: ['RuntimeClassInUse', 'RuntimeClassRecreated'],
  evaluate: (review, world) => {
    const question = podQuestion(review, world);
    if (question === undefined || review.subject.kind !== 'RuntimeClass') return nothing;
    const { runtimeClass } = review.subject;
    const use = world.podUse(question);
    if (use.count === 0 && typeof use.extent === 'string') return nothing;
    return {
      findings: [
        review.operation === 'DELETE'
          ? judgeDeletion(review, runtimeClass, use, world)
          : judgeRecreation(review, runtimeClass, use),
      ],
    };
  },
};

/**
 * What has to be known about pods before the request can be judged; undefined for nothing. Pods are not followed, so that
 * this is asked live, and only where the configuration wants to know.
 */
export function podQuestion({ subject, operation, phase }: Review, world: World): PodQuestion | undefined {
  if (subject.kind !== 'RuntimeClass' || world.configuration.runtimeClassDeletion === 'allow') return undefined;
  const className = subject.runtimeClass.metadata?.name ?? '';
  if (className === '') return undefined;
  if (operation === 'DELETE') return { className };
  // That is only told, and once is enough: by the webhook that has the last word.
  if (operation !== 'CREATE' || phase !== 'validating') return undefined;
  return { className, otherHandlerThan: subject.runtimeClass.handler ?? '' };
}

function judgeDeletion(review: Review, runtimeClass: RuntimeClass, use: PodUse, world: World): Finding {
  const isDenied = world.configuration.runtimeClassDeletion === 'deny';
  const isForced = runtimeClass.metadata?.annotations?.[allowDeletionAnnotation] === 'true';
  const force = `kubectl annotate runtimeclass ${quoteUnlessPlain(runtimeClass.metadata?.name ?? '')} ${allowDeletionAnnotation}=true`;
  const what =
    use.count === 0
      ? `it is not known whether pods use it${obstacle(use)}.`
      : `${countOf(use)} ${namesOf(use)}${obstacle(use)}, and cannot start again without it.`;
  return finding('RuntimeClassInUse', {
    field: 'metadata.name',
    severity: isDenied && !isForced ? 'error' : 'warning',
    message: `${review.object}: ${what}`,
    ...(isDenied &&
      !isForced && {
        fix: `${use.count === 0 ? 'Try again later' : 'Delete these pods first'}, or force it: \`${force}\`, then delete it again.`,
      }),
  });
}

function judgeRecreation(review: Review, { handler = '' }: RuntimeClass, use: PodUse): Finding {
  if (use.count === 0) {
    const message = `${review.object}: it is not known whether pods of a former class of this name run with another handler${obstacle(use)}.`;
    return finding('RuntimeClassRecreated', { field: 'handler', severity: 'info', message });
  }
  const before = [...new Set(use.examples.map((example) => quote(example.handler ?? '')))].join(', ');
  const message = `${review.object}: ${countOf(use)} ${namesOf(use)} with handler ${before} of a former class of this name. This one has ${quote(handler)}.`;
  return finding('RuntimeClassRecreated', { field: 'handler', message });
}

function countOf({ count, extent }: PodUse): string {
  return `${extent === 'all' ? '' : 'at least '}${count} ${count === 1 ? 'pod uses it' : 'pods use it'}`;
}

function namesOf({ count, examples }: PodUse): string {
  const names = examples.map(({ name }: PodExample) => quoteUnlessPlain(name));
  return `(${[...names, ...(count > names.length ? ['…'] : [])].join(', ')})`;
}

function obstacle({ extent }: PodUse): string {
  return typeof extent === 'string' ? '' : ` (${extent.obstacle})`;
}
