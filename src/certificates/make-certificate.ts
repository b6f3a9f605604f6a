import 'reflect-metadata';
import { webcrypto, randomBytes } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A certificate and its private key, in PEM. */
export type KeyPair = { readonly cert: string; readonly key: string };

export type Validity = { readonly notBefore: Date; readonly notAfter: Date };

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Makes a self-signed CA that may sign serving certificates and nothing below another CA. */
export async function makeAuthority(commonName: string, { notBefore, notAfter }: Validity): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${commonName}`,
      serialNumber: makeSerial(),
      notBefore,
      notAfter,
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    webcrypto,
  );
  return { cert: `${certificate.toString('pem')}\n`, key: await exportKey(keys.privateKey) };
}

/**
 * Makes a certificate for a TLS server, signed by an authority.
 *
 * @param names DNS names and IP addresses that clients call the server by; the first is its common name
 */
export async function makeServingCertificate(
  authority: KeyPair,
  names: readonly string[],
  { notBefore, notAfter }: Validity,
): Promise<KeyPair> {
  const issuer = new x509.X509Certificate(authority.cert);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      // A common name holds 64 characters at most; clients read the alternative names.
      subject: `CN=${(names[0] ?? 'shimgate').slice(0, 64)}`,
      issuer: issuer.subject,
      serialNumber: makeSerial(),
      notBefore,
      notAfter,
      publicKey: keys.publicKey,
      signingKey: await importKey(authority.key),
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIpAddress(value) ? 'ip' : 'dns', value })),
        ),
        await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ],
    },
    webcrypto,
  );
  return { cert: `${certificate.toString('pem')}\n`, key: await exportKey(keys.privateKey) };
}

/** 64 random bits, positive: no two certificates of an authority share a number. */
function makeSerial(): string {
  const bytes = randomBytes(9);
  bytes[0] = 1;
  return bytes.toString('hex');
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [der] = x509.PemConverter.decode(pem);
  if (der === undefined) throw new Error('the key of the certificate authority is not in PEM form');
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
}

function isIpAddress(name: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$|:/.test(name);
}
