import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  CertificateError,
  openCertificateFiles,
  type ServingCertificate,
} from '../../../src/certificates/certificate-files.ts';
import { makeAuthority, makeServingCertificate, type KeyPair } from '../../../src/certificates/make-certificate.ts';
import type { FollowedFiles } from '../../../src/follow/followed-files.ts';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { makeTemporaryDirectory, mountDirectory, type MountedDirectory } from '../../support/mounted-directory.ts';
import { stopPolling } from '../config/stop-polling.ts';

const notBefore = new Date('2026-01-01T00:00:00Z');
const notAfter = new Date('2126-01-01T00:00:00Z');

const authority = await makeAuthority('shimgate test', { notBefore, notAfter });
const make = (until = notAfter) => makeServingCertificate(authority, ['localhost'], { notBefore, notAfter: until });
const first = await make();
const second = await make(new Date('2126-06-01T00:00:00Z'));
const expired = await makeServingCertificate(authority, ['localhost'], {
  notBefore: new Date('2020-01-01T00:00:00Z'),
  notAfter: new Date('2021-01-01T00:00:00Z'),
});

/** A private key in PEM. */
function pem(key: KeyObject, encryption: { readonly cipher?: string; readonly passphrase?: string } = {}): string {
  return key.export({ type: 'pkcs8', format: 'pem', ...encryption });
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicKey = rsa.publicKey.export({ type: 'spki', format: 'pem' });
const encrypted = pem(rsa.privateKey, { cipher: 'aes-256-cbc', passphrase: 'secret' });

const early = await makeServingCertificate(authority, ['localhost'], {
  notBefore: new Date('2101-01-01T00:00:00Z'),
  notAfter,
});

describe('opening a certificate and its key', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  async function open({ cert, key }: Partial<KeyPair>): Promise<ServingCertificate> {
    const [certFile, keyFile] = [join(directory, 'tls.crt'), join(directory, 'tls.key')];
    if (cert !== undefined) await writeFile(certFile, cert);
    if (key !== undefined) await writeFile(keyFile, key);
    return (await openCertificateFiles(certFile, keyFile)).current;
  }

  test('gives both, and until when they are good', async () => {
    expect(await open(first)).toEqual({ ...first, notBefore, notAfter });
  });

  test('gives the whole chain where there is one', async () => {
    const cert = `${first.cert}\n${authority.cert}`;
    expect(await open({ cert, key: first.key })).toEqual({ cert, key: first.key, notBefore, notAfter });
  });

  test.each<readonly [string, Partial<KeyPair>, RegExp]>([
    ['there is no certificate', { key: first.key }, /^cannot read .*tls\.crt: .*ENOENT/],
    ['there is no key', { cert: first.cert }, /^cannot read .*tls\.key: .*ENOENT/],
    ['the certificate is empty', { cert: '', key: first.key }, /tls\.crt holds no certificate in PEM form$/],
    ['the certificate is something else', { cert: 'hello', key: first.key }, /tls\.crt holds no certificate/],
    ['the certificate is a key', { cert: first.key, key: first.key }, /tls\.crt holds no certificate/],
    ['the certificate is cut', { cert: first.cert.slice(0, 200), key: first.key }, /tls\.crt holds no certificate/],
    [
      'the second certificate of the chain is cut',
      { cert: first.cert + authority.cert.slice(0, 200), key: first.key },
      /tls\.crt holds no certificate chain in PEM form$/,
    ],
    ['the key is empty', { cert: first.cert, key: '' }, /tls\.key holds no private key in PEM form$/],
    ['the key is something else', { cert: first.cert, key: 'hello' }, /tls\.key holds no private key/],
    ['the key is a certificate', { cert: first.cert, key: first.cert }, /tls\.key holds no private key/],
    ['the key is a public one', { cert: first.cert, key: publicKey }, /tls\.key holds no private key/],
    ['the key is encrypted', { cert: first.cert, key: encrypted }, /tls\.key holds no private key/],
    [
      "the key is another certificate's",
      { cert: first.cert, key: second.key },
      /^the key in .*tls\.key does not belong to the certificate in .*tls\.crt$/,
    ],
    ['the key is of another kind', { cert: first.cert, key: pem(rsa.privateKey) }, /does not belong to/],
    [
      'the chain is in the wrong order',
      { cert: `${authority.cert}\n${first.cert}`, key: first.key },
      /does not belong to the certificate/,
    ],
    [
      'the certificate is not valid yet',
      early,
      /^the certificate in .*tls\.crt is not valid before 2101-01-01T00:00:00\.000Z$/,
    ],
    ['the certificate expired', expired, /^the certificate in .*tls\.crt expired at 2021-01-01T00:00:00\.000Z$/],
  ])('fails where %s', async (_, pair, message) => {
    const failure = open(pair);
    await expect(failure).rejects.toThrow(CertificateError);
    await expect(failure).rejects.toThrow(message);
  });
});

describe('a certificate follows its files', () => {
  const directory = directoryForTests();
  let mounted: MountedDirectory;
  let files: FollowedFiles<ServingCertificate>;

  beforeEach(async () => {
    stopPolling();
    mounted = await mountDirectory(directory, { 'tls.crt': first.cert, 'tls.key': first.key });
    files = await openCertificateFiles(join(mounted.path, 'tls.crt'), join(mounted.path, 'tls.key'));
  });

  afterEach(() => {
    files.close();
    jest.useRealTimers();
  });

  /** What happens next: a new certificate, or the reason why one was refused. */
  function follow() {
    const arrived: (ServingCertificate | string)[] = [];
    const waiting: ((event: ServingCertificate | string) => void)[] = [];
    const receive = (event: ServingCertificate | string) => {
      const next = waiting.shift();
      if (next === undefined) arrived.push(event);
      else next(event);
    };
    files.watch(receive, receive);
    return async () => arrived.shift() ?? new Promise<ServingCertificate | string>((resolve) => waiting.push(resolve));
  }

  const swap = ({ cert, key }: KeyPair) => mounted.swap({ 'tls.crt': cert, 'tls.key': key });

  test('when the kubelet swaps the Secret that it is mounted from, again and again', async () => {
    const next = follow();
    for (const pair of [second, first, second]) {
      await swap(pair);
      expect(await next()).toMatchObject(pair);
      expect(files.current).toMatchObject(pair);
    }
    expect(files.current.notAfter).toEqual(new Date('2126-06-01T00:00:00Z'));
  });

  test('when files are renamed over them', async () => {
    const next = follow();
    await writeFile(join(mounted.path, 'new.key'), second.key);
    await rename(join(mounted.path, 'new.key'), join(mounted.path, 'tls.key'));
    // Until the other file is there too, the pair does not fit, and may be seen so.
    await writeFile(join(mounted.path, 'new.crt'), second.cert);
    await rename(join(mounted.path, 'new.crt'), join(mounted.path, 'tls.crt'));
    let event = await next();
    while (typeof event === 'string') event = await next();
    expect(event).toMatchObject(second);
  });

  test.each<readonly [string, KeyPair, RegExp]>([
    ['does not fit', { cert: first.cert, key: second.key }, /does not belong to/],
    ['is garbage', { cert: 'hello', key: first.key }, /holds no certificate/],
    ['expired', expired, /expired/],
  ])('but stays what it is where the new pair %s', async (_, pair, reason) => {
    const next = follow();
    await swap(pair);
    expect(await next()).toMatch(reason);
    expect(files.current).toMatchObject(first);

    await swap(second);
    expect(await next()).toMatchObject(second);
    expect(files.current).toMatchObject(second);
  });

  test('but stays what it is where they vanish', async () => {
    const next = follow();
    await rm(join(mounted.path, 'tls.key'));
    expect(await next()).toMatch(/^cannot read .*tls\.key/);
    expect(files.current).toMatchObject(first);
  });

  test('and is told once of what is refused again and again', async () => {
    const next = follow();
    await swap({ cert: 'hello', key: first.key });
    expect(await next()).toMatch(/holds no certificate/);
    await swap({ cert: 'hello again', key: first.key });
    await swap(second);
    expect(await next()).toMatchObject(second);
  });
});
