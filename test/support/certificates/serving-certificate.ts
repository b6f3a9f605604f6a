import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  makeAuthority,
  makeServingCertificate,
  type KeyPair,
  type Validity,
} from '../../../src/certificates/make-certificate.ts';

/** The files of a serving certificate, and the CA that clients verify it by. */
export type CertificateOnDisk = {
  readonly authority: KeyPair;
  readonly certFile: string;
  readonly keyFile: string;
};

const hourMs = 60 * 60_000;

/** Where tests reach the webhook. */
const names = ['localhost', '127.0.0.1'];

/** From an hour ago, for so many hours from now; a negative number has expired. */
export function validFor(hours: number): Validity {
  return { notBefore: new Date(Date.now() - 48 * hourMs), notAfter: new Date(Date.now() + hours * hourMs) };
}

/** Makes a CA and writes a certificate of it into a directory. */
export async function writeCertificate(directory: string): Promise<CertificateOnDisk> {
  const certificate = {
    authority: await makeAuthority('shimgate test', validFor(24)),
    certFile: join(directory, 'tls.crt'),
    keyFile: join(directory, 'tls.key'),
  };
  // So long that nobody is warned of its end.
  await renewCertificate(certificate, validFor(23));
  return certificate;
}

/** Writes another certificate of the same CA over the one on disk. */
export async function renewCertificate(
  { authority, certFile, keyFile }: CertificateOnDisk,
  validity: Validity,
): Promise<void> {
  const { cert, key } = await makeServingCertificate(authority, names, validity);
  await writeFile(keyFile, key, { mode: 0o600 });
  await writeFile(certFile, cert);
}
