import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { body, lookedUp, request, shed, withLimits, type LimitedServer } from './limited-server.ts';
import { wireRequest } from './raw-connection.ts';

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

test('a connection that ends while its requests wait for a look-up leaves room for others', async () => {
  let lookUps = 0;
  const never = () => {
    lookUps++;
    return new Promise<void>(() => undefined);
  };
  const use = async (server: LimitedServer) => {
    const gone = await server.open();
    gone.write(lookedUp.repeat(2));
    await eventually(() => {
      expect(lookUps).toBe(2);
    });
    gone.destroy();
    await eventually(async () => {
      const next = await server.open();
      next.write(request);
      await next.until(/"allowed":true/);
    });
    expect(await shed(server, 'requests')).toBeLessThan(20);
  };
  await withLimits({ requests: 2 }, use, { readNamespace: never });
});

/** Once what nobody refers to is gone. */
function bytesOfBuffers(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().arrayBuffers;
}
