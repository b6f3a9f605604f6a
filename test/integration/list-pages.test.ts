import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ClusterConnection } from '../../src/cluster/connection.ts';
import { makeTemporaryDirectory } from '../support/mounted-directory.ts';

type Answer = { readonly status?: number; readonly body: object };

let directory: string;
let server: Server;
let answers: Answer[];
let asked: string[];

beforeEach(async () => {
  directory = await makeTemporaryDirectory();
  answers = [];
  asked = [];
  server = createServer((request, response) => {
    asked.push(new URL(request.url ?? '', 'http://localhost').searchParams.get('continue') ?? '');
    const { status = 200, body } = answers.shift() ?? { status: 500, body: { message: 'nothing was expected' } };
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});

const page = (items: readonly string[], next = ''): Answer => ({ body: { items, metadata: { continue: next } } });
/** As the API server answers once etcd has forgotten the moment that the list began at. */
const expired = (next?: string): Answer => ({
  status: 410,
  body: {
    kind: 'Status',
    message: 'The provided continue parameter is too old',
    reason: 'Expired',
    metadata: next === undefined ? {} : { continue: next },
  },
});

async function read(mayBeInconsistent: boolean): Promise<readonly unknown[]> {
  const { port } = server.address() as AddressInfo;
  const kubeconfig = join(directory, 'kubeconfig');
  const config = {
    clusters: [{ name: 'here', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'me', user: {} }],
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'me', namespace: 'mine' } }],
    'current-context': 'here',
  };
  await writeFile(kubeconfig, JSON.stringify(config));
  const connection = ClusterConnection.open(kubeconfig);
  expect(connection.namespace).toBe('mine');
  const items: unknown[] = [];
  const options = { query: {}, accept: 'application/json', pageSize: 2, signal: new AbortController().signal };
  for await (const some of connection.items('/api/v1/pods', { ...options, mayBeInconsistent })) items.push(...some);
  return items;
}

describe('a list that is read page by page', () => {
  test('goes on where each page says, until one says nothing', async () => {
    answers = [page(['a', 'b'], 'one'), page(['c', 'd'], 'two'), page(['e'])];
    expect(await read(false)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(asked).toEqual(['', 'one', 'two']);
  });

  test('goes on with a later moment where it took too long and may, and fails where it may not', async () => {
    answers = [page(['a', 'b'], 'one'), expired('later'), page(['c'])];
    expect(await read(true)).toEqual(['a', 'b', 'c']);
    expect(asked).toEqual(['', 'one', 'later']);
    answers = [page(['a', 'b'], 'one'), expired('later'), page(['c'])];
    await expect(read(false)).rejects.toMatchObject({ status: 410 });
  });

  test.each([
    ['with no way to go on', expired(), 410, 'The provided continue parameter is too old'],
    ['forbidden', { status: 403, body: { message: 'pods is forbidden' } }, 403, 'pods is forbidden'],
    ['answered by something else', { status: 502, body: {} }, 502, 'the API server answered 502'],
  ])('fails where it is %s', async (_, answer, status, message) => {
    answers = [page(['a'], 'one'), answer];
    await expect(read(true)).rejects.toMatchObject({ status, message });
  });
});
