import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SecureVersion } from 'node:tls';
import { describe, expect, test } from '@jest/globals';
import { makeAuthority, type KeyPair } from '../../src/certificates/make-certificate.ts';
import { makeClientCertificate } from '../support/certificates/client-certificate.ts';
import { expectGoodAnswer } from './good-review.ts';
import { HttpsClient } from './https-client.ts';
import { RawConnection } from './raw-connection.ts';
import { recordedRequest } from './recorded-requests.ts';
import { renewCertificate, validFor } from '../support/certificates/serving-certificate.ts';
import { startWebhook, withWebhook } from './start-webhook.ts';
import { withWorkplace } from './workplace.ts';

describe('TLS', () => {
  const versions: readonly (readonly [SecureVersion, boolean])[] = [
    ['TLSv1', false],
    ['TLSv1.1', false],
    ['TLSv1.2', true],
    ['TLSv1.3', true],
  ];

  test.each(versions)('speaks %s: %s', async (version, isSpoken) => {
    await withWebhook({}, async ({ securePort, workplace, client }) => {
      const { cert: ca } = workplace.certificate.authority;
      // This client would speak any version; security level 0 is what allows it the old ones.
      const options = { ca, minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };
      const handshake = RawConnection.overTls(securePort, options);
      if (isSpoken) (await handshake).destroy();
      else await expect(handshake).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
      await expectGoodAnswer(client);
    });
  });

  test('a client that trusts another CA does not trust the webhook', async () => {
    await withWebhook({}, async ({ securePort }) => {
      const other = await makeAuthority('somebody else', validFor(1));
      const stranger = new HttpsClient(securePort, other.cert);
      await expect(expectGoodAnswer(stranger)).rejects.toThrow(/unable to (get|verify)|certificate/);
      stranger.close();
    });
  });
});

describe('with --client-ca-file, only clients with a certificate of that CA are answered', () => {
  test('before and after the serving certificate changes', async () => {
    await withWorkplace(async (workplace) => {
      const { certificate, directory } = workplace;
      const clientCa = await makeAuthority('clients', validFor(24));
      const file = join(directory, 'client-ca.crt');
      await writeFile(file, clientCa.cert);
      const other = await makeAuthority('clients', validFor(24));
      const clients: readonly (readonly [string, KeyPair | undefined, boolean])[] = [
        ['one of that CA', await makeClientCertificate(clientCa, validFor(1)), true],
        ['none', undefined, false],
        ['one of another CA of that name', await makeClientCertificate(other, validFor(1)), false],
        ['an expired one', await makeClientCertificate(clientCa, validFor(-1)), false],
      ];
      const webhook = await startWebhook(workplace, { flags: { '--client-ca-file': file } });
      webhook.client.close();

      const answered = async () => {
        const results: (readonly [string, boolean])[] = [];
        for (const [what, identity] of clients) {
          const client = new HttpsClient(webhook.securePort, certificate.authority.cert, identity);
          results.push([what, await expectGoodAnswer(client).then(() => true, isRefusal)]);
          client.close();
        }
        return results;
      };
      const expected = clients.map(([what, , isAnswered]) => [what, isAnswered]);
      expect(await answered()).toEqual(expected);
      await renewCertificate(certificate, validFor(2));
      await webhook.process.logged('serving certificate changed');
      expect(await answered()).toEqual(expected);
      // Kubelet and Prometheus have no certificate.
      expect(await webhook.get('/livez')).toMatchObject({ status: 200 });
    });
  });
});

describe('with --client-allowed-name, only clients whose certificate has that name are answered', () => {
  test('whatever the others ask for, and over every connection', async () => {
    await withWorkplace(async (workplace) => {
      const { certificate, directory } = workplace;
      const clientCa = await makeAuthority('clients', validFor(24));
      const file = join(directory, 'client-ca.crt');
      await writeFile(file, clientCa.cert);
      const flags = { '--client-ca-file': file, '--client-allowed-name': 'kube-apiserver' };
      const webhook = await startWebhook(workplace, { flags });
      webhook.client.close();
      const statuses = async (subject: string) => {
        const identity = await makeClientCertificate(clientCa, validFor(1), subject);
        const client = new HttpsClient(webhook.securePort, certificate.authority.cert, identity);
        const { body } = recordedRequest('009');
        const answers = [await client.review('/mutate', body), await client.review('/validate', body)];
        answers.push(await client.send({ path: '/' }));
        client.close();
        return answers.map(({ status }) => status);
      };
      expect(await statuses('CN=kube-apiserver')).toEqual([200, 200, 404]);
      expect(await statuses('CN=kube-apiserver,O=people')).toEqual([200, 200, 404]);
      expect(await statuses('CN=system:node:worker')).toEqual([403, 403, 403]);
      expect(await statuses('CN=KUBE-APISERVER')).toEqual([403, 403, 403]);
      expect(await statuses('CN=other,CN=kube-apiserver')).toEqual([403, 403, 403]);
      expect(await statuses('O=kube-apiserver')).toEqual([403, 403, 403]);
      expect(await webhook.process.logged('client certificate common name is not allowed')).toMatchObject({
        level: 'warn',
        commonName: '"system:node:worker"',
      });
    });
  });
});

test('a CA of clients that changes on disk is the one that counts, and one that is none is refused', async () => {
  await withWorkplace(async (workplace) => {
    const { certificate, directory } = workplace;
    const file = join(directory, 'client-ca.crt');
    const [first, second] = [
      await makeAuthority('clients', validFor(24)),
      await makeAuthority('clients', validFor(24)),
    ];
    await writeFile(file, first.cert);
    const webhook = await startWebhook(workplace, { flags: { '--client-ca-file': file } });
    webhook.client.close();
    const isAnswered = async (authority: KeyPair) => {
      const identity = await makeClientCertificate(authority, validFor(1));
      const client = new HttpsClient(webhook.securePort, certificate.authority.cert, identity);
      const answered = await expectGoodAnswer(client).then(() => true, isRefusal);
      client.close();
      return answered;
    };
    expect([await isAnswered(first), await isAnswered(second)]).toEqual([true, false]);
    await writeFile(file, 'none');
    await webhook.process.logged('client CAs refused, the ones before stay in use');
    expect([await isAnswered(first), await isAnswered(second)]).toEqual([true, false]);
    await writeFile(file, second.cert);
    await webhook.process.logged('client CAs changed');
    expect([await isAnswered(first), await isAnswered(second)]).toEqual([false, true]);
    // And the serving certificate's own change leaves it so.
    await renewCertificate(certificate, validFor(2));
    await webhook.process.logged('serving certificate changed');
    expect([await isAnswered(first), await isAnswered(second)]).toEqual([false, true]);
  });
});

/** Of a client that the server turned away, by an alert or by closing; any other error is no refusal. */
function isRefusal(error: unknown): false {
  const { code = '' } = error as { readonly code?: string };
  if (/^ERR_SSL_.*_ALERT_|^ECONNRESET$|^EPIPE$/.test(code)) return false;
  throw error;
}
