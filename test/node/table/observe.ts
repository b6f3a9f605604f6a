import { severalAtATime } from '../../support/several-at-a-time.ts';
import { containersOf, shimOf, specAnnotations, type RunningShim } from '../stage/containers.ts';
import type { GatedNode, StoredPod } from '../stage/gated-node.ts';
import { outcomesOf, type PodOutcome } from '../stage/outcome.ts';
import { namespaceOf, podOf, type Row } from './row.ts';

/** What shimgate said of a row's pod, and what the node did with it. */
export type Observed = {
  readonly pod: string;
  /** Codes of the warnings that came with its creation. */
  readonly warned: readonly string[];
  /** Codes of the denial where the namespace enforces; undefined where it is let in there. */
  readonly denied: readonly string[] | undefined;
  readonly outcome: PodOutcome;
  readonly stored: StoredPod;
  /** Of a pod that runs: its sandbox and its container. */
  readonly containers: readonly ObservedContainer[];
};

export type ObservedContainer = {
  readonly id: string;
  readonly shim: RunningShim;
  readonly annotations: Readonly<Record<string, string>>;
};

const atATime = 4;
const outcomeTimeoutMs = 240_000;

/** The namespace whose label says that it enforces. */
export const enforcing = 'enforcing';

/** Makes the pods of the rows, waits for what becomes of them, and looks at what runs. */
export async function observe(gated: GatedNode, rows: readonly Row[]): Promise<ReadonlyMap<string, Observed>> {
  const { node } = gated;
  const warned = new Map<string, readonly string[]>();
  const outcomes = new Map<string, PodOutcome>();
  for (const comesLast of [undefined, true]) {
    const now = rows.filter((row) => row.comesLast === comesLast);
    await severalAtATime(now.length, atATime, async (index) => {
      const row = now[index];
      if (row !== undefined) warned.set(row.pod, await gated.create(podOf(row, node.image)));
    });
    for (const namespace of new Set(now.map(namespaceOf))) {
      const found = await outcomesOf(node.controlPlane, namespace, outcomeTimeoutMs);
      found.forEach((outcome, pod) => outcomes.set(pod, outcome));
    }
  }
  const observed = new Map<string, Observed>();
  await severalAtATime(rows.length, atATime, async (index) => {
    const row = rows[index];
    const outcome = outcomes.get(row?.pod ?? '');
    if (row === undefined || outcome === undefined) return;
    const stored = await gated.stored(namespaceOf(row), row.pod);
    observed.set(row.pod, {
      pod: row.pod,
      warned: warned.get(row.pod) ?? [],
      denied: namespaceOf(row) === 'pods' ? await gated.denialOf(podOf(row, node.image, enforcing)) : undefined,
      outcome,
      stored,
      containers: outcome.kind === 'runs' ? await lookInto(gated, stored.uid) : [],
    });
  });
  return observed;
}

async function lookInto({ node }: GatedNode, uid: string): Promise<readonly ObservedContainer[]> {
  const ids = await containersOf(node, uid);
  return Promise.all(
    ids.map(async (id) => ({ id, shim: await shimOf(node, id), annotations: await specAnnotations(node, id) })),
  );
}
