import { isWorkload } from '../admission/pod-template-place.ts';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { finding } from '../finding/finding.ts';
import type { LocatedFinding } from '../finding/located-finding.ts';
import { groupKindOf } from '../admission/pod-template-place.ts';
import { streamManifests, type ManifestObject } from '../manifests/read-manifests.ts';
import type { AuditHooks, AuditSource } from './audit.ts';
import { about } from './audit-finding.ts';
import { keepWorkload } from './kept-workload.ts';
import { inventoryKind, type Inventory } from './inventory.ts';
import type { Workload } from './judge-workload.ts';
import { LineSpool } from './line-spool.ts';

/** Files as a source; close it when the audit is over. */
export type ManifestAuditSource = AuditSource & {
  /** Whether a file could not be read at all, so that nobody knows what is in it, or there was nothing in any. */
  readonly hasFailed: () => boolean;
  readonly close: () => void;
};

/**
 * Files are read once, in whatever order: what all else is judged by is kept, and pods and pod templates wait on disk
 * until all of it is known.
 */
export function manifestSource(
  paths: readonly string[],
  stdin: AsyncIterable<Uint8Array | string>,
): ManifestAuditSource {
  const spool = new LineSpool();
  let hasFailed = false;
  return {
    name: `manifests in ${paths.join(', ')}`,
    isWhole: () => true,
    readInventory: async (inventory, hooks) => {
      // That files have no webhook configuration says nothing of the cluster that they are from.
      inventory.unknown.add('MutatingWebhookConfiguration').add('ValidatingWebhookConfiguration');
      // From a pipe nothing more may ever come: then that is what ends the wait.
      hooks.signal.addEventListener('abort', () => {
        if (stdin instanceof Readable) stdin.destroy();
      });
      let isEmpty = true;
      for await (const entries of streamManifests(paths, stdin)) {
        if (hooks.signal.aborted) return;
        for (const entry of entries) {
          if (entry.kind === 'object') take(entry.object, inventory, spool, hooks);
          else report(entry.finding, hooks);
          if (entry.kind === 'fault') hasFailed = true;
          isEmpty = false;
        }
        await nextTurn();
      }
      if (!isEmpty) return;
      // As what a command leaves in a pipe that fails: nothing wrong was found, but nothing was looked at.
      hasFailed = true;
      const place = { file: paths.join(', '), line: 1, column: 1 };
      report(
        { ...finding('UnreadableManifest', { field: '', message: 'There are no objects here.' }), source: place },
        hooks,
      );
    },
    workloads: async function* () {
      for (const line of spool.lines()) yield await Promise.resolve(JSON.parse(line) as Workload);
    },
    hasFailed: () => hasFailed,
    close: () => {
      spool.close();
    },
  };
}

function take(object: ManifestObject, inventory: Inventory, spool: LineSpool, hooks: AuditHooks): void {
  const { apiVersion, kind, value, source } = object;
  const groupKind = groupKindOf(object);
  const kept = inventoryKind(groupKind);
  if (kept !== undefined) {
    hooks.read(kind);
    inventory.unknown.delete(kept);
    if (inventory.take(kept, detached(value), source)) return;
    const message = `This ${kind} cannot be read: a field of it has the wrong type.`;
    report({ ...finding('UnreadableManifest', { field: '', message }), source: { ...source, column: 1 } }, hooks);
  } else if (isWorkload(groupKind)) {
    spool.append(JSON.stringify({ apiVersion, kind, value: keepWorkload(groupKind, value), source }));
  }
}

/** A copy that shares no string with the text that the object was parsed from: one would keep all of the text. */
function detached(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}

function report(found: LocatedFinding, hooks: AuditHooks): void {
  const object = { apiVersion: '', kind: 'File', name: found.source.file };
  const { source, ...rest } = found;
  hooks.found(about({ object, source }, rest));
}
