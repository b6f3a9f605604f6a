import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { KeyPair } from './make-certificate.ts';

/** What the Secret holds, in PEM: a serving certificate, the CA that signed it, and the CAs before and after that one. */
export type Issued = {
  readonly authority: KeyPair;
  readonly serving: KeyPair;
  /** A CA that is to be trusted everywhere before it signs anything. */
  readonly next?: KeyPair;
  /** CAs that sign nothing any more, but have signed what may still be served. */
  readonly retired: readonly RetiredAuthority[];
};

export type RetiredAuthority = {
  readonly cert: string;
  /** When the last certificate that it signed expires. */
  readonly until: Date;
};

/** The Secret as far as it is read and written. */
export type CertificateSecret = {
  readonly metadata: { readonly resourceVersion?: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
};

/** Set on the Secret to have something done now that would be done some day: `certificate` or `authority`. */
const renewAnnotation = 'shimgate.dev/renew';

const keys = {
  authority: { cert: 'ca.crt', key: 'ca.key' },
  serving: { cert: 'tls.crt', key: 'tls.key' },
  next: { cert: 'next-ca.crt', key: 'next-ca.key' },
  retired: 'retired-cas.json',
} as const;

/** Reads the certificates of a Secret; undefined where one is missing, broken, or does not belong to the others. */
export function readIssued({ data = {} }: CertificateSecret): Issued | undefined {
  const read = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
  const pair = ({ cert, key }: KeyPair): KeyPair => ({ cert: read(cert), key: read(key) });
  try {
    const authority = pair(keys.authority);
    const serving = pair(keys.serving);
    createSecureContext(serving);
    const isSigned = new X509Certificate(serving.cert).verify(new X509Certificate(authority.cert).publicKey);
    const next = data[keys.next.cert] === undefined ? undefined : pair(keys.next);
    const isWhole = [authority, serving, ...(next === undefined ? [] : [next])].every(belongsTogether);
    if (!isSigned || !isWhole) return undefined;
    const retired = data[keys.retired] === undefined ? [] : readRetired(read(keys.retired));
    return { authority, serving, retired, ...(next !== undefined && { next }) };
  } catch {
    return undefined;
  }
}

/** The Secret with other certificates; what it was asked to renew is done by that. */
export function withIssued(secret: CertificateSecret | undefined, issued: Issued): CertificateSecret {
  const { [renewAnnotation]: _asked, ...annotations } = secret?.metadata.annotations ?? {};
  const others = Object.entries(secret?.data ?? {}).filter(([key]) => !ownKeys.has(key));
  return {
    ...secret,
    metadata: { ...secret?.metadata, annotations },
    data: { ...Object.fromEntries(others), ...secretData(issued) },
  };
}

/** What somebody asked to have renewed now. */
export function askedToRenew({ metadata }: CertificateSecret): 'certificate' | 'authority' | undefined {
  const asked = metadata.annotations?.[renewAnnotation];
  return asked === 'certificate' || asked === 'authority' ? asked : undefined;
}

/** Every CA that clients have to trust: the one that signs first, then the one to come, then those before it. */
export function trustedAuthorities({ authority, next, retired }: Issued): readonly string[] {
  return [authority.cert, ...(next === undefined ? [] : [next.cert]), ...retired.map(({ cert }) => cert)];
}

const ownKeys: ReadonlySet<string> = new Set([
  ...[keys.authority, keys.serving, keys.next].flatMap(({ cert, key }) => [cert, key]),
  keys.retired,
]);

function secretData({ authority, serving, next, retired }: Issued): Readonly<Record<string, string>> {
  const encode = (text: string) => Buffer.from(text).toString('base64');
  const pair = (names: KeyPair, { cert, key }: KeyPair) => ({ [names.cert]: encode(cert), [names.key]: encode(key) });
  return {
    ...pair(keys.authority, authority),
    ...pair(keys.serving, serving),
    ...(next !== undefined && pair(keys.next, next)),
    ...(retired.length > 0 && { [keys.retired]: encode(JSON.stringify(retired)) }),
  };
}

function belongsTogether({ cert, key }: KeyPair): boolean {
  return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
}

/** @throws where the text is none that secretData wrote */
function readRetired(text: string): readonly RetiredAuthority[] {
  const list = JSON.parse(text) as readonly { readonly cert: string; readonly until: string }[];
  return list.map(({ cert, until }) => {
    new X509Certificate(cert).toString();
    return { cert, until: new Date(new Date(until).toISOString()) };
  });
}
