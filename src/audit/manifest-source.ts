import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { finding } from '../finding/finding.ts';
import type { LocatedFinding } from '../finding/located-finding.ts';
import { streamManifests, type ManifestObject } from '../manifests/read-manifests.ts';
import type { AuditHooks, AuditSource } from './audit.ts';
import { about } from './audit-finding.ts';
import { Inventory, policyKinds, type InventoryKind } from './inventory.ts';
import type { Workload } from './judge-workload.ts';
import { LineSpool } from './line-spool.ts';
import { readInHalves, type HalvesOptions } from './read-in-halves.ts';
import { atItsLine, type SpooledWorkloads } from './second-half.ts';
import { sortObject } from './sort-object.ts';

/** So many workloads are judged before other things get their turn, such as Ctrl-C. */
const workloadsPerTurn = 200;

/**
 * Files as a source. They are read once, in whatever order: what all else is judged by is kept, and of pods and pod
 * templates what is read of them waits on disk until all of it is known.
 */
export function manifestSource(
  paths: readonly string[],
  stdin: AsyncIterable<Uint8Array | string>,
  halves: Omit<HalvesOptions, 'signal'> = {},
): AuditSource {
  let spool = new LineSpool();
  /** In the order of the files. */
  const spooled: SpooledWorkloads[] = [{ kind: 'workloads', spool, linesBefore: 0 }];
  let hasFailed = false;
  return {
    name: `manifests in ${paths.join(', ')}`,
    readInventory: async (hooks) => {
      const inventory = new Inventory();
      // That files have no webhook configuration, and no policy, says nothing of the cluster that they are from.
      for (const kind of ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration', ...policyKinds] as const)
        inventory.unknown.add(kind);
      // From a pipe nothing more may ever come: then that is what ends the wait.
      hooks.signal.addEventListener('abort', () => {
        if (stdin instanceof Readable) stdin.destroy();
      });
      const intoInventory = (kept: InventoryKind, object: ManifestObject) => {
        take(kept, object, inventory, hooks);
      };
      let isEmpty = true;
      const readFile = (file: string) => readInHalves(file, { signal: hooks.signal, ...halves });
      for await (const entries of streamManifests(paths, stdin, hooks.signal, readFile)) {
        if (hooks.signal.aborted) return { inventory, isWhole: true };
        for (const entry of entries) {
          isEmpty = false;
          if (entry.kind === 'object') {
            sortObject(entry.object, { inventory: intoInventory, workloads: spool, found: hooks.found });
          } else if (entry.kind === 'inventory') {
            intoInventory(entry.kept, entry.object);
          } else if (entry.kind === 'found') {
            hooks.found(entry.found);
          } else if (entry.kind === 'workloads') {
            spool = new LineSpool();
            spooled.push(entry, { kind: 'workloads', spool, linesBefore: 0 });
          } else {
            report(entry.finding, hooks);
            if (entry.kind === 'fault') hasFailed = true;
          }
        }
        await nextTurn();
      }
      if (!isEmpty) return { inventory, isWhole: true };
      // As what a command leaves in a pipe that fails: nothing wrong was found, but nothing was looked at.
      hasFailed = true;
      const place = { file: paths.join(', '), line: 1, column: 1 };
      const statement = 'There are no objects here.';
      report({ ...finding('UnreadableManifest', { field: '', statement }), source: place }, hooks);
      return { inventory, isWhole: true };
    },
    workloads: async function* () {
      let some: Workload[] = [];
      for (const { spool: lines, linesBefore } of spooled) {
        for (const line of lines.lines()) {
          some.push(atItsLine(JSON.parse(line) as Workload, linesBefore));
          if (some.length < workloadsPerTurn) continue;
          yield await Promise.resolve(some);
          some = [];
        }
      }
      yield some;
    },
    hasFailed: () => hasFailed,
    close: () => {
      for (const { spool: lines } of spooled) lines.close();
    },
  };
}

function take(
  kept: InventoryKind,
  { kind, value, source }: ManifestObject,
  inventory: Inventory,
  hooks: AuditHooks,
): void {
  hooks.read(kind);
  inventory.unknown.delete(kept);
  if (inventory.take(kept, value, source)) return;
  const statement = `This ${kind} cannot be read: a field of it has the wrong type.`;
  report({ ...finding('UnreadableManifest', { field: '', statement }), source: { ...source, column: 1 } }, hooks);
}

function report(found: LocatedFinding, hooks: AuditHooks): void {
  const object = { apiVersion: '', kind: 'File', name: found.source.file };
  const { source, ...rest } = found;
  hooks.found(about({ object, source }, rest));
}
