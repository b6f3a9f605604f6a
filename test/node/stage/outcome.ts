import { eventually } from '../../support/eventually.ts';
import type { ControlPlane } from '../../support/cluster/control-plane.ts';

/** What became of a pod on the node: it runs, or the event by which the kubelet says why not. */
export type PodOutcome =
  | { readonly kind: 'runs'; readonly uid: string }
  | { readonly kind: 'fails'; readonly reason: string; readonly message: string };

type Listed<T> = { readonly items: readonly T[] };

type PodObject = {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly status?: { readonly phase?: string };
};

type EventObject = {
  readonly involvedObject: { readonly uid?: string };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
};

/** Warnings that tell of a pod that does not start; others are about the node's DNS, or what comes later. */
const fatalReasons: ReadonlySet<string> = new Set(['FailedCreatePodSandBox', 'Failed', 'FailedScheduling', 'BackOff']);

/** What only says again that a pull failed, without why. */
const repetitions = /^Error: (?:ErrImagePull|ImagePullBackOff)$|^Back-off pulling image/;

/**
 * Waits until the node has made up its mind about each pod of a namespace.
 *
 * @returns what became of each, by name
 * @throws Error naming the pods of which nothing has become in time
 */
export async function outcomesOf(
  cluster: ControlPlane,
  namespace: string,
  timeoutMs: number,
): Promise<ReadonlyMap<string, PodOutcome>> {
  return eventually(async () => {
    const pods = await list<PodObject>(cluster, namespace, 'pods');
    const events = await list<EventObject>(cluster, namespace, 'events');
    const outcomes = new Map<string, PodOutcome>();
    const waiting: string[] = [];
    for (const { metadata, status } of pods) {
      const failure = events.find(
        ({ involvedObject, type, reason, message }) =>
          involvedObject.uid === metadata.uid &&
          type === 'Warning' &&
          fatalReasons.has(reason) &&
          !repetitions.test(message),
      );
      if (status?.phase === 'Running') outcomes.set(metadata.name, { kind: 'runs', uid: metadata.uid });
      else if (failure === undefined) waiting.push(metadata.name);
      else outcomes.set(metadata.name, { kind: 'fails', reason: failure.reason, message: failure.message });
    }
    if (waiting.length > 0) throw new Error(`The node has not made up its mind about ${waiting.join(', ')}.`);
    return outcomes;
  }, timeoutMs);
}

async function list<T>(cluster: ControlPlane, namespace: string, resource: string): Promise<readonly T[]> {
  const { stdout, stderr, exitCode } = await cluster.kubectl(['get', resource, '-n', namespace, '-o', 'json']);
  if (exitCode !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as Listed<T>).items;
}
