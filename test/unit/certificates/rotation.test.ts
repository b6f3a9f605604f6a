import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { readIssued, trustedAuthorities, withIssued, type Issued } from '../../../src/certificates/issued.ts';
import { nextDue, nextStep, serviceNames, type Circumstances } from '../../../src/certificates/rotation.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const start = new Date('2026-01-01T00:00:00Z');
const names = serviceNames({ namespace: 'shimgate', name: 'gate' });
const lifetimes = { authorityMs: 900 * dayMs, servingMs: 90 * dayMs };

function at(days: number, changed: Partial<Circumstances> = {}): Circumstances {
  const now = new Date(start.getTime() + days * dayMs);
  return { now, names, lifetimes, asked: undefined, isTrusted: () => false, ...changed };
}

async function take(issued: Issued | undefined, circumstances: Circumstances): Promise<Issued> {
  const step = await nextStep(issued, circumstances);
  if (step === undefined) throw new Error('there is nothing to do');
  return step.issued;
}

const first = await take(undefined, at(0));
const announced = await take(first, at(1, { asked: 'authority' }));
const promoted = await take(announced, at(2, { isTrusted: () => true }));

function expiryOf(cert: string): number {
  return Math.round((new X509Certificate(cert).validToDate.getTime() - start.getTime()) / dayMs);
}

describe('the first certificate', () => {
  const serving = new X509Certificate(first.serving.cert);

  test('is for every name that a Service is called by, of elliptic curve P-256, and signed by its CA', () => {
    expect(serving.subjectAltName).toBe(
      'DNS:gate.shimgate.svc, DNS:gate.shimgate.svc.cluster.local, DNS:gate.shimgate',
    );
    expect(serving.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(serving.checkIssued(new X509Certificate(first.authority.cert))).toBe(true);
    expect([expiryOf(first.serving.cert), expiryOf(first.authority.cert)]).toEqual([90, 900]);
  });

  test.each([
    ['five minutes behind', -5],
    ['five minutes ahead', 5],
  ])('is valid for a clock that is %s', (_, minutes) => {
    const now = start.getTime() + minutes * minuteMs;
    for (const { cert } of [first.serving, first.authority]) {
      const { validFromDate, validToDate } = new X509Certificate(cert);
      expect(validFromDate.getTime()).toBeLessThan(now);
      expect(validToDate.getTime()).toBeGreaterThan(now);
    }
  });
});

describe('a serving certificate is renewed', () => {
  test.each<[string, Circumstances, boolean]>([
    ['not before two thirds of its life', at(59.9), false],
    ['at two thirds of its life', at(60), true],
    ['when it has expired', at(91), true],
    ['when somebody asks for it', at(1, { asked: 'certificate' }), true],
    ['when the Service has another name', at(1, { names: ['other.shimgate.svc'] }), true],
  ])('%s', async (_, circumstances, isRenewed) => {
    const step = await nextStep(first, circumstances);
    expect(step?.what).toBe(isRenewed ? 'certificate issued' : undefined);
    if (step !== undefined) expect({ ...step.issued, serving: first.serving }).toEqual(first);
    expect(step?.issued.serving.cert).not.toBe(first.serving.cert);
  });

  test('never beyond the life of its CA, and then not again and again', async () => {
    const last = await take(first, at(880));
    expect(expiryOf(last.serving.cert)).toBe(900);
    const announcing = await nextStep(last, at(899));
    expect(announcing?.what).toBe('new authority announced');
  });

  test('is due at the moment that is announced', () => {
    expect(nextDue(first).getTime() - start.getTime()).toBe(60 * dayMs);
  });
});

describe('a CA is changed', () => {
  test.each<[string, Circumstances, boolean]>([
    ['not before two thirds of its life', at(599), false],
    ['at two thirds of its life', at(600), true],
    ['when somebody asks for it', at(1, { asked: 'authority' }), true],
  ])('%s', async (_, circumstances, isAnnounced) => {
    const renewed = { ...first, serving: (await take(first, at(599.5))).serving };
    const step = await nextStep(renewed, circumstances);
    expect(step?.what).toBe(isAnnounced ? 'new authority announced' : undefined);
  });

  test('by announcing the new one, while the old one goes on to sign', async () => {
    expect({ ...announced, next: undefined }).toEqual({ ...first, next: undefined });
    expect(trustedAuthorities(announced)).toEqual([first.authority.cert, announced.next?.cert]);
    const renewed = await take(announced, at(60));
    expect(renewed.authority).toEqual(first.authority);
    expect(renewed.next).toEqual(announced.next);
  });

  test('not until everybody trusts the new one, whoever asks for it again', async () => {
    const untrusted = { isTrusted: (cert: string) => cert === first.authority.cert };
    expect(await nextStep(announced, at(3, untrusted))).toBeUndefined();
    expect(await nextStep(announced, at(3, { ...untrusted, asked: 'authority' }))).toBeUndefined();
  });

  test('then it signs, and the old one is trusted until the last certificate that it signed has expired', async () => {
    expect(promoted.authority).toEqual(announced.next);
    expect(promoted.next).toBeUndefined();
    const serving = new X509Certificate(promoted.serving.cert);
    expect(serving.verify(new X509Certificate(promoted.authority.cert).publicKey)).toBe(true);
    expect(trustedAuthorities(promoted)).toEqual([promoted.authority.cert, first.authority.cert]);
    expect(promoted.retired[0]?.until).toEqual(new X509Certificate(first.serving.cert).validToDate);
    const renewed = { ...promoted, serving: (await take(promoted, at(62))).serving };
    expect(await nextStep(renewed, at(89.9))).toBeUndefined();
    const dropped = await nextStep(renewed, at(90.1));
    expect(dropped).toEqual({ issued: { ...renewed, retired: [] }, what: 'old authority dropped' });
  });

  test('again before the last one is gone: then both are trusted', async () => {
    const again = await take(await take(promoted, at(3, { asked: 'authority' })), at(4, { isTrusted: () => true }));
    expect(trustedAuthorities(again)).toEqual([again.authority.cert, promoted.authority.cert, first.authority.cert]);
  });

  test('at once when it has expired, since nothing trusts it any more', async () => {
    const step = await nextStep(first, at(901));
    expect(step?.what).toBe('certificate issued');
    expect(step?.issued.authority).not.toEqual(first.authority);
    expect(step?.issued.retired).toEqual([]);
  });
});

describe('the Secret', () => {
  const stored = (issued: Issued) => withIssued({ metadata: { resourceVersion: '7' } }, issued);

  test.each([
    ['the first certificate', first],
    ['an announced CA', announced],
    ['a retired CA', promoted],
  ])('gives back %s', (_, issued) => {
    expect(readIssued(stored(issued))).toEqual(issued);
  });

  test('keeps what is not ours, and forgets what is over and what was asked for', () => {
    const annotations = { 'example.com/note': 'kept', 'shimgate.dev/renew': 'authority' };
    const before = withIssued({ metadata: { annotations }, data: { other: 'eA==' } }, announced);
    const after = withIssued({ ...before, metadata: { annotations } }, promoted);
    expect(after.metadata.annotations).toEqual({ 'example.com/note': 'kept' });
    expect(Object.keys(after.data ?? {}).sort()).toEqual([
      'ca.crt',
      'ca.key',
      'other',
      'retired-cas.json',
      'tls.crt',
      'tls.key',
    ]);
  });

  const encode = (text: string) => Buffer.from(text).toString('base64');

  test.each<[string, Issued, Readonly<Record<string, string>>]>([
    ['a key of another certificate', first, { 'tls.key': encode(announced.authority.key) }],
    ['the key of another CA', first, { 'ca.key': encode(first.serving.key) }],
    ['another CA', first, { 'ca.crt': encode(promoted.authority.cert), 'ca.key': encode(promoted.authority.key) }],
    ['no certificate', first, { 'tls.crt': encode('none') }],
    ['half of an announced CA', announced, { 'next-ca.key': '' }],
    ['a list of retired CAs that is none', promoted, { 'retired-cas.json': encode('{') }],
    ['a retired CA that is none', promoted, { 'retired-cas.json': encode('[{"cert":"x","until":"2030-01-01"}]') }],
    [
      'a retired CA without an end',
      promoted,
      { 'retired-cas.json': encode(JSON.stringify([{ cert: first.authority.cert }])) },
    ],
  ])('with %s is broken', (_, issued, spoilt) => {
    const { metadata, data } = stored(issued);
    expect(readIssued({ metadata, data: { ...data, ...spoilt } })).toBeUndefined();
  });
});
