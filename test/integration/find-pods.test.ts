import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { ClusterConnection } from '../../src/cluster/connection.ts';
import { findPods, PodSearches } from '../../src/cluster/find-pods.ts';
import { TooManyLookUps } from '../../src/cluster/look-ups.ts';
import { ListWatchServer, refusal, silence } from './list-watch-server.ts';

let directory: string;
let server: ListWatchServer;
let connection: ClusterConnection;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shimgate-pods-'));
  server = await ListWatchServer.start();
  await server.writeKubeconfig(join(directory, 'kubeconfig'));
  connection = ClusterConnection.open(join(directory, 'kubeconfig'));
});

afterEach(async () => {
  await server.stop();
  await rm(directory, { recursive: true });
});

/** Makes so many pods of a class, named after it. */
function putPods(runtimeClassName: string, count: number): void {
  for (let index = 0; index < count; index++) {
    server.put(`${runtimeClassName}-${String(index).padStart(4, '0')}`, {
      spec: { runtimeClassName },
      status: { phase: 'Running' },
    });
  }
}

function search(className: string, timeoutMs?: number) {
  return findPods(connection, { className }, pino({ level: 'silent' }), timeoutMs);
}

describe('pods are looked for', () => {
  test('page by page, without a resourceVersion, and those that have finished are left out at once', async () => {
    putPods('other', 600);
    putPods('kata', 1);
    const found = await search('kata');
    expect(found).toEqual({ count: 1, handlers: [], extent: 'all' });
    const fieldSelector = 'status.phase!=Succeeded,status.phase!=Failed';
    expect(server.asked.map(({ query }) => query)).toEqual([
      { fieldSelector, limit: '250' },
      { fieldSelector, limit: '250', continue: '250' },
      { fieldSelector, limit: '250', continue: '500' },
    ]);
  });

  test('no further than it takes to say that there are some', async () => {
    putPods('kata', 300);
    putPods('other', 600);
    expect(await search('kata')).toEqual({ count: 250, handlers: [], extent: 'enough' });
    expect(server.asked).toHaveLength(1);
  });

  test('and there may be none', async () => {
    expect(await search('kata')).toEqual({ count: 0, handlers: [], extent: 'all' });
  });

  test('not for longer than a request can wait, and what was found by then counts', async () => {
    putPods('kata', 2);
    putPods('other', 600);
    server.listFaults.push(undefined, silence);
    expect(await search('kata', 1_500)).toEqual({
      count: 2,
      handlers: [],
      extent: { obstacle: 'not all pods could be checked within 1.5 s' },
    });
  });

  test('and it is said why that was not possible', async () => {
    server.listFaults.push(refusal(403, 'pods is forbidden'));
    expect(await search('kata')).toMatchObject({
      count: 0,
      extent: { obstacle: 'pods could not be checked: the API server answered 403' },
    });
    await server.stop();
    expect(await search('kata')).toMatchObject({
      extent: { obstacle: 'pods could not be checked: the API server did not answer' },
    });
    server = await ListWatchServer.start();
  });
});

describe('searches are few, whoever asks for them', () => {
  const ask = () => new PodSearches(connection, pino({ level: 'silent' }));

  test('no more than two at a time', async () => {
    putPods('kata', 1);
    const searches = ask();
    const first = [searches.find({ className: 'kata' }), searches.find({ className: 'other' })];
    await expect(searches.find({ className: 'third' })).rejects.toThrow(TooManyLookUps);
    await Promise.all(first);
    expect(await searches.find({ className: 'third' })).toMatchObject({ count: 0 });
    expect(server.asked).toHaveLength(3);
  });

  test('and that no pod uses a class is remembered for a moment', async () => {
    putPods('kata', 1);
    const searches = ask();
    for (let phase = 0; phase < 2; phase++) await searches.find({ className: 'none' });
    expect(server.asked).toHaveLength(1);
    for (let phase = 0; phase < 2; phase++) await searches.find({ className: 'kata' });
    expect(server.asked).toHaveLength(3);
  });
});
