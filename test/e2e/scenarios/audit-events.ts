import { readFileSync } from 'node:fs';
import type { ControlPlane } from '../../support/cluster/control-plane.ts';

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
export function auditedCreation(
  { auditLogPath }: ControlPlane,
  namespace: string,
  name: string,
): Readonly<Record<string, string>> {
  if (auditLogPath === undefined) throw new Error('The cluster has no audit log.');
  const events = readFileSync(auditLogPath, 'utf8')
    .split('\n')
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
