import { Readable } from 'node:stream';
import { stringify } from 'yaml';
import { audit, type AuditReport } from '../../../src/audit/audit.ts';
import type { AuditFinding } from '../../../src/audit/audit-finding.ts';
import { objectLabel } from '../../../src/finding/object-reference.ts';
import { manifestSource } from '../../../src/audit/manifest-source.ts';
import type { ConfigurationFields } from '../worlds/world-of.ts';
import { configurationOf } from '../worlds/world-of.ts';

export type AuditCase = {
  readonly configuration?: ConfigurationFields;
  readonly objects: readonly object[];
  /** In milliseconds since the epoch. */
  readonly now?: number;
};

/** What an audit of objects found; the findings are still on disk. */
export async function reportOf({ configuration = {}, objects, now = 0 }: AuditCase): Promise<AuditReport> {
  const text = objects.map((object) => stringify(object)).join('---\n');
  const source = manifestSource(['-'], Readable.from([Buffer.from(text)]));
  try {
    return await audit({
      source,
      configured: { configuration: configurationOf(configuration), name: 'shimgate.yaml', findings: [] },
      signal: new AbortController().signal,
      onRead: () => undefined,
      now,
    });
  } finally {
    source.close();
  }
}

/** Everything that an audit of objects finds, worst first. */
export async function findingsOf(given: AuditCase): Promise<readonly AuditFinding[]> {
  const { findings } = await reportOf(given);
  try {
    return findings.groups.flatMap((group) => [...findings.findingsOf(group)]);
  } finally {
    findings.close();
  }
}

/** What is found of some codes, as `severity Kind name: message`. */
export async function messagesOf(codes: readonly string[], given: AuditCase): Promise<readonly string[]> {
  const findings = await findingsOf(given);
  return findings
    .filter(({ code }) => codes.includes(code))
    .map(({ severity, object, message }) => `${severity} ${objectLabel(object)}: ${message}`);
}

type Annotations = Readonly<Record<string, string>>;

export const classObject = (name: string, handler: string, more: object = {}) => ({
  apiVersion: 'node.k8s.io/v1',
  kind: 'RuntimeClass',
  metadata: { name },
  handler,
  ...more,
});

export const podObject = (
  name: string,
  {
    annotations,
    phase,
    ...spec
  }: { readonly annotations?: Annotations; readonly phase?: string } & Readonly<Record<string, unknown>> = {},
) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', ...(annotations !== undefined && { annotations }) },
  spec,
  ...(phase !== undefined && { status: { phase } }),
});

/** @param handlers those that end in `!` without a feature; undefined for an old kubelet */
export const nodeObject = (name: string, handlers: readonly string[] | undefined, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { pool: name } },
  ...more,
  status:
    handlers === undefined
      ? {}
      : {
          runtimeHandlers: handlers.map((handler) => ({
            name: handler.replace(/!$/, ''),
            features: { recursiveReadOnlyMounts: !handler.endsWith('!') },
          })),
        },
});

export const namespaceObject = (name: string, labels: Readonly<Record<string, string>> = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});
