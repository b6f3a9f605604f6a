import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { makeServingCertificate, type KeyPair } from '../../src/certificates/make-certificate.ts';
import { MountedVolume } from './mounted-volume.ts';
import { RawConnection, wireRequest } from './raw-connection.ts';
import { readExposition, valueOf } from './read-exposition.ts';
import { recordedRequest } from './recorded-requests.ts';
import { renewCertificate, validFor } from '../support/certificates/serving-certificate.ts';
import { startWebhook, withWebhook, type Webhook } from './start-webhook.ts';
import { SteadyLoad } from './steady-load.ts';
import { withWorkplace } from './workplace.ts';

/** Longer than it takes until a certificate of these tests expires, or another is read. */
const waitMs = 10_000;

const goodRequest = wireRequest('/mutate', recordedRequest('009').body);

function open({ securePort, workplace }: Webhook): Promise<RawConnection> {
  return RawConnection.overTls(securePort, { ca: workplace.certificate.authority.cert });
}

/** Of the certificate that a new connection is shown. */
async function shownTo(webhook: Webhook): Promise<string> {
  const connection = await open(webhook);
  const { fingerprint } = connection;
  connection.destroy();
  return fingerprint;
}

async function fingerprintOn(file: string): Promise<string> {
  return new X509Certificate(await readFile(file)).fingerprint256;
}

async function untilReadiness({ get }: Webhook, status: number): Promise<string> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const answer = await get('/readyz');
    if (answer.status === status) return answer.body;
    if (Date.now() > deadline) throw new Error(`/readyz still answers ${answer.status}: ${answer.body}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function secretOf({ cert, key }: KeyPair): Readonly<Record<string, string>> {
  return { 'tls.crt': cert, 'tls.key': key };
}

describe('a certificate that is renewed on disk', () => {
  test('is shown to new connections, while the open ones go on and no pod is harmed', async () => {
    await withWebhook({}, async (webhook) => {
      const { process, workplace, client, get } = webhook;
      const { certFile } = workplace.certificate;
      const load = new SteadyLoad(client, '009');
      const kept = await open(webhook);
      const before = await fingerprintOn(certFile);
      expect(kept.fingerprint).toBe(before);
      kept.write(goodRequest);
      await kept.until(/"allowed":true/);

      await renewCertificate(workplace.certificate, validFor(2));
      await process.logged('serving certificate changed');
      const after = await fingerprintOn(certFile);
      expect(after).not.toBe(before);
      expect(await shownTo(webhook)).toBe(after);

      kept.write(goodRequest);
      await kept.until(/"allowed":true[^]*"allowed":true/);
      expect(kept.fingerprint).toBe(before);
      kept.destroy();
      await load.continue(20);
      const admitted = await load.end();
      expect(admitted.filter(({ validated }) => !validated.allowed)).toEqual([]);
      const { validToDate } = new X509Certificate(await readFile(certFile));
      const families = readExposition((await get('/metrics')).body);
      expect(valueOf(families, 'shimgate_certificate_not_after_seconds')).toBe(validToDate.getTime() / 1000);
    });
  });

  test('is taken from a Secret that the kubelet swaps', async () => {
    await withWorkplace(async (workplace) => {
      const make = () => makeServingCertificate(workplace.certificate.authority, ['127.0.0.1'], validFor(1));
      const volume = await MountedVolume.mount(join(workplace.directory, 'volume'), secretOf(await make()));
      const [certFile, keyFile] = [volume.file('tls.crt'), volume.file('tls.key')];
      const flags = { '--tls-cert-file': certFile, '--tls-private-key-file': keyFile };
      const webhook = await startWebhook(workplace, { flags });
      const before = await shownTo(webhook);
      expect(before).toBe(await fingerprintOn(certFile));

      await volume.swap(secretOf(await make()));
      await webhook.process.logged('serving certificate changed');
      expect(await shownTo(webhook)).toBe(await fingerprintOn(certFile));
      expect(await shownTo(webhook)).not.toBe(before);
      webhook.client.close();
    });
  });
});

describe('a certificate that cannot be served is refused loudly, and the one before goes on', () => {
  const rows: readonly (readonly [string, (webhook: Webhook) => Promise<void>, string])[] = [
    [
      'the key of another certificate',
      async ({ workplace: { certificate } }) => {
        const { key } = await makeServingCertificate(certificate.authority, ['127.0.0.1'], validFor(1));
        await writeFile(certificate.keyFile, key);
      },
      'does not belong to the certificate',
    ],
    [
      'an expired one',
      async ({ workplace: { certificate } }) => {
        const { cert, key } = await makeServingCertificate(certificate.authority, ['127.0.0.1'], validFor(-1));
        await writeFile(certificate.certFile, cert);
        await writeFile(certificate.keyFile, key);
      },
      'expired at',
    ],
    ['no certificate', ({ workplace }) => writeFile(workplace.certificate.certFile, 'PEM'), 'holds no certificate'],
  ];

  test.each(rows)('%s', async (_what, spoil, says) => {
    await withWebhook({}, async (webhook) => {
      const before = await shownTo(webhook);
      await spoil(webhook);
      const message = 'serving certificate refused, the one before stays in use';
      // Of two files that are written one after the other, only the first may have been there at first.
      const refusal = await webhook.process.logged(message, ({ reason }) => String(reason).includes(says));
      expect(refusal.level).toBe('error');
      expect(await shownTo(webhook)).toBe(before);
      expect(await webhook.get('/readyz')).toMatchObject({ status: 200 });

      await renewCertificate(webhook.workplace.certificate, validFor(2));
      await webhook.process.logged('serving certificate changed');
      expect(await shownTo(webhook)).not.toBe(before);
    });
  });
});

test('a webhook whose certificate has run out says that it is not ready, until it has another', async () => {
  await withWorkplace(async (workplace) => {
    const seconds = 3;
    await renewCertificate(workplace.certificate, validFor(seconds / 3600));
    const webhook = await startWebhook(workplace);
    expect(await webhook.process.logged('the serving certificate expires soon')).toMatchObject({ level: 'warn' });
    const reason = await untilReadiness(webhook, 503);
    expect(reason).toMatch(/^\[-\]certificate failed: the serving certificate expired at \d{4}-/m);
    expect(reason).toMatch(/^readyz check failed$/m);
    expect(await webhook.get('/livez')).toMatchObject({ status: 200 });

    await renewCertificate(workplace.certificate, validFor(1));
    await untilReadiness(webhook, 200);
    webhook.client.close();
  });
});
