import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { pino } from 'pino';
import { ApiError } from '../../src/cluster/api-error.ts';
import { ClusterConnection } from '../../src/cluster/connection.ts';
import { keepRuntimeClass } from '../../src/policy/kept-objects.ts';
import { Reflector } from '../../src/cluster/reflector.ts';
import { backOff } from '../../src/follow/pause.ts';
import type { RuntimeClass } from '../../src/generated/objects.ts';
import { eventually } from '../support/eventually.ts';
import { expired, lines, ListWatchServer, refusal, silence, type Fault } from './list-watch-server.ts';

jest.setTimeout(60_000);

/** Nobody is asked again sooner than this after a failure: milliseconds. The real program waits eight times as long. */
const firstPauseMs = 100;

const pause = backOff({ firstMs: firstPauseMs, maxMs: 10_000, jitter: 1 });

let directory: string;
let server: ListWatchServer;
let connection: ClusterConnection;
let reflector: Reflector<RuntimeClass>;
let logged: readonly { readonly level: number; readonly msg: string }[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shimgate-reflector-'));
  server = await ListWatchServer.start();
  await server.writeKubeconfig(join(directory, 'kubeconfig'));
  connection = ClusterConnection.open(join(directory, 'kubeconfig'));
  logged = [];
  const write = (line: string) => {
    logged = [...logged, JSON.parse(line) as (typeof logged)[number]];
  };
  reflector = new Reflector(
    connection,
    { kind: 'RuntimeClass', path: '/runtimeclasses', pageSize: 2, keep: keepRuntimeClass, pause },
    pino({}, { write }),
  );
});

afterEach(async () => {
  await reflector.close();
  await server.stop();
  await rm(directory, { recursive: true });
});

async function untilAsked(what: 'list' | 'watch', times: number): Promise<void> {
  await eventually(() => {
    expect(server.asked.filter((one) => one.what === what).length).toBeGreaterThanOrEqual(times);
  });
}

function times(count: number, fault: Fault): readonly Fault[] {
  return Array.from({ length: count }, () => fault);
}

/** Milliseconds from one watch that was asked for to the next. */
function pauses(): readonly number[] {
  const at = server.asked.filter(({ what }) => what === 'watch').map((one) => one.at);
  return at.slice(1).map((time, index) => time - (at[index] ?? 0));
}

describe('an API server in trouble is asked again only after a pause that grows', () => {
  test.each([
    ['ends every watch at once', lines()],
    ['breaks every watch at once', (response) => response.destroy()],
    ['has lost the events of every watch', lines(expired)],
    ['refuses every watch', refusal(500, 'etcdserver: request timed out')],
  ] as readonly (readonly [string, Fault])[])('when it %s', async (_, fault) => {
    server.watchFaults.push(...times(2, fault));
    reflector.start();
    await untilAsked('watch', 3);
    const [first = 0, second = 0] = pauses();
    expect(first).toBeGreaterThanOrEqual(firstPauseMs);
    expect(second).toBeGreaterThanOrEqual(2 * firstPauseMs);
  });

  test('when it refuses the list, and says why until it answers', async () => {
    server.put('a', { handler: 'a' });
    server.listFaults.push(refusal(403, 'runtimeclasses is forbidden'), refusal(429, 'too many requests'));
    reflector.start();
    await eventually(() => {
      expect(reflector.failure).toBe('runtimeclasses is forbidden');
    });
    expect(reflector.isSynced).toBe(false);
    expect(reflector.stalenessSeconds(Date.now())).toBeUndefined();
    await untilAsked('watch', 1);
    expect([...reflector.objects.keys()]).toEqual(['a']);
    expect(reflector.failure).toBeUndefined();
    // Once each, however often it was tried.
    expect(logged.map(({ msg }) => msg)).toEqual(['cannot follow the API server', 'the API server answers again']);
  });

  test('when it refuses the watch, and says of what', async () => {
    server.watchFaults.push(refusal(403, 'runtimeclasses is forbidden'));
    reflector.start();
    await eventually(() => {
      expect(reflector.failure).toMatch(/^the API server answered the watch of \/.+ with 403 Forbidden$/);
    });
  });

  test('when it answers with what is no list', async () => {
    const page: Fault = (response) => {
      response.end('<html>Sign in</html>');
    };
    server.put('a', { handler: 'a' });
    server.listFaults.push(page);
    reflector.start();
    await untilAsked('watch', 1);
    expect([...reflector.objects.keys()]).toEqual(['a']);
  });
});

describe('a reflector that is closed', () => {
  test.each([
    ['a list that is not answered', 'list', silence],
    ['a watch that is not answered', 'watch', silence],
    ['a watch that is open', 'watch', undefined],
    ['a pause after a failure', 'list', refusal(500, 'not today')],
  ] as const)('does not wait for %s, and leaves no connection', async (_, what, fault) => {
    (what === 'list' ? server.listFaults : server.watchFaults).push(fault);
    reflector.start();
    await untilAsked(what, 1);
    await reflector.close();
    await eventually(async () => {
      expect(await server.connections()).toBe(0);
    });
    expect(server.asked.filter((one) => one.what === what)).toHaveLength(1);
  });
});

test('a watch that nothing comes from, not even a bookmark, is given up', async () => {
  const watching = connection.watch('/runtimeclasses', {
    query: {},
    accept: 'application/json',
    inactivityMs: 200,
    signal: new AbortController().signal,
    onOpen: () => undefined,
    onEvent: () => undefined,
  });
  await expect(watching).rejects.toThrow(ApiError);
  await eventually(async () => {
    expect(await server.connections()).toBe(0);
  });
});
