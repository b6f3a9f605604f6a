import { describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import { getPage } from './https-client.ts';
import { begin, body, comeAgain, lookedUp, request, shed, withLimits, type LimitedServer } from './limited-server.ts';
import { expectGoodAnswer } from './good-review.ts';
import { RawConnection, wireRequest } from './raw-connection.ts';
import { readExposition, valueOf } from './read-exposition.ts';
import { withWebhook } from './start-webhook.ts';

describe('a replica with as many connections as it takes', () => {
  test.each([
    ['any more', true],
    ['yet', false],
  ])('makes room among connections on which nothing is asked %s, instead of holding ever more', async (_, isUsed) => {
    await withLimits({ connections: 2 }, async (server) => {
      const [oldest, other] = [await server.open(), await server.open()];
      for (const connection of isUsed ? [oldest, other] : []) {
        connection.write(request);
        await connection.until(/"allowed":true/);
      }
      const next = await server.open();
      next.write(request);
      await next.until(/"allowed":true/);
      await oldest.untilClosed();
      expect(other.isOpen).toBe(true);
      expect(await shed(server, 'connections')).toBe(1);
    });
  });

  test('makes room among requests that are not whole before it does among connections on which nothing is asked', async () => {
    await withLimits({ connections: 3 }, async (server) => {
      const [idle, half, handshake] = [await server.open(), await server.open(), await openTcp(server.port)];
      idle.write(request);
      await idle.until(/"allowed":true/);
      await begin(half);
      const third = await server.open();
      await handshake.untilClosed();
      third.write(request);
      await third.until(/"allowed":true/);
      const fourth = await server.open();
      expect(await half.untilClosed()).toMatch(comeAgain);
      for (const connection of [idle, fourth]) connection.write(request);
      await idle.until(/"allowed":true[^]*"allowed":true/);
      await fourth.until(/"allowed":true/);
      expect(await shed(server, 'connections')).toBe(2);
    });
  });

  test('makes room among those of the address that has the most', async () => {
    await withLimits({ connections: 3 }, async (server) => {
      const ours = await server.open();
      await begin(ours);
      const theirs = [await server.open('127.0.0.2'), await server.open('127.0.0.2'), await server.open('127.0.0.2')];
      await theirs[0]?.untilClosed();
      expect([ours, ...theirs].map(({ isOpen }) => isOpen)).toEqual([true, false, true, true]);
    });
  });

  test('takes no connection away from whoever waits for an answer', async () => {
    const answers: (() => void)[] = [];
    const readNamespace = () => new Promise<void>((resolve) => answers.push(resolve));
    const use = async (server: LimitedServer) => {
      const waiting = await server.open();
      waiting.write(lookedUp);
      await eventually(() => {
        expect(answers).toHaveLength(1);
      });
      await expect(server.open()).rejects.toThrow();
      answers[0]?.();
      await waiting.until(/"allowed":true/);
    };
    await withLimits({ connections: 1 }, use, { readNamespace });
  });

  test('leaves one address no more than its share of the connections', async () => {
    await withLimits({ connections: 10, connectionsPerPeer: 2 }, async (server) => {
      const ours = await server.open();
      const theirs = [await server.open('127.0.0.2'), await server.open('127.0.0.2'), await server.open('127.0.0.2')];
      await theirs[0]?.untilClosed();
      ours.write(request);
      await ours.until(/"allowed":true/);
      expect(theirs.map(({ isOpen }) => isOpen)).toEqual([false, true, true]);
      expect(await shed(server, 'connectionsPerPeer')).toBe(1);
      expect(await shed(server, 'connections')).toBe(0);
    });
  });
});

describe('the real program', () => {
  test('answers others, however many connections are held on which no request becomes whole', async () => {
    await withWebhook({}, async ({ client, get, securePort }) => {
      const held: RawConnection[] = [];
      for (const peer of ['127.0.0.2', '127.0.0.3', '127.0.0.4']) {
        for (let batch = 0; batch < 8; batch++) {
          const opened = Array.from({ length: 50 }, () => RawConnection.overTcp(securePort, peer));
          held.push(...(await Promise.all(opened)));
        }
      }
      await expectGoodAnswer(client);
      const exposition = readExposition((await get('/metrics')).body);
      const closed = valueOf(exposition, 'shimgate_admission_shed_total', { limit: 'connections' });
      expect(closed).toBeGreaterThanOrEqual(200);
      await held[0]?.untilClosed();
      expect(held.at(-1)?.isOpen).toBe(true);
      for (const connection of held) connection.destroy();
    });
  });
});

describe('the metrics port', () => {
  test('makes room for the kubelet among requests that are not whole', async () => {
    await withLimits({}, async ({ managementPort }) => {
      const half = [];
      for (let count = 0; count < 60; count++) half.push(await openTcp(managementPort));
      for (const connection of half) connection.write('GET /livez HTTP/1.1\r\nHost:');
      expect(await getPage(managementPort, '/livez')).toMatchObject({ status: 200 });
      for (const connection of half.slice(0, 10)) await connection.untilClosed();
      expect(half.at(-1)?.isOpen).toBe(true);
      for (const connection of half) connection.destroy();
    });
  });

  test('reads no body', async () => {
    await withLimits({}, async ({ managementPort }) => {
      const connection = await openTcp(managementPort);
      connection.write(wireRequest('/livez', 'x'));
      expect(await connection.untilClosed()).toMatch(/^HTTP\/1\.1 413 Payload Too Large\r\n/);
    });
  });

  test('says that the replica is not ready while everything is shed', async () => {
    await withLimits({ requests: 0 }, async (server) => {
      const connection = await server.open();
      const verbose = async () => (await getPage(server.managementPort, '/readyz?verbose')).body;
      expect(await verbose()).toContain('[+]load ok');
      const asking = setInterval(() => {
        connection.write(request);
      }, 100);
      await eventually(async () => {
        expect(await verbose()).toMatch(/\[-\]load failed: every request of the last \d+ s was answered with 429/);
      }).finally(() => {
        clearInterval(asking);
      });
      expect(await getPage(server.managementPort, '/readyz')).toMatchObject({ status: 503 });
    });
  });
});

describe('a replica is ready', () => {
  test('where all that it gives up are bodies that never become whole', async () => {
    await withLimits({ bodyBytes: body.length }, async (server) => {
      // For longer than the replica waits until it says that it only sheds.
      for (let count = 0; count < 28; count++) {
        await begin(await server.open());
        await sleep(100);
      }
      expect(await shed(server, 'bodyBytes')).toBe(27);
      expect(await getPage(server.managementPort, '/readyz')).toMatchObject({ status: 200 });
    });
  });
});

function openTcp(port: number): Promise<RawConnection> {
  return RawConnection.overTcp(port);
}
