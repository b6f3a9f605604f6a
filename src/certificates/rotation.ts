import { X509Certificate } from 'node:crypto';
import type { NamespacedName } from '../cluster/object-name.ts';
import type { Issued } from './issued.ts';
import { makeAuthority, makeServingCertificate, type KeyPair, type Validity } from './make-certificate.ts';

/** How long certificates are valid, in milliseconds. */
export type Lifetimes = { readonly authorityMs: number; readonly servingMs: number };

export type Circumstances = {
  readonly now: Date;
  /** Names that the serving certificate has to be for. */
  readonly names: readonly string[];
  readonly lifetimes: Lifetimes;
  /** What somebody asked to have renewed now. */
  readonly asked: 'certificate' | 'authority' | undefined;
  /** Whether a CA is known, by now, to everybody who verifies. */
  readonly isTrusted: (authority: string) => boolean;
};

/** What is to be stored, and what was done. */
export type Step = { readonly issued: Issued; readonly what: string };

const minuteMs = 60_000;

/**
 * Clocks of API servers and nodes may differ by five minutes. Certificates are valid from twice that ago, and what is due is
 * due long before anything expires, so that no such difference is ever noticed.
 */
const backdatedMs = 2 * 5 * minuteMs;

/** The names by which the API server calls a webhook's Service. */
export function serviceNames({ namespace, name }: NamespacedName): readonly string[] {
  return [`${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`, `${name}.${namespace}`];
}

/**
 * The next step of a rotation with overlap; undefined where there is nothing to do at the moment. Steps are small, since each
 * is one write of the Secret, and any replica may do the next: a new CA is announced before it signs, signs once everybody
 * trusts it, and the one before goes when the last certificate that it signed has expired.
 */
export async function nextStep(issued: Issued | undefined, circumstances: Circumstances): Promise<Step | undefined> {
  const { now, asked, isTrusted, names } = circumstances;
  if (issued === undefined || expiry(issued.authority) <= now) {
    const authority = await newAuthority(circumstances);
    return { issued: { ...(await sign(authority, circumstances)), retired: [] }, what: 'certificate issued' };
  }
  const { authority, serving, next, retired } = issued;
  const kept = retired.filter(({ until }) => until > now);
  if (kept.length < retired.length) return { issued: { ...issued, retired: kept }, what: 'old authority dropped' };
  if (asked === 'certificate' || !isFor(serving, names) || (isDue(serving, now) && canOutlive(issued))) {
    return { issued: { ...issued, ...(await sign(authority, circumstances)) }, what: 'certificate issued' };
  }
  if (next === undefined) {
    if (asked !== 'authority' && !isDue(authority, now)) return undefined;
    return { issued: { ...issued, next: await newAuthority(circumstances) }, what: 'new authority announced' };
  }
  if (!isTrusted(next.cert)) return undefined;
  const signed = await sign(next, circumstances);
  const old = { cert: authority.cert, until: expiry(serving) };
  return { issued: { ...signed, retired: [old, ...retired] }, what: 'new authority signs' };
}

/** When a step will be due that time alone brings. */
export function nextDue({ authority, serving, next, retired }: Issued): Date {
  const times = [
    renewal(serving),
    ...(next === undefined ? [renewal(authority)] : []),
    ...retired.map(({ until }) => until),
  ];
  return new Date(Math.min(...times.map((time) => time.getTime())));
}

async function newAuthority({ now, lifetimes }: Circumstances): Promise<KeyPair> {
  return makeAuthority('shimgate', validity(now, lifetimes.authorityMs));
}

async function sign(authority: KeyPair, { now, names, lifetimes }: Circumstances) {
  const { notBefore, notAfter } = validity(now, lifetimes.servingMs);
  const last = new Date(Math.min(notAfter.getTime(), expiry(authority).getTime()));
  return { authority, serving: await makeServingCertificate(authority, names, { notBefore, notAfter: last }) };
}

function validity(now: Date, lifetimeMs: number): Validity {
  return { notBefore: new Date(now.getTime() - backdatedMs), notAfter: new Date(now.getTime() + lifetimeMs) };
}

/** Whether a certificate has lived two thirds of its life. */
function isDue(pair: KeyPair, now: Date): boolean {
  return renewal(pair) <= now;
}

function renewal({ cert }: KeyPair): Date {
  const { validFromDate, validToDate } = new X509Certificate(cert);
  const from = validFromDate.getTime() + backdatedMs;
  return new Date(from + ((validToDate.getTime() - from) * 2) / 3);
}

function expiry({ cert }: KeyPair): Date {
  return new X509Certificate(cert).validToDate;
}

/** Whether its CA could sign a certificate that lives longer: not where both end together. */
function canOutlive({ authority, serving }: Issued): boolean {
  return expiry(serving) < expiry(authority);
}

function isFor({ cert }: KeyPair, names: readonly string[]): boolean {
  const known = new Set(new X509Certificate(cert).subjectAltName?.split(', '));
  return names.every((name) => known.has(`DNS:${name}`));
}
