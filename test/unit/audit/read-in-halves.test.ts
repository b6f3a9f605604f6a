import { readdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { audit } from '../../../src/audit/audit.ts';
import { LineSpool } from '../../../src/audit/line-spool.ts';
import { manifestSource } from '../../../src/audit/manifest-source.ts';
import { readInHalves, type HalvesOptions } from '../../../src/audit/read-in-halves.ts';
import { atItsLine } from '../../../src/audit/second-half.ts';
import { sortObject } from '../../../src/audit/sort-object.ts';
import type { ManifestObject } from '../../../src/manifests/read-manifests.ts';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { configurationOf } from '../../support/worlds/world-of.ts';

const file = join(directoryForTests(), 'list.json');

/** What a file has, in order, however it is read; each with its line. */
type Read = { readonly workloads: readonly string[]; readonly others: readonly string[]; readonly byTwo: boolean };

type Halves = Partial<HalvesOptions>;

/** Two threads, however small the file is, and whether or not there is a processor for each. */
const two: Halves = { mayHalve: true, minBytes: 0 };
const one: Halves = { mayHalve: false };

async function read(text: string, halves: Halves, onEntries: () => void = () => undefined): Promise<Read> {
  await writeFile(file, text);
  const spool = new LineSpool();
  const spools = [{ spool, linesBefore: 0 }];
  const others: unknown[] = [];
  const put = (other: unknown) => {
    others.push(other);
  };
  const inventory = (kept: string, { value, source }: ManifestObject) => {
    put([kept, nameOf(value), source.line]);
  };
  for await (const entries of readInHalves(file, { signal: new AbortController().signal, ...halves })) {
    onEntries();
    for (const entry of entries) {
      if (entry.kind === 'workloads') spools.push(entry);
      else if (entry.kind === 'object') sortObject(entry.object, { inventory, workloads: spool, found: put });
      else if (entry.kind === 'inventory') inventory(entry.kept, entry.object);
      else put(entry.kind === 'found' ? entry.found : entry.finding);
    }
  }
  const workloads = spools.flatMap(({ spool: lines, linesBefore }) =>
    [...lines.lines()].map((line) => JSON.stringify(atItsLine(JSON.parse(line) as Sourced, linesBefore))),
  );
  for (const { spool: lines } of spools) lines.close();
  return { workloads, others: others.map((other) => JSON.stringify(other)), byTwo: spools.length > 1 };
}

type Sourced = { readonly source: { readonly line: number } };

function nameOf(value: object): string {
  return (value as { readonly metadata: { readonly name: string } }).metadata.name;
}

/** JSON writes a line break in a string as \\n, so this never looks like the end of an item. */
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

const asText = (value: unknown) => JSON.stringify(value, null, 4);
const untyped = (kind: string) =>
  items.flatMap((item) => {
    if (item?.kind !== kind) return [];
    const { apiVersion: _version, kind: _kind, ...rest } = item;
    return [rest];
  });
const template = '\napiVersion: {{ .Values.version }}\nkind: {{ .Values.kind }}\n';

describe('a long list that is indented is read by two threads, as by one', () => {
  test.each([
    ['as kubectl writes it', indented],
    ['with another indentation', JSON.stringify(list, null, 1)],
    ['with items at the margin', indented.replaceAll(/^ {8}/gm, '')],
    ['of pods that do not say so', asText({ apiVersion: 'v1', kind: 'PodList', items: untyped('Pod') })],
    ['and what follows it', `${indented}\n${asText(next)}\n---\napiVersion: v1\nkind: Node\nmetadata: {name: a}\n`],
    ['and no JSON after it', `${indented}\nx: [\n---\n${asText(next)}`],
    ['and a template after it', `${indented}\n---${template}---\n${asText(next)}`],
    ['with items that cannot be read', secondHalf('"web-601"', '"web-601" x')],
    ['that does not end', indented.slice(0, -1000)],
    ['with items that are larger than what is read at once', asText({ ...list, items: items.map(enlarged) })],
  ])('%s', async (_, text) => {
    const { byTwo, ...found } = await read(text, two);
    expect(byTwo).toBe(true);
    expect({ byTwo: false, ...found }).toEqual(await read(text, one));
  });

  function enlarged(item: object | undefined, index: number): object | undefined {
    return index % 100 === 0 ? { ...item, filling: 'x'.repeat(600_000) } : item;
  }
});

describe('one thread reads', () => {
  const indentedItems = items
    .slice(0, 300)
    .map((item) => asText(item).replaceAll(/^/gm, '    '))
    .join(',\n');
  /** In each of these items, and nowhere else, is what stands between two items that are indented. */
  const deceptive = items
    .map((item) => `    {\n"a": [\n    {\n    },\n    {\n    }\n],\n${JSON.stringify(item).slice(1, -1)}\n    }`)
    .join(' ,\n');
  const acrossLines = `"${'x'.repeat(2000)}\n    },\n    {", `;
  const ofPods = untyped('Pod').slice(0, 300);
  const ofNodes = Array.from({ length: 60 }, () => untyped('Node')).flat();

  test.each([
    ['a list on one line', JSON.stringify(list)],
    [
      'a list where that which looks like an item is none',
      `{"apiVersion":"v1","kind":"List","items":[\n${indentedItems},\n${deceptive}\n]}`,
    ],
    [
      'a list after a list of other things',
      `${asText({ apiVersion: 'v1', kind: 'PodList', items: ofPods })}\n${asText({ apiVersion: 'v1', kind: 'NodeList', items: ofNodes })}`,
    ],
    ['objects that follow each other', items.map(asText).join('\n')],
    [
      'a list where it is in strings, which no JSON has',
      `{"apiVersion":"v1","kind":"List","items":[\n${indentedItems},\n${acrossLines.repeat(900)}1]}`,
    ],
  ])('%s', async (_, text) => {
    const found = await read(text, two);
    expect(found.byTwo).toBe(false);
    expect(found.workloads.length).toBeGreaterThan(200);
    expect(found).toEqual(await read(text, one));
  });

  test('a list that is too short for a second one to pay', async () => {
    expect((await read(indented, { ...two, minBytes: indented.length })).byTwo).toBe(false);
  });

  test('when it is interrupted', async () => {
    const interruption = new AbortController();
    const found = await read(indented, { ...two, signal: interruption.signal }, () => {
      interruption.abort();
    });
    expect(found).toEqual(await read(indented, one));
  });
});

test('nothing stays open, wherever who reads stops, and where one thread reads on alone', async () => {
  await writeFile(file, indented);
  const open = async () => {
    const links = await Promise.all(
      (await readdir('/proc/self/fd')).map((name) => readlink(join('/proc/self/fd', name)).catch(() => '')),
    );
    return links.filter((link) => link === file || link.endsWith('/spool (deleted)')).length;
  };
  const { signal } = new AbortController();
  for (const [pieces, until] of [
    [1, signal],
    [2, signal],
    [3, signal],
    [Infinity, AbortSignal.abort()],
  ] as const) {
    let count = 0;
    for await (const entries of readInHalves(file, { signal: until, ...two })) {
      // Whatever a piece completes has to be taken.
      Array.from(entries);
      if (++count === pieces) break;
    }
    expect(await open()).toBe(0);
  }
});

test('an audit says the same of a list that two threads read', async () => {
  await writeFile(file, indented);
  const report = async (halves: Halves) => {
    const source = manifestSource([file], Readable.from([]), halves);
    const configured = { configuration: configurationOf({}), name: undefined, findings: [] };
    const signal = new AbortController().signal;
    const { findings, ...rest } = await audit({ source, configured, signal, onRead: () => undefined, now: 0 });
    source.close();
    const all = findings.groups.flatMap((group) => [...findings.findingsOf(group)]);
    findings.close();
    return { ...rest, findings: all };
  };
  const found = await report(two);
  expect(found).toEqual(await report(one));
  expect(found.findings.length).toBeGreaterThan(600);
});
