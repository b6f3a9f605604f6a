import { describe, expect, test } from '@jest/globals';
import { startServer } from './in-process-server.ts';
import { RawConnection, wireRequest } from './raw-connection.ts';
import { recordedRequest } from './recorded-requests.ts';
import { withWebhook, type Webhook } from './start-webhook.ts';
import { withWorkplace } from './workplace.ts';

const { body } = recordedRequest('009');

/** A request whose body is still to come, on which the server has already begun: it said that it waits for it. */
async function beginUpload(port: number, { certificate }: Webhook['workplace']): Promise<RawConnection> {
  const connection = await RawConnection.overTls(port, { ca: certificate.authority.cert });
  connection.write(wireRequest('/mutate', body, ['Expect: 100-continue']).slice(0, -body.length));
  await connection.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  connection.write(body.slice(0, 10));
  return connection;
}

describe('a webhook that is told to end', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('by %s finishes what is in flight, then ends well', async (signal) => {
    await withWebhook({}, async (webhook) => {
      const { process, securePort, get, workplace } = webhook;
      const upload = await beginUpload(securePort, workplace);
      process.signal(signal);
      expect(await process.logged('stopping')).toMatchObject({ level: 'info', signal });

      const readiness = await get('/readyz');
      expect(readiness.status).toBe(503);
      expect(readiness.body).toContain('[-]shutdown failed: the process is shutting down\n');
      expect(await get('/livez')).toMatchObject({ status: 200 });
      await expect(RawConnection.overTcp(securePort)).rejects.toMatchObject({ code: 'ECONNREFUSED' });

      upload.write(body.slice(10));
      const answer = (await upload.untilClosed()).replace('HTTP/1.1 100 Continue\r\n\r\n', '');
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(answer).toMatch(/^Connection: close\r$/im);
      expect(answer).toContain('"allowed":true');
      expect(await process.exited()).toEqual({ exitCode: 0, signal: null });
      expect(process.log.at(-1)).toMatchObject({ level: 'info', msg: 'stopped', isFinished: true });
      expect(process.stderr).toBe('');
    });
  });

  test('is not ready at once, and goes on to accept until nobody sends it any more', async () => {
    const settleMs = 1_500;
    await withWebhook({ flags: { '--shutdown-delay-duration': `${settleMs}ms` } }, async (webhook) => {
      const { process, client, securePort, workplace, get } = webhook;
      const { cert: ca } = workplace.certificate.authority;
      await client.review('/mutate', body);
      const idle = await RawConnection.overTls(securePort, { ca });
      process.signal('SIGTERM');
      await process.logged('stopping');
      const began = performance.now();
      expect((await get('/readyz')).status).toBe(503);

      // On a connection from before and on ever new ones, until the time is over; each answer ends its connection.
      let answers = 0;
      while (performance.now() - began < settleMs - 500) {
        const { status, headers } = await client.review('/mutate', body);
        expect({ status, connection: headers.connection }).toEqual({ status: 200, connection: 'close' });
        answers++;
      }
      expect(answers).toBeGreaterThan(3);
      expect(idle.isOpen).toBe(true);
      expect(await idle.untilClosed()).toBe('');
      expect(performance.now() - began).toBeGreaterThan(settleMs - 100);
      expect(await process.exited()).toEqual({ exitCode: 0, signal: null });
      await expect(RawConnection.overTcp(securePort)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    });
  });

  test('leaves it to clients to close idle connections, answers what they ask on them, and ends when none is left', async () => {
    await withWebhook(
      { flags: { '--shutdown-idle-duration': '30s' } },
      async ({ process, client, securePort, workplace }) => {
        const { cert: ca } = workplace.certificate.authority;
        const [asking, leaving] = [
          await RawConnection.overTls(securePort, { ca }),
          await RawConnection.overTls(securePort, { ca }),
        ];
        for (const connection of [asking, leaving]) {
          connection.write(wireRequest('/mutate', body));
          await connection.until(/"allowed":true/);
        }
        client.close();
        process.signal('SIGTERM');
        await process.logged('stopping');
        await new Promise((resolve) => setTimeout(resolve, 500));
        expect([asking.isOpen, leaving.isOpen]).toEqual([true, true]);
        asking.write(wireRequest('/mutate', body));
        expect(await asking.untilClosed()).toMatch(/"allowed":true[^]*Connection: close[^]*"allowed":true/i);
        expect(leaving.isOpen).toBe(true);
        leaving.end();
        expect(await process.exited()).toEqual({ exitCode: 0, signal: null });
      },
    );
  });

  test('waits for idle connections no longer than it is told to', async () => {
    await withWebhook({ flags: { '--shutdown-idle-duration': '1s' } }, async ({ process, client }) => {
      await client.review('/mutate', body);
      expect(client.connections).toBe(1);
      process.signal('SIGTERM');
      const began = performance.now();
      expect(await process.exited()).toEqual({ exitCode: 0, signal: null });
      expect(performance.now() - began).toBeGreaterThan(900);
    });
  });

  test('does not wait for connections on which nothing is asked', async () => {
    await withWebhook({}, async ({ process, client, securePort, workplace }) => {
      await client.review('/mutate', body);
      const { cert: ca } = workplace.certificate.authority;
      const idle = await RawConnection.overTls(securePort, { ca });
      expect(client.connections).toBe(1);
      process.signal('SIGTERM');
      expect(await process.exited()).toEqual({ exitCode: 0, signal: null });
      expect(await idle.untilClosed()).toBe('');
    });
  });

  test('does not wait for ever for a client that never says who it is', async () => {
    await withWorkplace(async (workplace) => {
      const { server, port } = await startServer(workplace, { headersMs: 200 });
      const mute = await RawConnection.overTcp(port);
      expect(await server.stop()).toBe(true);
      expect(await mute.untilClosed()).toBe('');
    });
  });

  test('lets a connection go that was being opened when it ended, and asks nothing', async () => {
    await withWorkplace(async (workplace) => {
      const { server, port } = await startServer(workplace, {});
      const opening = await RawConnection.overTcp(port);
      // So that the server, which is in this process, has accepted it before it stops to listen.
      await new Promise((resolve) => setTimeout(resolve, 100));
      const stopped = server.stop();
      const { cert: ca } = workplace.certificate.authority;
      const opened = await opening.startTls({ ca, host: '127.0.0.1' });
      expect(await opened.untilClosed()).toBe('');
      expect(await stopped).toBe(true);
    });
  });

  test('cuts off, after a time, what does not end by itself', async () => {
    await withWorkplace(async (workplace) => {
      const { server, port } = await startServer(workplace, { drainMs: 200 });
      const upload = await beginUpload(port, workplace);
      expect(await server.stop()).toBe(false);
      expect(await upload.untilClosed()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    });
  });
});
