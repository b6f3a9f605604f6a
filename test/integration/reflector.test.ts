import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { pino } from 'pino';
import { ClusterConnection } from '../../src/cluster/connection.ts';
import { keepRuntimeClass } from '../../src/policy/kept-objects.ts';
import { Reflector } from '../../src/cluster/reflector.ts';
import type { RuntimeClass } from '../../src/generated/objects.ts';
import { eventually } from '../support/eventually.ts';
import { expired, ListWatchServer, refusal, silence, type Asked } from './list-watch-server.ts';

jest.setTimeout(60_000);

let directory: string;
let server: ListWatchServer;
let connection: ClusterConnection;
let reflector: Reflector<RuntimeClass>;
let changes: number;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shimgate-reflector-'));
  server = await ListWatchServer.start();
  await server.writeKubeconfig(join(directory, 'kubeconfig'));
  connection = ClusterConnection.open(join(directory, 'kubeconfig'));
  changes = 0;
  reflector = makeReflector();
});

afterEach(async () => {
  await reflector.close();
  await server.stop();
  await rm(directory, { recursive: true });
});

function makeReflector(more: { readonly metadataOnly?: true; readonly fieldSelector?: string } = {}) {
  const onChange = () => {
    changes++;
  };
  const options = { kind: 'RuntimeClass', path: '/runtimeclasses', pageSize: 2, keep: keepRuntimeClass, onChange };
  return new Reflector(connection, { ...options, ...more }, pino({ level: 'silent' }));
}

/** What is known, as name and handler. */
function known(): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries([...reflector.objects].map(([name, { handler }]) => [name, handler]));
}

function asked(what: Asked['what']): readonly Asked[] {
  return server.asked.filter((one) => one.what === what);
}

async function untilKnown(expected: Readonly<Record<string, string>>): Promise<void> {
  await eventually(() => {
    expect(known()).toEqual(expected);
  });
}

/** Starts the reflector, and waits until it watches. */
async function follow(): Promise<void> {
  reflector.start();
  await untilWatching();
}

async function untilWatching(): Promise<void> {
  await eventually(() => {
    expect({ watches: server.openWatches, failure: reflector.failure }).toEqual({ watches: 1, failure: undefined });
  });
}

describe('what is read', () => {
  test('is a list in pages, and then a watch from there with bookmarks', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) server.put(name, { handler: name });
    await follow();
    expect(known()).toEqual({ a: 'a', b: 'b', c: 'c', d: 'd', e: 'e' });
    expect(asked('list').map(({ query }) => query)).toEqual([
      { limit: '2' },
      { limit: '2', continue: '2' },
      { limit: '2', continue: '4' },
    ]);
    const [watch] = asked('watch');
    expect(watch?.query).toMatchObject({ watch: 'true', resourceVersion: '105', allowWatchBookmarks: 'true' });
    expect(Number(watch?.query['timeoutSeconds'])).toBeGreaterThanOrEqual(300);
    expect(changes).toBe(1);
  });

  test('is metadata only, or one object only, where that is asked for', async () => {
    reflector = makeReflector({ metadataOnly: true, fieldSelector: 'metadata.name=a' });
    await follow();
    expect(server.asked.map(({ accept }) => accept)).toEqual([
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    ]);
    expect(server.asked.map(({ query }) => query['fieldSelector'])).toEqual(['metadata.name=a', 'metadata.name=a']);
  });

  test('follows what is created, changed and deleted, and each is told', async () => {
    server.put('a', { handler: 'one' });
    await follow();
    server.put('b', { handler: 'two' });
    await untilKnown({ a: 'one', b: 'two' });
    server.put('a', { handler: 'three' });
    await untilKnown({ a: 'three', b: 'two' });
    server.delete('b');
    await untilKnown({ a: 'three' });
    expect(changes).toBe(4);
  });

  test('leaves out what it cannot read, in a list and in a watch, and forgets what it can read no more', async () => {
    server.put('a', { handler: 1 });
    server.put('b', { handler: 'b' });
    await follow();
    expect(known()).toEqual({ b: 'b' });
    server.put('b', { handler: ['b'] });
    server.put('c', { handler: 'c' });
    await untilKnown({ c: 'c' });
  });

  test('survives lines that are no events', async () => {
    await follow();
    for (const line of ['<html>\n', '\n', 'null\n', '[]\n', '{}\n', '{"type":"ADDED"}\n']) {
      server.send(line);
    }
    server.put('a', { handler: 'a' });
    await untilKnown({ a: 'a' });
    expect(asked('watch')).toHaveLength(1);
  });
});

describe('a watch that ends', () => {
  test('politely is taken up at once from the last event, and nothing is listed again', async () => {
    server.put('a', { handler: 'a' });
    await follow();
    server.put('b', { handler: 'b' });
    await untilKnown({ a: 'a', b: 'b' });
    server.endWatches('politely');
    server.put('c', { handler: 'c' });
    await untilKnown({ a: 'a', b: 'b', c: 'c' });
    expect(asked('watch').map(({ query }) => query['resourceVersion'])).toEqual(['101', '102']);
    expect(asked('list')).toHaveLength(1);
  });

  test('is taken up from the last bookmark', async () => {
    await follow();
    const resourceVersion = server.bookmark();
    server.endWatches('politely');
    await untilWatching();
    expect(asked('watch').at(-1)?.query['resourceVersion']).toBe(resourceVersion);
  });

  test('by a broken connection, in the middle of a line, is taken up, and what was known stays known meanwhile', async () => {
    server.put('a', { handler: 'a' });
    await follow();
    server.watchFaults.push(refusal(503, 'not yet'));
    server.send('{"type":"ADDED","object":{"metadata":{"name":"half"');
    server.endWatches('at once');
    await eventually(() => {
      expect(reflector.failure).toBeDefined();
    });
    expect(known()).toEqual({ a: 'a' });
    expect(reflector.isSynced).toBe(true);
    expect(reflector.stalenessSeconds(Date.now() + 60_000)).toBeGreaterThanOrEqual(60);
    server.put('b', { handler: 'b' });
    await untilKnown({ a: 'a', b: 'b' });
    await untilWatching();
    expect(reflector.stalenessSeconds(Date.now() + 60_000)).toBe(0);
    expect(asked('list')).toHaveLength(1);
  });

  test('is known to be open again before anything happens in it', async () => {
    await follow();
    server.endWatches('at once');
    await eventually(() => {
      expect(reflector.failure).toBeDefined();
    });
    await untilWatching();
    expect(reflector.stalenessSeconds(Date.now() + 60_000)).toBe(0);
  });
});

describe('410 Gone', () => {
  test.each([
    ['an event of the watch', undefined],
    ['the status of the watch', refusal(410, 'too old resource version')],
  ])('as %s leads to a new list, without what was deleted meanwhile', async (_, fault) => {
    server.put('a', { handler: 'a' });
    server.put('b', { handler: 'b' });
    await follow();
    server.endWatches('politely');
    server.delete('a');
    server.put('c', { handler: 'c' });
    server.compact();
    server.watchFaults.push(fault);
    await untilKnown({ b: 'b', c: 'c' });
    await untilWatching();
    expect(asked('list')).toHaveLength(2);
    expect(asked('watch').map(({ query }) => query['resourceVersion'])).toEqual(['102', '102', '104']);
  });

  test('for a continue token leads to a list from the beginning', async () => {
    for (const name of ['a', 'b', 'c']) server.put(name, { handler: name });
    server.listFaults.push(undefined, refusal(410, 'The provided continue parameter is too old'));
    await follow();
    expect(known()).toEqual({ a: 'a', b: 'b', c: 'c' });
    expect(asked('list').map(({ query }) => query['continue'])).toEqual([undefined, '2', undefined, '2']);
  });

  test('takes nothing away before the new list is complete', async () => {
    for (const name of ['a', 'b', 'c']) server.put(name, { handler: name });
    await follow();
    server.listFaults.push(undefined, silence);
    server.send(`${expired}\n`);
    await eventually(() => {
      expect(asked('list')).toHaveLength(4);
    });
    expect(known()).toEqual({ a: 'a', b: 'b', c: 'c' });
  });
});
