import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { finding } from '../finding/finding.ts';
import type { LocatedFinding } from '../finding/located-finding.ts';
import { groupKindOf, isWorkload } from '../admission/pod-template-place.ts';
import { streamManifests, type ManifestObject } from '../manifests/read-manifests.ts';
import type { AuditHooks, AuditSource } from './audit.ts';
import { about } from './audit-finding.ts';
import { Inventory, inventoryKind, policyKinds } from './inventory.ts';
import type { Workload } from './judge-workload.ts';
import { LineSpool } from './line-spool.ts';
import { lowered, readInHalves, type HalvesOptions, type SpooledWorkloads } from './read-in-halves.ts';
import { reportMisplaced, spoolWorkload } from './spool-workload.ts';

/** So many workloads are judged before other things get their turn, such as Ctrl-C. */
const workloadsPerTurn = 200;

/**
 * Files as a source. They are read once, in whatever order: what all else is judged by is kept, and of pods and pod
 * templates what is read of them waits on disk until all of it is known.
 */
export function manifestSource(
  paths: readonly string[],
  stdin: AsyncIterable<Uint8Array | string>,
  halves: Pick<HalvesOptions, 'minBytes'> = {},
): AuditSource {
  let spool = new LineSpool();
  /** In the order of the files. */
  const spooled: SpooledWorkloads[] = [{ kind: 'workloads', spool, after: 0 }];
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
      let isEmpty = true;
      const readFile = (file: string) => readInHalves(file, { signal: hooks.signal, ...halves });
      for await (const entries of streamManifests(paths, stdin, hooks.signal, readFile)) {
        if (hooks.signal.aborted) return { inventory, isWhole: true };
        for (const entry of entries) {
          isEmpty = false;
          if (entry.kind === 'object') {
            take(entry.object, inventory, spool, hooks);
          } else if (entry.kind === 'found') {
            hooks.found(entry.found);
          } else if (entry.kind === 'workloads') {
            spool = new LineSpool();
            spooled.push(entry, { kind: 'workloads', spool, after: 0 });
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
      for (const { spool: lines, after } of spooled) {
        for (const line of lines.lines()) {
          some.push(lowered(JSON.parse(line) as Workload, after));
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

function take(object: ManifestObject, inventory: Inventory, spool: LineSpool, hooks: AuditHooks): void {
  const { kind, value, source } = object;
  const groupKind = groupKindOf(object);
  const kept = inventoryKind(groupKind);
  if (kept !== undefined) {
    hooks.read(kind);
    inventory.unknown.delete(kept);
    if (kept === 'RuntimeClass') reportMisplaced(object, hooks.found);
    if (inventory.take(kept, value, source)) return;
    const statement = `This ${kind} cannot be read: a field of it has the wrong type.`;
    report({ ...finding('UnreadableManifest', { field: '', statement }), source: { ...source, column: 1 } }, hooks);
  } else if (isWorkload(groupKind)) {
    spoolWorkload(object, spool, hooks.found);
  }
}

function report(found: LocatedFinding, hooks: AuditHooks): void {
  const object = { apiVersion: '', kind: 'File', name: found.source.file };
  const { source, ...rest } = found;
  hooks.found(about({ object, source }, rest));
}
