import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { body, lookedUp, request, shed, withLimits, type LimitedServer } from './limited-server.ts';
import { wireRequest } from './raw-connection.ts';
import { readExposition, valueOf } from './read-exposition.ts';

const mebibyte = 1024 * 1024;

describe('requests that come together', () => {
  test('are all answered, whether on one connection or on many', async () => {
    await withLimits({}, async (server) => {
      const connections = await Promise.all(Array.from({ length: 20 }, () => server.open()));
      for (const connection of connections) connection.write(request.repeat(3));
      for (const connection of connections) await connection.until(/(?:"allowed":true[^]*){3}/);
    });
  });

  test('are answered also where the client closes its side right behind them', async () => {
    await withLimits({}, async (server) => {
      for (let round = 0; round < 10; round++) {
        const connection = await server.open();
        connection.write(request);
        connection.end();
        expect(await connection.untilClosed()).toContain('"allowed":true');
      }
    });
  });

  test('leave nothing behind once they are answered, while their connections stay', async () => {
    await withLimits({}, async (server) => {
      const large = wireRequest('/mutate', body.padEnd(mebibyte));
      const connections = await Promise.all(Array.from({ length: 12 }, () => server.open()));
      const before = bytesOfBuffers();
      for (const connection of connections) {
        connection.write(large);
        await connection.until(/"allowed":true/);
      }
      await eventually(() => {
        expect((bytesOfBuffers() - before) / mebibyte).toBeLessThan(4);
      });
      for (const connection of connections) connection.write(request);
      for (const connection of connections) await connection.until(/"allowed":true[^]*"allowed":true/);
    });
  });
});

describe('answers that nobody reads', () => {
  /** The first look-up never ends, so that what comes behind it on its connection is answered and not sent. */
  const neverFirst = () => {
    let lookUps = 0;
    return () => (++lookUps === 1 ? new Promise<void>(() => undefined) : Promise.resolve());
  };

  test('take no room from others', async () => {
    const use = async (server: LimitedServer) => {
      const unread = await server.open();
      unread.write(lookedUp);
      for (let answered = 1; answered <= 4; answered++) {
        unread.write(lookedUp);
        await eventually(async () => {
          expect(await answeredBy(server)).toBe(answered);
        });
      }
      const other = await server.open();
      other.write(lookedUp);
      await other.until(/"allowed":true/);
      expect(await shed(server, 'requests')).toBe(0);
    };
    await withLimits({ requests: 2 }, use, { readNamespace: neverFirst() });
  });

  test('keep no bodies', async () => {
    const use = async (server: LimitedServer) => {
      const unread = await server.open();
      unread.write(lookedUp);
      const before = bytesOfBuffers();
      const padded = wireRequest('/mutate', body.padEnd(mebibyte / 5));
      unread.write(padded.repeat(30));
      await eventually(async () => {
        expect(await answeredBy(server)).toBe(30);
      });
      await eventually(() => {
        expect((bytesOfBuffers() - before) / mebibyte).toBeLessThan(2);
      });
    };
    await withLimits({}, use, { readNamespace: neverFirst() });
  });
});

test('a request that is told to come again while its answer has to wait is not answered twice', async () => {
  const lookUps: (() => void)[] = [];
  const readNamespace = () => new Promise<void>((resolve) => lookUps.push(resolve));
  const use = async (server: LimitedServer) => {
    const first = await server.open();
    first.write(lookedUp);
    first.write(request.slice(0, -1));
    await eventually(() => {
      expect(lookUps).toHaveLength(1);
    });
    const second = await server.open();
    await eventually(async () => {
      expect(await shed(server, 'connectionsPerPeer')).toBe(1);
    });
    first.write(request.slice(-1));
    second.write(request);
    await second.until(/"allowed":true/);
    lookUps[0]?.();
    const received = await first.untilClosed();
    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 429']);
  };
  await withLimits({ connectionsPerPeer: 1 }, use, { readNamespace });
});

/** How many requests were answered. */
async function answeredBy({ metrics }: LimitedServer): Promise<number> {
  const name = 'shimgate_admission_duration_seconds';
  const text = await metrics.registry.getSingleMetricAsString(name);
  return valueOf(readExposition(text), `${name}_count`, { webhook: 'mutating' });
}

/** Once what nobody refers to is gone. */
function bytesOfBuffers(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().arrayBuffers;
}
