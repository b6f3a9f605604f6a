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

async function answersOthers(): Promise<void> {
  const client = new HttpsClient(running.port, workplace.certificate.authority.cert);
  await expectGoodAnswer(client);
  client.close();
}
