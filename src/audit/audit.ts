import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Configuration } from '../config/configuration.ts';
import type { LocatedFinding } from '../finding/located-finding.ts';
import type { World } from '../policy/world.ts';
import { about, type AuditedObject, type AuditFinding } from './audit-finding.ts';
import { chainsOf, type Chain } from './chains.ts';
import { FindingSpool } from './finding-spool.ts';
import { Inventory } from './inventory.ts';
import { judgeClasses, judgeUse } from './judge-classes.ts';
import { judgeHandlers } from './judge-handlers.ts';
import { judgeInstallation } from './judge-installation.ts';
import { judgeNamespaces } from './judge-namespaces.ts';
import { judgeWorkload, type Workload } from './judge-workload.ts';
import { Usage } from './usage.ts';

/** What an audit reads from, and tells while it does. */
export type AuditHooks = {
  readonly found: (found: AuditFinding) => void;
  /** Called for each object that was read. */
  readonly read: (kind: string) => void;
  /** Ends the reading; what was read so far is judged. */
  readonly signal: AbortSignal;
};

/** A cluster, or files. */
export type AuditSource = {
  /** What it is called in reports, such as `manifests in cluster/`. */
  readonly name: string;
  /** Whether everything was read that can use a class, and not a part that was asked for or allowed. */
  readonly isWhole: () => boolean;
  /** Reads what all else is judged by. */
  readonly readInventory: (inventory: Inventory, hooks: AuditHooks) => Promise<void>;
  /** Reads pods and pod templates, once the inventory has been read. */
  readonly workloads: (inventory: Inventory, hooks: AuditHooks) => AsyncIterable<Workload>;
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
  /** Objects that were read, by kind. */
  readonly objects: Readonly<Record<string, number>>;
  readonly findings: FindingSpool;
  readonly chains: readonly Chain[];
};

export type AuditOptions = {
  readonly source: AuditSource;
  readonly configured: AuditedConfiguration;
  readonly signal: AbortSignal;
  readonly onRead: (kind: string) => void;
  /** In milliseconds since the epoch. */
  readonly now: number;
};

/** Between so many objects other things get their turn, such as Ctrl-C. */
const objectsPerTurn = 200;

/** Audits a cluster or files. The findings are on disk, and belong to whoever calls: close them. */
export async function audit({ source, configured, signal, onRead, now }: AuditOptions): Promise<AuditReport> {
  const findings = new FindingSpool();
  const counts = new Map<string, number>();
  const hooks: AuditHooks = {
    found: (found) => {
      findings.add(found);
    },
    read: (kind) => {
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      onRead(kind);
    },
    signal,
  };
  try {
    const inventory = new Inventory();
    await source.readInventory(inventory, hooks);
    const { configuration } = configured;
    const world: World = { ...inventory.state(), configuration, recentConfigurations: [] };
    const usage = new Usage(inventory.runtimeClasses.keys());
    for (const { source: where, ...found } of configured.findings) {
      hooks.found(about({ object: configurationObject(configured), source: where }, found));
    }
    // With half of an inventory, whatever lacks the other half would be wrong.
    if (!signal.aborted) {
      for (const found of judgeInventory(inventory, configured, world, now)) hooks.found(found);
      await judgeWorkloads(source, { inventory, world, usage, hooks });
    }
    if (source.isWhole() && !signal.aborted) for (const found of judgeUse(inventory, usage, world)) hooks.found(found);
    return {
      source: source.name,
      configuration: configured.name,
      isInterrupted: signal.aborted,
      objects: Object.fromEntries(counts),
      findings,
      chains: chainsOf(inventory, usage, world),
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
  yield* judgeNamespaces(inventory, world);
  yield* judgeInstallation(inventory, world, now);
}

type Judging = {
  readonly inventory: Inventory;
  readonly world: World;
  readonly usage: Usage;
  readonly hooks: AuditHooks;
};

async function judgeWorkloads(source: AuditSource, { inventory, world, usage, hooks }: Judging): Promise<void> {
  let count = 0;
  for await (const workload of source.workloads(inventory, hooks)) {
    if (hooks.signal.aborted) return;
    hooks.read(workload.kind);
    const { findings, className, isTemplate } = judgeWorkload(workload, world, inventory);
    usage.count(className, isTemplate ? 'templates' : 'pods');
    findings.forEach(hooks.found);
    if (++count % objectsPerTurn === 0) await nextTurn();
  }
}

function configurationObject({ name }: AuditedConfiguration): AuditedObject {
  return { apiVersion: 'config.shimgate.dev/v1alpha1', kind: 'ShimgateConfiguration', name: name ?? '' };
}
