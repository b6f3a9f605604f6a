import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectGoodAnswer } from './good-review.ts';
import { HttpsClient } from './https-client.ts';
import { startServer, type InProcessServer } from './in-process-server.ts';
import { RawConnection, wireRequest } from './raw-connection.ts';
import { recordedRequest } from './recorded-requests.ts';
import { Workplace } from './workplace.ts';

/** The real program waits ten seconds for headers and thirty for a request; tests do not. */
const timeouts = { headersMs: 1_200, requestMs: 1_500, checkMs: 100 };

const byteEveryMs = 1_000;

let workplace: Workplace;
let running: InProcessServer;

beforeAll(async () => {
  workplace = await Workplace.open();
  running = await startServer(workplace, timeouts);
});

afterAll(async () => {
  await running.server.stop();
  await workplace.close();
});

describe('a client that sends one byte a second holds up nobody, and is answered 408 in the end', () => {
  const request = wireRequest('/mutate', recordedRequest('009').body);
  const bodyAt = request.indexOf('\r\n\r\n') + 4;
  const rows: readonly (readonly [string, number])[] = [
    ['from its first byte on', 1],
    ['in its headers', bodyAt - 10],
    ['in its body', bodyAt + 10],
  ];

  test.each(rows)('%s', async (_where, at) => {
    const { cert: ca } = workplace.certificate.authority;
    const connection = await RawConnection.overTls(running.port, { ca });
    connection.write(request.slice(0, at));
    let sent = at;
    const trickle = setInterval(() => {
      connection.write(request.slice(sent, ++sent));
    }, byteEveryMs);
    await answersOthers();
    expect(connection.isOpen).toBe(true);
    const received = await connection.untilClosed().finally(() => {
      clearInterval(trickle);
    });
    expect(received).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(received).toMatch(/^Connection: close\r$/im);
    expect(sent).toBeLessThan(request.length);
    await answersOthers();
  });
});

describe('a connection that was opened ahead', () => {
  const request = wireRequest('/mutate', recordedRequest('009').body);
  const opened = async () => RawConnection.overTls(running.port, { ca: workplace.certificate.authority.cert });

  test('is left open past the time for headers, and answered when something is asked on it', async () => {
    const connection = await opened();
    await sleep(2 * timeouts.headersMs);
    expect(connection.isOpen).toBe(true);
    connection.write(request);
    expect(await connection.until(/\}\}$/)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    connection.destroy();
  });

  test('has its time for headers from the first byte on', async () => {
    const connection = await opened();
    await sleep(2 * timeouts.headersMs);
    connection.write(request.slice(0, 20));
    expect(await connection.untilClosed()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  });

  test('is closed without a word when it is not used', async () => {
    const { server, port } = await startServer(workplace, { ...timeouts, keepAliveMs: 500 });
    const connection = await RawConnection.overTls(port, { ca: workplace.certificate.authority.cert });
    expect(await connection.untilClosed()).toBe('');
    await server.stop();
  });
});

async function answersOthers(): Promise<void> {
  const client = new HttpsClient(running.port, workplace.certificate.authority.cert);
  await expectGoodAnswer(client);
  client.close();
}
