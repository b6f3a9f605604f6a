import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectGoodAnswer } from './good-review.ts';
import { HttpsClient } from './https-client.ts';
import { startServer, type InProcessServer } from './in-process-server.ts';
import { RawConnection } from './raw-connection.ts';
import { Workplace } from './workplace.ts';

const mebibyte = 1024 * 1024;

/** What the program reads of all such bodies in a second. */
const bytesPerSecond = 32 * mebibyte;

/** What both sides' sockets hold on the way. */
const onTheWay = 12 * mebibyte;

let workplace: Workplace;
let running: InProcessServer;
let connection: RawConnection;

beforeAll(async () => {
  workplace = await Workplace.open();
  running = await startServer(workplace, {});
});

afterAll(async () => {
  connection.destroy();
  await running.server.stop();
  await workplace.close();
});

async function begin(type: string, length: number): Promise<void> {
  connection = await RawConnection.overTls(running.port, { ca: workplace.certificate.authority.cert });
  const lines = ['POST /mutate HTTP/1.1', 'Host: localhost', `Content-Type: ${type}`, `Content-Length: ${length}`];
  connection.write(`${lines.join('\r\n')}\r\n\r\n`);
}

async function answersOthers(): Promise<void> {
  const client = new HttpsClient(running.port, workplace.certificate.authority.cert);
  await expectGoodAnswer(client).finally(() => {
    client.close();
  });
}

test('a body that is nested too much is refused before it has come', async () => {
  await begin('application/json', 8 * mebibyte);
  connection.write('['.repeat(40_000));
  const received = await connection.until(/levels/);
  expect(received).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(received).toContain('the body is nested deeper than 10240 levels');
  await answersOthers();
});

test.each([
  ['of another type', 'text/plain', 415],
  ['that is too large', 'application/json', 413],
])('the rest of one %s passes by slowly', async (_what, type, status) => {
  await begin(type, 1024 * mebibyte);
  const started = performance.now();
  connection.write('['.repeat(40_000));
  expect(await connection.until(/\r\n\r\n/)).toContain(` ${status} `);
  const piece = Buffer.alloc(mebibyte, 0x20);
  while (performance.now() - started < 500) {
    if (connection.unsentBytes === 0) connection.write(piece);
    await sleep(1);
  }
  const seconds = (performance.now() - started) / 1000;
  expect(connection.sentBytes).toBeLessThan(onTheWay + bytesPerSecond * seconds);
  await answersOthers();
  connection.destroy();
});
