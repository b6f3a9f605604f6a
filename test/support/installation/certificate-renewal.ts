import type { Installation } from './installation.ts';
import type { ApiClient } from '../cluster/api-client.ts';

/** The Secret of a self-managed certificate, decoded. */
export type CertificateData = Readonly<Record<string, string>>;

function secretPath({ namespace, release }: Installation): string {
  return `/api/v1/namespaces/${namespace}/secrets/${release}-certificate`;
}

/** Asks for something to be renewed now, as docs/operations.md says it. */
export async function askToRenew(
  client: ApiClient,
  installation: Installation,
  what: 'certificate' | 'authority',
): Promise<void> {
  await client.expect('PATCH', secretPath(installation), { metadata: { annotations: { 'shimgate.dev/renew': what } } });
}

export async function deleteCertificate(client: ApiClient, installation: Installation): Promise<void> {
  await client.expect('DELETE', secretPath(installation));
}

/** @throws Error where there is no Secret */
export async function certificateData(client: ApiClient, installation: Installation): Promise<CertificateData> {
  const { data = {} } = JSON.parse(await client.expect('GET', secretPath(installation))) as {
    readonly data?: Readonly<Record<string, string>>;
  };
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}
