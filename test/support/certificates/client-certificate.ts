import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { KeyPair, Validity } from '../../../src/certificates/make-certificate.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/**
 * Makes a certificate by which a client such as the API server shows who it is.
 *
 * @param subject a distinguished name
 */
export async function makeClientCertificate(
  authority: KeyPair,
  { notBefore, notAfter }: Validity,
  subject = 'CN=kube-apiserver',
): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const [der] = x509.PemConverter.decode(authority.key);
  if (der === undefined) throw new Error('the authority has no key');
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject,
      issuer: new x509.X509Certificate(authority.cert).subject,
      serialNumber: '01',
      notBefore,
      notAfter,
      publicKey: keys.publicKey,
      signingKey: await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']),
      signingAlgorithm: algorithm,
      extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
    },
    webcrypto,
  );
  const exported = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(exported, 'PRIVATE KEY') };
}
