import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { LineSpool } from '../../../src/audit/line-spool.ts';
import { lowered, readInHalves } from '../../../src/audit/read-in-halves.ts';
import { spoolWorkload } from '../../../src/audit/spool-workload.ts';
import { directoryForTests } from '../../support/directory-for-tests.ts';

const file = join(directoryForTests(), 'list.json');

/** What a file has, in order, however it is read; each with its line. */
type Read = { readonly workloads: readonly string[]; readonly others: readonly string[]; readonly byTwo: boolean };

async function read(text: string, minBytes: number, signal = new AbortController().signal): Promise<Read> {
  await writeFile(file, text);
  const spool = new LineSpool();
  const spools = [{ spool, after: 0 }];
  const others: unknown[] = [];
  for await (const entries of readInHalves(file, { signal, minBytes })) {
    for (const entry of entries) {
      if (entry.kind === 'workloads') spools.push(entry);
      else if (entry.kind !== 'object') others.push(entry.kind === 'found' ? entry.found : entry.finding);
      else if (entry.object.kind === 'Pod')
        spoolWorkload(entry.object, spool, (found) => {
          others.push(found);
        });
      // Of other kinds nobody reads anything.
      else if (entry.object.kind !== 'ConfigMap')
        others.push([entry.object.kind, nameOf(entry.object.value), entry.object.source.line]);
    }
  }
  const workloads = spools.flatMap(({ spool: lines, after }) =>
    [...lines.lines()].map((line) => JSON.stringify(lowered(JSON.parse(line) as Sourced, after))),
  );
  for (const { spool: lines } of spools) lines.close();
  return { workloads, others: others.map((other) => JSON.stringify(other)), byTwo: spools.length > 1 };
}

type Sourced = { readonly source: { readonly line: number } };

function nameOf(value: object): string {
  return (value as { readonly metadata: { readonly name: string } }).metadata.name;
}

const alone = Infinity;

/** A line break, which no JSON text has in a string, is written there; and what could be taken for an end of an item. */
const odd = '\n    },\n    {';

const pod = (index: number) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `web-${index}`, annotations: { text: odd.repeat(100) } },
  spec: index % 7 === 0 ? { runtimeClass: 'kata' } : { runtimeClassName: 'kata', containers: [] },
});
const ofCluster = (index: number) =>
  [
    { apiVersion: 'v1', kind: 'Node', metadata: { name: `node-${index}` }, status: { images: [{ names: [odd] }] } },
    { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: `class-${index}` }, handler: 'kata' },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other' } },
  ][index % 3];
const items = Array.from({ length: 900 }, (_, index) => (index % 4 === 0 ? ofCluster(index) : pod(index)));
const list = { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } };
const indented = JSON.stringify(list, null, 4);
const next = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'next' } };
const secondHalf = (from: string, to: string) =>
  indented.slice(0, indented.length / 2) + indented.slice(indented.length / 2).replaceAll(from, to);

describe('a long list that is indented is read by two threads, as by one', () => {
  test.each([
    ['as kubectl writes it', indented],
    ['with another indentation', JSON.stringify(list, null, 1)],
    ['with items at the margin', indented.replaceAll(/^ {8}/gm, '')],
    ['of pods that do not say so', JSON.stringify({ apiVersion: 'v1', kind: 'PodList', items: untyped() }, null, 4)],
    [
      'and what follows it',
      `${indented}\n${JSON.stringify(next)}\n---\napiVersion: v1\nkind: Node\nmetadata: {name: a}\n`,
    ],
    ['and no JSON after it', `${indented}\nx: [\n---\n${JSON.stringify(next)}`],
    ['with items that cannot be read', secondHalf('"web-601"', '"web-601" x')],
    ['that does not end', indented.slice(0, -1000)],
  ])('%s', async (_, text) => {
    const { byTwo, ...found } = await read(text, 0);
    expect(byTwo).toBe(true);
    expect({ byTwo: false, ...found }).toEqual(await read(text, alone));
  });

  function untyped() {
    return items
      .filter((item) => item?.kind === 'Pod')
      .map(({ apiVersion: _version, kind: _kind, ...rest } = next) => rest);
  }
});

describe('one thread reads', () => {
  /** In each of these items, what stands between two items stands between two of its own parts. */
  const deceptive = items
    .map((item) => `    {\n"a": [\n    {\n    },\n    {\n    }\n],\n${JSON.stringify(item).slice(1, -1)}\n    }`)
    .join(',\n');

  test.each([
    ['a list on one line', JSON.stringify(list)],
    [
      'a list where that which looks like an item is none',
      `{"apiVersion":"v1","kind":"List","items":[\n${indentedItems(50)},\n${deceptive}\n]}`,
    ],
    ['objects that follow each other', items.map((item) => JSON.stringify(item, null, 4)).join('\n')],
  ])('%s', async (_, text) => {
    const found = await read(text, 0);
    expect(found.byTwo).toBe(false);
    expect(found.workloads.length).toBeGreaterThan(500);
    expect(found).toEqual(await read(text, alone));
  });

  test('a list that is too short for a second one to pay', async () => {
    expect((await read(indented, indented.length)).byTwo).toBe(false);
  });

  function indentedItems(count: number): string {
    return items
      .slice(0, count)
      .map((item) => JSON.stringify(item, null, 4).replaceAll(/^/gm, '    '))
      .join(',\n');
  }
});

test('when it is interrupted, the second thread ends, and nothing of it is taken', async () => {
  const interruption = new AbortController();
  interruption.abort();
  const { byTwo, workloads } = await read(indented, 0, interruption.signal);
  expect(byTwo).toBe(false);
  expect(workloads.length).toBeLessThan((await read(indented, alone)).workloads.length);
});
