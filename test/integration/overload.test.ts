import { describe, expect, test } from '@jest/globals';
import { TooManyLookUps } from '../../src/cluster/look-ups.ts';
import { eventually } from '../support/eventually.ts';
import { HttpsClient } from './https-client.ts';
import { begin, body, comeAgain, lookedUp, request, shed, withLimits, type LimitedServer } from './limited-server.ts';
import { wireRequest } from './raw-connection.ts';

describe('a replica that has too much to do', () => {
  test('answers 429 and an integer Retry-After beyond what it answers at a time, and the connection goes on', async () => {
    const answers: (() => void)[] = [];
    const readNamespace = () => new Promise<void>((resolve) => answers.push(resolve));
    const use = async (server: LimitedServer) => {
      const [first, second, third] = [await server.open(), await server.open(), await server.open()];
      first.write(lookedUp);
      second.write(lookedUp);
      await eventually(() => {
        expect(answers).toHaveLength(2);
      });
      third.write(lookedUp);
      await third.until(comeAgain);
      expect(await shed(server, 'requests')).toBe(1);

      // There is room again, also for whoever was told to come again.
      answers[0]?.();
      await first.until(/"allowed":true/);
      third.write(request);
      await third.until(/429[^]*HTTP\/1\.1 200 OK[^]*"allowed":true/);
      answers[1]?.();
      await second.until(/"allowed":true/);
      expect(await shed(server, 'requests')).toBe(1);
    };
    await withLimits({ requests: 2 }, use, { readNamespace });
  });

  test('does not count requests that have not come whole', async () => {
    await withLimits({ requests: 1 }, async (server) => {
      const [first, second, third] = [await server.open(), await server.open(), await server.open()];
      await begin(first);
      await begin(second);
      third.write(request);
      for (const connection of [first, second]) connection.write(body.slice(-1));
      for (const connection of [first, second, third]) await connection.until(/"allowed":true/);
      expect(await shed(server, 'requests')).toBe(0);
    });
  });

  test('gives up the oldest body that is not whole where they are too much, and holds nothing of it afterwards', async () => {
    await withLimits({ bodyBytes: body.length + 1000 }, async (server) => {
      const [first, second] = [await server.open(), await server.open()];
      await begin(first);
      second.write(request);
      await second.until(/"allowed":true/);
      await first.until(comeAgain);
      expect(await shed(server, 'bodyBytes')).toBe(1);

      // Whoever sends the rest all the same has a connection that goes on.
      first.write(body.slice(-1));
      first.write(request);
      await first.until(/429[^]*HTTP\/1\.1 200 OK/);
      expect(await shed(server, 'bodyBytes')).toBe(1);
    });
  });

  test('waits for a body that is announced small for no longer than its limit, and for a large one does', async () => {
    await withLimits({ smallBodyMs: 300 }, async (server) => {
      const [small, large] = [await server.open(), await server.open()];
      small.write(request.slice(0, -1));
      const wholeLarge = wireRequest('/mutate', body.padEnd(100_000));
      large.write(wholeLarge.slice(0, 50_000));
      expect(await small.untilClosed()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\nConnection: close\r\n/);
      expect(await shed(server, 'smallBodyMs')).toBe(1);
      large.write(wholeLarge.slice(50_000));
      await large.until(/"allowed":true/);
    });
  });

  test('counts of a large body what has come of it, and gives it up when that is too much', async () => {
    const large = wireRequest('/mutate', body.padEnd(100_000));
    await withLimits({ bodyBytes: 60_000 }, async (server) => {
      const [first, second] = [await server.open(), await server.open()];
      first.write(large.slice(0, 30_000));
      second.write(request);
      await second.until(/"allowed":true/);
      first.write(large.slice(30_000, 70_000));
      await first.until(comeAgain);
      expect(await shed(server, 'bodyBytes')).toBe(1);

      first.write(large.slice(70_000));
      second.write(request);
      await second.until(/"allowed":true[^]*"allowed":true/);
      first.write(request);
      await first.until(/429[^]*HTTP\/1\.1 200 OK/);
    });
  });

  test('does not wait for the rest of a body whose length was not announced', async () => {
    await withLimits({ bodyBytes: 1000 }, async (server) => {
      const connection = await server.open();
      const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
      const head = 'POST /mutate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
      connection.write(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk(' '.repeat(2000))}`);
      await connection.until(comeAgain);
      connection.write(chunk(' '));
      await connection.untilClosed();
      const next = await server.open();
      next.write(wireRequest('/mutate', '{}'));
      await next.until(/HTTP\/1\.1 400/);
    });
  });

  test('answers for no longer than its limit in one turn, and all that waits is answered one way or the other', async () => {
    await withLimits({ turnMs: 0 }, async (server) => {
      const client = new HttpsClient(server.port, server.workplace.certificate.authority.cert);
      const statuses = new Set<number>();
      for (let round = 0; round < 50 && statuses.size < 2; round++) {
        const answers = await Promise.all(Array.from({ length: 8 }, () => client.review('/mutate', body)));
        for (const { status, headers } of answers) {
          statuses.add(status);
          if (status === 429) expect(headers['retry-after']).toBe('1');
        }
      }
      client.close();
      expect([...statuses].sort()).toEqual([200, 429]);
      expect(await shed(server, 'turnMs')).toBeGreaterThan(0);
    });
  });

  test('answers 429 where more would have to be looked up than may be at a time', async () => {
    const use = async (server: LimitedServer) => {
      const connection = await server.open();
      connection.write(lookedUp);
      await connection.until(comeAgain);
      expect(await shed(server, 'lookUps')).toBe(1);
      connection.write(request);
      await connection.until(/429[^]*"allowed":true/);
    };
    await withLimits({}, use, { readNamespace: () => Promise.reject(new TooManyLookUps('too many look-ups')) });
  });
});
