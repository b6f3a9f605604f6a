import { createPrivateKey, X509Certificate } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { FollowedFiles } from '../follow/followed-files.ts';
import { maxSettingsBytes, readBoundedFile } from '../follow/read-file.ts';

/** A certificate chain and its key, in PEM, found to belong together. */
export type ServingCertificate = {
  readonly cert: string;
  readonly key: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
};

/** A pair that cannot be served: the message says which file and why. */
export class CertificateError extends Error {}

/** The clock of whoever made a certificate may be ahead of ours by so much. */
const skewMs = 5 * 60_000;

/**
 * A serving certificate that follows its files.
 *
 * @throws CertificateError where the pair cannot be read or served
 */
export function openCertificateFiles(certFile: string, keyFile: string): Promise<FollowedFiles<ServingCertificate>> {
  return FollowedFiles.open([certFile, keyFile], () => readPair(certFile, keyFile));
}

async function readPair(certFile: string, keyFile: string): Promise<ServingCertificate> {
  const { cert, key } = await readTogether(certFile, keyFile);
  const certificate = parse(certFile, 'certificate', () => new X509Certificate(cert));
  const privateKey = parse(keyFile, 'private key', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new CertificateError(`the key in ${keyFile} does not belong to the certificate in ${certFile}`);
  }
  parse(certFile, 'certificate chain', () => createSecureContext({ cert, key }));
  const { validFromDate: notBefore, validToDate: notAfter } = certificate;
  if (notAfter.getTime() <= Date.now()) {
    throw new CertificateError(`the certificate in ${certFile} expired at ${notAfter.toISOString()}`);
  }
  if (notBefore.getTime() > Date.now() + skewMs) {
    throw new CertificateError(`the certificate in ${certFile} is not valid before ${notBefore.toISOString()}`);
  }
  return { cert, key, notBefore, notAfter };
}

/** The kubelet swaps a mounted Secret by one symbolic link: a swap between the two readings would give halves of two pairs. */
async function readTogether(
  certFile: string,
  keyFile: string,
): Promise<{ readonly cert: string; readonly key: string }> {
  for (let tries = maxSwaps; ; tries--) {
    const before = await placesOf([certFile, keyFile]);
    const pair = { cert: await readText(certFile), key: await readText(keyFile) };
    if (tries === 0 || before === (await placesOf([certFile, keyFile]))) return pair;
  }
}

/** More swaps than this during one reading are no work of a kubelet. */
const maxSwaps = 10;

/** Where the files really are; empty where one of them is not there at the moment. */
async function placesOf(files: readonly string[]): Promise<string> {
  return Promise.all(files.map((file) => realpath(file))).then(
    (places) => places.join('\n'),
    () => '',
  );
}

async function readText(file: string): Promise<string> {
  try {
    return (await readBoundedFile(file, maxSettingsBytes)).toString('utf8');
  } catch (error) {
    throw new CertificateError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parse<T>(file: string, what: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new CertificateError(`${file} holds no ${what} in PEM form`);
  }
}
