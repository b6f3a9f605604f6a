import { X509Certificate } from 'node:crypto';
import { FollowedFiles } from '../follow/followed-files.ts';
import { maxSettingsBytes, readBoundedFile } from '../follow/read-file.ts';

/**
 * The CAs of clients that are answered, one certificate or more in PEM, in a file that is followed.
 *
 * @throws Error where the file cannot be read, or something in it is no certificate
 */
export function openClientAuthorities(file: string): Promise<FollowedFiles<string>> {
  return FollowedFiles.open([file], () => readAuthorities(file));
}

async function readAuthorities(file: string): Promise<string> {
  try {
    const pem = (await readBoundedFile(file, maxSettingsBytes)).toString('utf8');
    // TLS itself would pass over what is no certificate, and then refuse every client.
    const certificates = pem.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [pem];
    for (const certificate of certificates) new X509Certificate(certificate).toString();
    return pem;
  } catch (error) {
    throw new Error(`cannot read CAs from ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
