/** What the second thread of an audit runs: it reads the second half of a file for `readInHalves`, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { readPieces } from '../follow/read-file.ts';
import { PartsReading } from '../manifests/read-manifests.ts';
import { nodeKeeper } from '../policy/kept-objects.ts';
import { TextSplitter } from '../text/split-text.ts';
import { LineSpool } from './line-spool.ts';
import type { HalfEntry, HalfTask } from './second-half.ts';
import { sortObject, type SortedObjects } from './sort-object.ts';

const task = workerData as HalfTask;
const entries = new LineSpool(task.entriesDescriptor);
const keepNode = nodeKeeper();
const sorted: SortedObjects = {
  inventory: (kept, object) => {
    // By far the most of a node is what nobody reads.
    const value = kept === 'Node' ? (keepNode(object.value) ?? object.value) : object.value;
    put({ kind: 'inventory', kept, object: { ...object, value } });
  },
  workloads: new LineSpool(task.workloadsDescriptor),
  found: (found) => {
    put({ kind: 'found', found });
  },
};

read();
sorted.workloads.flush();
entries.flush();
parentPort?.postMessage('read');

/** Lines count from where the half begins. */
function read(): void {
  const splitter = new TextSplitter(Buffer.from(task.listHead));
  for (const piece of readPieces(task.descriptor, task.from, task.to)) {
    const reading = new PartsReading(splitter.push(piece), task.file);
    take(reading);
    if (reading.isTemplate) return;
  }
  take(new PartsReading(splitter.end(), task.file));
}

function take(reading: PartsReading): void {
  for (const entry of reading) {
    if (entry.kind === 'object') sortObject(entry.object, sorted);
    else put(entry);
  }
}

function put(entry: HalfEntry): void {
  entries.append(JSON.stringify(entry));
}
