import type { Cluster } from '../../support/cluster/cluster.ts';

type AuditEvent = {
  readonly verb: string;
  readonly objectRef?: { readonly resource?: string; readonly namespace?: string; readonly name?: string };
  readonly annotations?: Readonly<Record<string, string>>;
};

const prefix = 'pods.shimgate.dev/';

/**
 * What the API server's audit log has of shimgate about the creation of a pod: its audit annotations, without the name of
 * the webhook that the API server puts before each.
 *
 * @throws Error where the cluster was started without an audit log, or the log does not have that creation
 */
export async function auditedCreation(
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<Readonly<Record<string, string>>> {
  const events = (await cluster.auditLines())
    .filter((line) => line.includes('"verb":"create"') && line.includes('"resource":"pods"'))
    .map((line) => JSON.parse(line) as AuditEvent);
  const event = events.find(({ objectRef }) => objectRef?.namespace === namespace && objectRef.name === name);
  if (event === undefined) throw new Error(`The audit log does not have the creation of the pod ${namespace}/${name}.`);
  return Object.fromEntries(
    Object.entries(event.annotations ?? {})
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
}
