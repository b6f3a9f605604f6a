/** What the second thread of an audit runs: it reads the second half of a file for `readInHalves`, and ends. */
import { workerData } from 'node:worker_threads';
import { groupKindOf, isWorkload } from '../admission/pod-template-place.ts';
import { readPiece } from '../follow/read-file.ts';
import { PartsReading, type ManifestObject } from '../manifests/read-manifests.ts';
import { nodeKeeper } from '../policy/kept-objects.ts';
import { TextSplitter } from '../text/split-text.ts';
import { inventoryKind } from './inventory.ts';
import { LineSpool } from './line-spool.ts';
import type { HalfEntry, HalfTask } from './read-in-halves.ts';
import { spoolWorkload } from './spool-workload.ts';

const task = workerData as HalfTask;
const workloads = new LineSpool(task.workloads);
const entries = new LineSpool(task.entries);
const keepNode = nodeKeeper();

read();
workloads.flush();
entries.flush();

/** Lines count from where the half begins. */
function read(): void {
  const splitter = new TextSplitter({ listHead: Buffer.from(task.listHead) });
  for (let { from } = task; from < task.to;) {
    const piece = readPiece(task.descriptor, from, task.to);
    if (piece.length === 0) break;
    from += piece.length;
    if (take(new PartsReading(splitter.push(piece), task.file))) return;
  }
  take(new PartsReading(splitter.end(), task.file));
}

/** @returns whether the rest is not to be read */
function take(reading: PartsReading): boolean {
  for (const entry of reading) {
    if (entry.kind === 'object') takeObject(entry.object);
    else put(entry);
  }
  return reading.isTemplate;
}

function takeObject(object: ManifestObject): void {
  const groupKind = groupKindOf(object);
  const kept = inventoryKind(groupKind);
  // By far the most of a node is what nobody reads.
  if (kept === 'Node') put({ kind: 'object', object: { ...object, value: keepNode(object.value) ?? object.value } });
  else if (kept !== undefined) put({ kind: 'object', object });
  else if (isWorkload(groupKind)) {
    spoolWorkload(object, workloads, (found) => {
      put({ kind: 'found', found });
    });
  }
}

function put(entry: HalfEntry): void {
  entries.append(JSON.stringify(entry));
}
