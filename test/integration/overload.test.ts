import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { HttpsClient } from './https-client.ts';
import { startServer, type InProcessServer } from './in-process-server.ts';
import { RawConnection, wireRequest } from './raw-connection.ts';
import { readExposition, valueOf } from './read-exposition.ts';
import { recordedRequest } from './recorded-requests.ts';
import { withWorkplace, type Workplace } from './workplace.ts';

const { body } = recordedRequest('009');
const request = wireRequest('/mutate', body);

type Overloaded = InProcessServer & { readonly workplace: Workplace; readonly open: () => Promise<RawConnection> };

/** Gives a test a server with limits that a test can meet. */
async function withLimits(
  limits: Parameters<typeof startServer>[2],
  use: (overloaded: Overloaded) => Promise<void>,
): Promise<void> {
  await withWorkplace(async (workplace) => {
    const started = await startServer(workplace, { drainMs: 100 }, limits);
    const ca = workplace.certificate.authority.cert;
    try {
      await use({ ...started, workplace, open: () => RawConnection.overTls(started.port, { ca }) });
    } finally {
      await started.server.stop();
    }
  });
}

async function shed({ metrics }: InProcessServer, limit: string): Promise<number> {
  const name = 'shimgate_admission_shed_total';
  return valueOf(readExposition(await metrics.registry.getSingleMetricAsString(name)), name, { limit });
}

/** Sends a request but for the last byte of its body, once the server has said that it waits for it. */
async function begin(connection: RawConnection): Promise<void> {
  connection.write(wireRequest('/mutate', body, ['Expect: 100-continue']).slice(0, -body.length));
  await connection.until(/100 Continue\r\n\r\n$/);
  connection.write(body.slice(0, -1));
}

const comeAgain = /HTTP\/1\.1 429 Too Many Requests\r\nRetry-After: 1\r\n/;

describe('a replica that has too much to do', () => {
  test('answers 429 and an integer Retry-After before a body is read, and the connection goes on', async () => {
    await withLimits({ requests: 2 }, async (server) => {
      const [first, second, third] = [await server.open(), await server.open(), await server.open()];
      await begin(first);
      await begin(second);
      third.write(request);
      await third.until(comeAgain);
      expect(await shed(server, 'requests')).toBe(1);

      // There is room again, also for whoever was told to come again.
      first.write(body.slice(-1));
      await first.until(/"allowed":true/);
      third.write(request);
      await third.until(/429[^]*HTTP\/1\.1 200 OK[^]*"allowed":true/);
      second.write(body.slice(-1));
      await second.until(/"allowed":true/);
      expect(await shed(server, 'requests')).toBe(1);
    });
  });

  test('gives up bodies that it would have to hold beyond its limit, and holds nothing of them afterwards', async () => {
    await withLimits({ bodyBytes: body.length + 1000 }, async (server) => {
      const [first, second] = [await server.open(), await server.open()];
      await begin(first);
      second.write(request.slice(0, -1));
      await second.until(comeAgain);
      expect(await shed(server, 'bodyBytes')).toBe(1);

      second.write(request.slice(-1));
      first.write(body.slice(-1));
      await first.until(/"allowed":true/);
      second.write(request);
      await second.until(/429[^]*HTTP\/1\.1 200 OK/);
      expect(await shed(server, 'bodyBytes')).toBe(1);
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

  test.each([
    ['any more', true],
    ['yet', false],
  ])('makes room among connections on which nothing is asked %s, instead of holding ever more', async (_, isUsed) => {
    await withLimits({ connections: 2 }, async (server) => {
      const idle = [await server.open(), await server.open()];
      for (const connection of isUsed ? idle : []) {
        connection.write(request);
        await connection.until(/"allowed":true/);
      }
      // The server, which is in this process, learns later than a client that TLS is spoken.
      await sleep(100);
      const dropped = RawConnection.overTls(server.port, { ca: server.workplace.certificate.authority.cert });
      await expect(dropped).rejects.toThrow();
      for (const connection of idle) await connection.untilClosed();
      expect(await shed(server, 'connections')).toBe(1);
      const next = await server.open();
      next.write(request);
      await next.until(/"allowed":true/);
    });
  });
});
