import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { OwnerEvent } from '../../src/admission/owner-event.ts';
import { ClusterConnection } from '../../src/cluster/connection.ts';
import { EventRecorder, type RecorderOptions } from '../../src/cluster/events/event-recorder.ts';
import { directoryForTests } from '../support/directory-for-tests.ts';
import { eventually } from '../support/eventually.ts';

type Asked = { readonly method: string; readonly path: string; readonly body: Record<string, unknown> };

const directory = directoryForTests();
const collection = '/apis/events.k8s.io/v1/namespaces/team/events';
let server: Server;
let asked: Asked[];
let results: string[];
let reasons: string[];
let recorder: EventRecorder;
/** What is answered; undefined where nobody ever is. */
let answer: (asked: Asked) => number | undefined;

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = JSON.parse(await text(request)) as Record<string, unknown>;
  const one = { method: request.method ?? '', path: request.url ?? '', body };
  asked.push(one);
  const status = answer(one);
  if (status === undefined) return;
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(status < 400 ? {} : { kind: 'Status', message: `answer ${status}` }));
}

const event = (note: string, uid = 'a'): OwnerEvent => ({
  owner: { apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace: 'team', name: 'web', uid },
  reason: 'PodDenied',
  note,
});

async function open(pace: RecorderOptions['pace'] = {}): Promise<EventRecorder> {
  const file = join(directory, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'here', cluster: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } }],
    users: [{ name: 'me', user: {} }],
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'me' } }],
    'current-context': 'here',
  };
  await writeFile(file, JSON.stringify(config));
  return new EventRecorder(ClusterConnection.open(file), {
    instance: 'replica-1',
    count: (result) => results.push(result),
    onFailure: (reason) => reasons.push(reason),
    pace: { betweenMs: 1, retryMs: 1, ...pace },
  });
}

beforeEach(async () => {
  [asked, results, reasons] = [[], [], []];
  answer = () => 201;
  server = createServer((request, response) => void respond(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  recorder = await open();
});

afterEach(async () => {
  await recorder.close();
  server.closeAllConnections();
  server.close();
});

const written = (count: number) =>
  eventually(() => {
    expect(results).toEqual(Array.from({ length: count }, () => 'written'));
  });

describe('the recorder of events', () => {
  test('makes one, and counts it where the same happens again', async () => {
    recorder.record(event('x'), Date.UTC(2026, 10, 28));
    await written(1);
    recorder.record(event('x'), Date.UTC(2026, 10, 28, 0, 0, 1));
    await written(2);
    const [made, changed] = asked;
    expect(made).toMatchObject({
      method: 'POST',
      path: collection,
      body: {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        regarding: event('x').owner,
        reason: 'PodDenied',
        note: 'x',
        type: 'Warning',
        action: 'Admitting',
        eventTime: '2026-11-28T00:00:00.000000Z',
        reportingController: 'shimgate.dev/webhook',
        reportingInstance: 'replica-1',
      },
    });
    const { name } = made?.body['metadata'] as { readonly name: string };
    expect(changed).toEqual({
      method: 'PATCH',
      path: `${collection}/${name}`,
      body: { series: { count: 2, lastObservedTime: '2026-11-28T00:00:01.000000Z' } },
    });
  });

  test('makes it anew where the API server has forgotten it', async () => {
    recorder.record(event('x'), 0);
    await written(1);
    answer = ({ method }) => (method === 'PATCH' ? 404 : 201);
    recorder.record(event('x'), 1);
    await written(2);
    expect(asked.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'POST']);
    expect(asked.at(-1)?.body).toMatchObject({ series: { count: 2 } });
  });

  test('tries again where the API server has too much to do, and not where it refuses', async () => {
    answer = () => (asked.length < 3 ? 503 : 201);
    recorder.record(event('x'), 0);
    await written(1);
    expect(asked).toHaveLength(3);
    answer = () => 403;
    recorder.record(event('y'), 0);
    recorder.record(event('z'), 0);
    await eventually(() => {
      expect(results).toEqual(['written', 'failed', 'failed']);
    });
    // Said once, until it goes well again.
    expect({ reasons, count: asked.length }).toEqual({ reasons: ['answer 403'], count: 5 });
  });

  test('keeps nobody waiting, and holds no more than so many, where nobody answers', async () => {
    await recorder.close();
    recorder = await open({ timeoutMs: 60_000, maxWaiting: 50 });
    answer = () => undefined;
    const started = performance.now();
    for (let index = 0; index < 20_000; index++) recorder.record(event('x', `uid-${index}`), index);
    const tookMs = performance.now() - started;
    expect(tookMs / 20_000).toBeLessThan(0.1);
    await eventually(() => {
      expect(asked).toHaveLength(1);
    });
    expect(results.filter((result) => result === 'dropped')).toHaveLength(20_000 - 51);
    // It ends at once, though somebody is still being asked.
    const closing = performance.now();
    await recorder.close();
    expect(performance.now() - closing).toBeLessThan(1_000);
  });
});
