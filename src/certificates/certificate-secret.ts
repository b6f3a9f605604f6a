import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { NamespacedName } from '../cluster/object-name.ts';
import { makeAuthority, makeServingCertificate, type KeyPair, type Validity } from './make-certificate.ts';

/** What the Secret holds: a CA and the serving certificate that it signed, in PEM. */
export type Issued = { readonly authority: KeyPair; readonly serving: KeyPair };

/** The Secret as far as it is read and written. */
export type CertificateSecret = {
  readonly metadata: { readonly resourceVersion?: string };
  readonly data?: Readonly<Record<string, string>>;
};

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** Clocks of the API server and of this node may differ by so much. */
const skewMs = 5 * minuteMs;

const lifetimes = { authorityMs: 3650 * dayMs, servingMs: 90 * dayMs };

/** The names by which the API server calls a webhook's Service. */
export function serviceNames({ namespace, name }: NamespacedName): readonly string[] {
  return [`${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`, `${name}.${namespace}`];
}

/** Reads the certificates of a Secret; undefined where one is missing, broken, or does not belong to the others. */
export function readIssued(secret: CertificateSecret): Issued | undefined {
  const read = (key: string) => Buffer.from(secret.data?.[key] ?? '', 'base64').toString('utf8');
  const issued = {
    authority: { cert: read('ca.crt'), key: read('ca.key') },
    serving: { cert: read('tls.crt'), key: read('tls.key') },
  };
  try {
    const authority = new X509Certificate(issued.authority.cert);
    const serving = new X509Certificate(issued.serving.cert);
    createSecureContext(issued.serving);
    const belongTogether =
      serving.verify(authority.publicKey) &&
      serving.checkPrivateKey(createPrivateKey(issued.serving.key)) &&
      authority.checkPrivateKey(createPrivateKey(issued.authority.key));
    return belongTogether ? issued : undefined;
  } catch {
    return undefined;
  }
}

/** The Secret's data for certificates. */
export function secretData({ authority, serving }: Issued): Readonly<Record<string, string>> {
  const encode = (text: string) => Buffer.from(text).toString('base64');
  return {
    'ca.crt': encode(authority.cert),
    'ca.key': encode(authority.key),
    'tls.crt': encode(serving.cert),
    'tls.key': encode(serving.key),
  };
}

/** Whether a certificate has lived two thirds of its life, or is not for these names. */
export function isDue(certificate: string, names: readonly string[], now: Date): boolean {
  const { validFromDate, validToDate, subjectAltName = '' } = new X509Certificate(certificate);
  const renewal = validFromDate.getTime() + ((validToDate.getTime() - validFromDate.getTime()) * 2) / 3;
  const known = new Set(subjectAltName.split(', '));
  return now.getTime() >= renewal || !names.every((name) => known.has(`DNS:${name}`));
}

/** Issues a serving certificate, by the given CA where it still has the time, else by a new one. */
export async function issue(names: readonly string[], existing: KeyPair | undefined, now: Date): Promise<Issued> {
  const validity = (lifetimeMs: number): Validity => ({
    notBefore: new Date(now.getTime() - skewMs),
    notAfter: new Date(now.getTime() + lifetimeMs),
  });
  const isUsable = existing !== undefined && !isDue(existing.cert, [], now);
  const authority = isUsable ? existing : await makeAuthority('shimgate', validity(lifetimes.authorityMs));
  return { authority, serving: await makeServingCertificate(authority, names, validity(lifetimes.servingMs)) };
}
