import type { Cluster } from '../cluster/cluster.ts';
import type { Installation } from './installation.ts';

/** The two webhook configurations, as kubectl calls them. */
export const registrations = ['mutatingwebhookconfiguration', 'validatingwebhookconfiguration'] as const;

export type Registration = {
  readonly metadata: { readonly name: string };
  readonly webhooks: readonly {
    readonly name: string;
    readonly clientConfig: { readonly caBundle?: string; readonly service: object };
  }[];
};

/** One of the two webhook configurations, as it is stored. @throws Error where there is none */
export async function registrationOf(
  cluster: Cluster,
  { release }: Installation,
  kind: (typeof registrations)[number],
): Promise<Registration> {
  return JSON.parse(
    await cluster.api.expect('GET', `/apis/admissionregistration.k8s.io/v1/${kind}s/${release}`),
  ) as Registration;
}

/** The CA of each webhook entry of both configurations, by its name, in base64; the empty string where it has none. */
export async function caBundles(
  cluster: Cluster,
  installation: Installation,
): Promise<Readonly<Record<string, string>>> {
  const entries = await Promise.all(
    registrations.map(async (kind) => {
      const { webhooks } = await registrationOf(cluster, installation, kind);
      return webhooks.map(({ name, clientConfig }) => [`${kind}/${name}`, clientConfig.caBundle ?? ''] as const);
    }),
  );
  return Object.fromEntries(entries.flat());
}
