import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Configuration } from '../config/configuration.ts';
import type { LocatedFinding } from '../finding/located-finding.ts';
import type { ObjectReference } from '../finding/object-reference.ts';
import { World } from '../policy/world.ts';
import { about, type AuditFinding } from './audit-finding.ts';
import { chainsOf, type Chain } from './chains.ts';
import { FindingSpool } from './finding-spool.ts';
import type { Inventory } from './inventory.ts';
import { judgeClasses, judgeUse } from './judge-classes.ts';
import { judgeHandlers } from './judge-handlers.ts';
import { judgeAnswers } from './judge-answers.ts';
import { judgeInstallation } from './judge-installation.ts';
import { judgeNodeRuntimes } from './judge-node-runtimes.ts';
import { nodeMatrix, type NodeMatrix } from './node-matrix.ts';
import { judgeNamespaces } from './judge-namespaces.ts';
import { workloadJudge, type Workload } from './judge-workload.ts';
import { Usage } from './usage.ts';

/** What a source tells while it is read. */
export type AuditHooks = {
  readonly found: (found: AuditFinding) => void;
  /** Called for each object that was read. */
  readonly read: (kind: string) => void;
  /** Called where pods or pod templates could not all be read. */
  readonly missed: () => void;
  /** Ends the reading; what was read so far is judged. */
  readonly signal: AbortSignal;
};

/** A cluster, or files; close it when the audit is over. */
export type AuditSource = {
  /** What it is called in reports, such as `manifests in cluster/`. */
  readonly name: string;
  /** Reads what all else is judged by. `isWhole` says whether that is all there is, and not a part that was asked for or allowed. */
  readonly readInventory: (hooks: AuditHooks) => Promise<{ readonly inventory: Inventory; readonly isWhole: boolean }>;
  /** Reads pods and pod templates, some at a time, once the inventory has been read. */
  readonly workloads: (inventory: Inventory, hooks: AuditHooks) => AsyncIterable<readonly Workload[]>;
  /** Whether a part could not be read at all, so that nobody knows what is in it, or there was nothing to read. */
  readonly hasFailed: () => boolean;
  readonly close: () => void;
};

/** The configuration that is audited with, and itself. */
export type AuditedConfiguration = {
  readonly configuration: Configuration;
  /** A file or a ConfigMap; undefined where none was given. */
  readonly name: string | undefined;
  readonly findings: readonly LocatedFinding[];
};

/** What an audit found. */
export type AuditReport = {
  readonly source: string;
  readonly configuration: string | undefined;
  /** Whether it was stopped before everything had been read. */
  readonly isInterrupted: boolean;
  /** Whether everything was read: no part was asked for, forbidden or cut off. */
  readonly isWhole: boolean;
  /** Objects that were read, by kind. */
  readonly objects: Readonly<Record<string, number>>;
  readonly findings: FindingSpool;
  readonly chains: readonly Chain[];
  /** Undefined where no node says what it has. */
  readonly matrix: NodeMatrix | undefined;
};

export type AuditOptions = {
  readonly source: AuditSource;
  readonly configured: AuditedConfiguration;
  readonly signal: AbortSignal;
  readonly onRead: (kind: string) => void;
  /** Whether the report has a finding; without it, it has all. */
  readonly counts?: (found: AuditFinding) => boolean;
  /** In milliseconds since the epoch. */
  readonly now: number;
};

/** Audits a cluster or files. The findings are on disk, and belong to whoever calls: close them. */
export async function audit(options: AuditOptions): Promise<AuditReport> {
  const { source, configured, signal, onRead, counts = () => true, now } = options;
  const findings = new FindingSpool();
  const objects = new Map<string, number>();
  let missed = 0;
  const hooks: AuditHooks = {
    found: (found) => {
      if (counts(found)) findings.add(found);
    },
    read: (kind) => {
      objects.set(kind, (objects.get(kind) ?? 0) + 1);
      onRead(kind);
    },
    missed: () => {
      missed++;
    },
    signal,
  };
  try {
    const { inventory, isWhole: hasInventory } = await source.readInventory(hooks);
    const world = new World(inventory.state(), configured.configuration);
    const usage = new Usage(inventory.runtimeClasses.keys());
    for (const { source: where, ...found } of configured.findings) {
      hooks.found(about({ object: configurationObject(configured), source: where }, found));
    }
    // With half of an inventory, whatever lacks the other half would be wrong.
    if (!signal.aborted) {
      for (const found of judgeInventory(inventory, configured, world, now)) hooks.found(found);
      await judgeWorkloads(source, { inventory, world, usage, hooks });
    }
    const isWhole = hasInventory && missed === 0 && !signal.aborted;
    if (isWhole) {
      for (const found of judgeUse(inventory, usage, world)) hooks.found(found);
    }
    return {
      source: source.name,
      configuration: configured.name,
      isInterrupted: signal.aborted,
      isWhole,
      objects: Object.fromEntries(objects),
      findings,
      chains: chainsOf(inventory, usage, world),
      matrix: nodeMatrix(inventory),
    };
  } catch (error) {
    findings.close();
    throw error;
  }
}

/** What there is to say before any pod is read. */
function* judgeInventory(
  inventory: Inventory,
  configured: AuditedConfiguration,
  world: World,
  now: number,
): Generator<AuditFinding, void, undefined> {
  yield* judgeClasses(inventory, world);
  yield* judgeHandlers(inventory, configurationObject(configured), world);
  yield* judgeNodeRuntimes(inventory);
  yield* judgeNamespaces(inventory, world);
  yield* judgeInstallation(inventory, world, now);
  yield* judgeAnswers(inventory, world);
}

type Judging = {
  readonly inventory: Inventory;
  readonly world: World;
  readonly usage: Usage;
  readonly hooks: AuditHooks;
};

async function judgeWorkloads(source: AuditSource, { inventory, world, usage, hooks }: Judging): Promise<void> {
  const judge = workloadJudge(world, inventory);
  for await (const some of source.workloads(inventory, hooks)) {
    for (const workload of some) {
      hooks.read(workload.kind);
      const { findings, className, isTemplate } = judge(workload);
      usage.count(className, isTemplate ? 'templates' : 'pods');
      findings.forEach(hooks.found);
    }
    // Other things get their turn, such as Ctrl-C.
    await nextTurn();
    if (hooks.signal.aborted) return;
  }
}

function configurationObject({ name }: AuditedConfiguration): ObjectReference {
  return { apiVersion: 'config.shimgate.dev/v1alpha1', kind: 'ShimgateConfiguration', name: name ?? '' };
}
