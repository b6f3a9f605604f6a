import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { describe, expect, test } from '@jest/globals';
import { makeAuthority, makeServingCertificate, type KeyPair } from '../../../src/certificates/make-certificate.ts';

const validity = { notBefore: new Date('2026-01-02T03:04:05Z'), notAfter: new Date('2126-01-02T03:04:05Z') };

const authority = await makeAuthority('shimgate test', validity);
const names = ['shimgate.shimgate.svc', 'localhost', '127.0.0.1', '::1'];
const serving = await makeServingCertificate(authority, names, validity);

function parse({ cert }: KeyPair): X509Certificate {
  return new X509Certificate(cert);
}

describe('a certificate authority', () => {
  test('is one, signed by itself', () => {
    const certificate = parse(authority);
    expect(certificate.ca).toBe(true);
    expect(certificate.subject).toBe('CN=shimgate test');
    expect(certificate.checkIssued(certificate)).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  });

  test('is valid for as long as it was asked to be', () => {
    expect(parse(authority).validFromDate).toEqual(validity.notBefore);
    expect(parse(authority).validToDate).toEqual(validity.notAfter);
  });

  test('has the key that belongs to it', () => {
    expect(parse(authority).checkPrivateKey(createPrivateKey(authority.key))).toBe(true);
  });
});

describe('a serving certificate', () => {
  test('is signed by its authority, and is none itself', () => {
    expect(parse(serving).ca).toBe(false);
    expect(parse(serving).checkIssued(parse(authority))).toBe(true);
    expect(parse(serving).verify(parse(authority).publicKey)).toBe(true);
  });

  test('is not signed by another authority of the same name', async () => {
    const other = await makeAuthority('shimgate test', validity);
    expect(parse(serving).verify(parse(other).publicKey)).toBe(false);
  });

  test('is valid for as long as it was asked to be', () => {
    expect(parse(serving).validFromDate).toEqual(validity.notBefore);
    expect(parse(serving).validToDate).toEqual(validity.notAfter);
  });

  test('has the key that belongs to it, and not its authority’s', () => {
    expect(parse(serving).checkPrivateKey(createPrivateKey(serving.key))).toBe(true);
    expect(parse(serving).checkPrivateKey(createPrivateKey(authority.key))).toBe(false);
  });

  test('is good for each of its names and addresses, and for no others', () => {
    const certificate = parse(serving);
    expect(certificate.checkHost('shimgate.shimgate.svc')).toBe('shimgate.shimgate.svc');
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkIP('::1')).toBe('::1');
    expect(certificate.checkHost('shimgate.default.svc')).toBeUndefined();
    expect(certificate.checkIP('127.0.0.2')).toBeUndefined();
  });

  test('is for servers only', () => {
    expect(parse(serving).keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  });

  test('may have a name that is longer than a common name', async () => {
    const name = `${'long.'.repeat(30)}svc`;
    const certificate = parse(await makeServingCertificate(authority, [name], validity));
    expect(certificate.checkHost(name, { subject: 'never' })).toBe(name);
    expect(certificate.subject).toBe(`CN=${name.slice(0, 64)}`);
  });

  test('never shares its number with another', async () => {
    const made = await Promise.all(
      Array.from({ length: 20 }, () => makeServingCertificate(authority, ['a'], validity)),
    );
    const numbers = [authority, ...made].map((pair) => parse(pair).serialNumber);
    expect(new Set(numbers).size).toBe(21);
    // Twenty octets at most, and positive: RFC 5280, section 4.1.2.2.
    for (const number of numbers) expect(number).toMatch(/^[0-7][0-9A-F]{0,39}$/);
  });

  test('is taken by a client that trusts the authority, under its names only', async () => {
    const server = createServer({ cert: serving.cert, key: serving.key });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const handshake = async (servername: string) => {
      const socket = connect({ host: '127.0.0.1', port, servername, ca: authority.cert, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const outcome = socket.authorized ? 'trusted' : (socket.authorizationError as Error | string);
      socket.destroy();
      return String(outcome);
    };
    try {
      expect(await handshake('shimgate.shimgate.svc')).toBe('trusted');
      expect(await handshake('shimgate.other.svc')).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
    } finally {
      server.close();
    }
  });
});

describe('the key of an authority', () => {
  test('must be in PEM form', async () => {
    await expect(makeServingCertificate({ ...authority, key: 'nothing' }, ['a'], validity)).rejects.toThrow('PEM');
  });
});
