import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';

/** Someone whom the API server knows by a token of its token file. What they may do is for RBAC to say. */
export type User = {
  readonly name: string;
  readonly groups: readonly string[];
};

export type UserWithToken = User & { readonly token: string };

/** Who a kubeconfig says one is: one of the users, or a ServiceAccount by its token. */
export type Identity = { readonly name: string; readonly token: string };

/** How to reach an API server and whom to trust there. */
export type Endpoint = {
  /** The URL, such as `https://127.99.100.1:41234`. */
  readonly server: string;
  /** The certificate that the server's was signed with, PEM. */
  readonly certificateAuthority: string;
};

/** Gives a user a new random token. */
export function withToken(user: User): UserWithToken {
  return { ...user, token: randomBytes(24).toString('hex') };
}

/**
 * Writes the API server's `--token-auth-file` (mode 0600).
 *
 * @throws Error where a name or group has a character that the file's CSV form would need quoted.
 */
export async function writeTokenFile(file: string, users: readonly UserWithToken[]): Promise<void> {
  const lines = users.map((user) => {
    const unusable = [user.name, ...user.groups].find((text) => /[",\n\r]/.test(text));
    if (unusable !== undefined) {
      throw new Error(
        `"${unusable}" cannot be a user's or group's name in a token file: no comma, quote or line break.`,
      );
    }
    return `${user.token},${user.name},${user.name},"${user.groups.join(',')}"\n`;
  });
  await writeFile(file, lines.join(''), { mode: 0o600 });
}

/** Writes a kubeconfig with one context (mode 0600). It is JSON, which is YAML, so that nothing has to write YAML. */
export async function writeKubeconfig(file: string, endpoint: Endpoint, identity: Identity): Promise<void> {
  const clusterName = 'shimgate-e2e';
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: clusterName,
        cluster: {
          server: endpoint.server,
          'certificate-authority-data': Buffer.from(endpoint.certificateAuthority).toString('base64'),
        },
      },
    ],
    users: [{ name: identity.name, user: { token: identity.token } }],
    contexts: [{ name: clusterName, context: { cluster: clusterName, user: identity.name } }],
    'current-context': clusterName,
  };
  await writeFile(file, `${JSON.stringify(kubeconfig, undefined, 2)}\n`, { mode: 0o600 });
}

/** Writes the key (PEM, mode 0600) that signs ServiceAccount tokens. ECDSA, since an RSA key takes long to find. */
export async function writeServiceAccountKey(file: string): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(file, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
}

/**
 * Picks the certificate authority out of what a Kubernetes component writes into its `--cert-dir`: the serving certificate,
 * then the authority made for it alone.
 *
 * @param pem The text of the `.crt` file.
 * @returns The authority's certificate, PEM.
 * @throws Error where there is none, as in a file that is still being written.
 */
export function certificateAuthority(pem: string): string {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? [];
  const authority = certificates.find((certificate) => new X509Certificate(certificate).ca);
  if (authority === undefined) {
    throw new Error('There is no certificate authority among these certificates.');
  }
  return authority;
}
