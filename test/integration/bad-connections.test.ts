import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { codeTrace, expectGoodAnswer } from './good-review.ts';
import { RawConnection, wireRequest } from './raw-connection.ts';
import { parseReview, recordedRequest } from './recorded-requests.ts';
import { closeWebhook, openWebhook, type Webhook } from './start-webhook.ts';

let webhook: Webhook;

beforeAll(async () => {
  webhook = await openWebhook();
});

afterAll(() => closeWebhook(webhook));

const good = recordedRequest('009').body;
const goodRequest = wireRequest('/mutate', good);

function open(): Promise<RawConnection> {
  return RawConnection.overTls(webhook.securePort, { ca: webhook.workplace.certificate.authority.cert });
}

/** Runs a check, and then another client's request: whatever went wrong on a connection stays there. */
async function unharmed(check: () => Promise<void>): Promise<void> {
  await webhook.workplace.explain(async () => {
    await check();
    await expectGoodAnswer(webhook.client);
    expect(webhook.process.stderr).toBe('');
    expect(webhook.process.log.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  });
}

/** The uids that were answered, in their order. */
function uidsIn(received: string): readonly string[] {
  return [...received.matchAll(/"uid":"([^"]*)"/g)].map(([, uid = '']) => uid);
}

describe('what is no HTTP request is answered with a status, and the connection is closed', () => {
  const rows: readonly (readonly [string, string, number])[] = [
    ['no HTTP at all', 'runtimeClassName: gvisor\r\n\r\n', 400],
    ['a header without a colon', 'POST /mutate HTTP/1.1\r\nHost: localhost\r\nbroken\r\n\r\n', 400],
    ['no host', 'POST /mutate HTTP/1.1\r\nContent-Length: 0\r\n\r\n', 400],
    ['a negative length', 'POST /mutate HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n', 400],
    ['two lengths', goodRequest.replace('\r\n\r\n', '\r\nContent-Length: 5\r\n\r\n'), 400],
    ['a length and chunks', goodRequest.replace('\r\n\r\n', '\r\nTransfer-Encoding: chunked\r\n\r\n'), 400],
    ['headers of 64 KiB', `POST /mutate HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(65_536)}\r\n\r\n`, 431],
    ['HTTP/2 without asking', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ];

  test.each(rows)('%s', async (_what, text, status) => {
    await unharmed(async () => {
      const connection = await open();
      connection.write(text);
      const received = await connection.untilClosed();
      expect(received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(received).not.toMatch(codeTrace);
    });
  });
});

describe('a client that goes away in the middle leaves nothing behind', () => {
  const half = goodRequest.slice(0, goodRequest.length / 2);

  test('in the middle of a body, without a word', async () => {
    await unharmed(async () => {
      const connection = await open();
      connection.write(half);
      connection.destroy();
      await connection.untilClosed();
    });
  });

  test('in the middle of a body, by closing its side', async () => {
    await unharmed(async () => {
      const connection = await open();
      connection.write(half);
      connection.end();
      expect(uidsIn(await connection.untilClosed())).toEqual([]);
    });
  });

  test('before the answer', async () => {
    await unharmed(async () => {
      const connection = await open();
      connection.write(goodRequest);
      connection.destroy();
      await connection.untilClosed();
    });
  });

  test('in the middle of a chunked body that breaks off', async () => {
    await unharmed(async () => {
      const connection = await open();
      const head = 'POST /mutate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
      connection.write(`${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\nzz\r\n`);
      const received = await connection.untilClosed();
      expect(uidsIn(received)).toEqual([]);
      expect(received).not.toMatch(codeTrace);
    });
  });

  test('without TLS, on the secure port', async () => {
    await unharmed(async () => {
      const connection = await RawConnection.overTcp(webhook.securePort);
      connection.write(goodRequest);
      expect(await connection.untilClosed()).not.toContain('HTTP/1.1 200');
    });
  });
});

describe('HTTP/1.1 connections are kept for the API server', () => {
  const { uid } = parseReview(good).request;

  test('for longer than the 90 s after which it would close them itself', async () => {
    await unharmed(async () => {
      const { headers } = await webhook.client.review('/mutate', good);
      const [, seconds] = /^timeout=(\d+)$/.exec(String(headers['keep-alive'])) ?? [];
      expect(headers.connection).toBe('keep-alive');
      expect(Number(seconds)).toBeGreaterThanOrEqual(120);
    });
  });

  test('requests that are sent without waiting are answered in their order', async () => {
    await unharmed(async () => {
      const connection = await open();
      const others = ['first', 'second', 'third'];
      connection.write(others.map((other) => wireRequest('/mutate', good.replaceAll(uid, other))).join(''));
      expect(uidsIn(await connection.until(/"uid":"third"[^]*\}\}$/))).toEqual(others);
      expect(connection.isOpen).toBe(true);
      connection.destroy();
    });
  });

  test('a good request after a refused one is answered on the same connection', async () => {
    await unharmed(async () => {
      const connection = await open();
      connection.write(wireRequest('/mutate', '[]') + wireRequest('/nowhere', good) + goodRequest);
      const received = await connection.until(new RegExp(`"uid":"${uid}"`));
      expect([...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['400', '404', '200']);
      connection.destroy();
    });
  });

  test('a client that wants to be told to go on is told', async () => {
    await unharmed(async () => {
      const connection = await open();
      connection.write(wireRequest('/mutate', good, ['Expect: 100-continue']).slice(0, -good.length));
      await connection.until(/^HTTP\/1\.1 100 Continue\r\n/);
      connection.write(good);
      expect(uidsIn(await connection.until(/"uid":/))).toEqual([uid]);
      connection.destroy();
    });
  });

  test('a client of HTTP/1.0 gets its answer, and the connection is closed', async () => {
    await unharmed(async () => {
      const connection = await open();
      connection.write(wireRequest('/mutate', good, [], '1.0'));
      const received = await connection.untilClosed();
      expect(received).toMatch(/^HTTP\/1\.1 200 /);
      expect(uidsIn(received)).toEqual([uid]);
      expect(received).not.toMatch(/^transfer-encoding:/im);
    });
  });

  test('a client that offers HTTP/2 as well is spoken to in HTTP/1.1', async () => {
    await unharmed(async () => {
      const { cert: ca } = webhook.workplace.certificate.authority;
      const connection = await RawConnection.overTls(webhook.securePort, { ca, ALPNProtocols: ['h2', 'http/1.1'] });
      expect(connection.protocol).toBe('http/1.1');
      connection.write(goodRequest);
      expect(await connection.until(/"uid":/)).toMatch(/^HTTP\/1\.1 200 /);
      connection.destroy();
    });
  });
});
