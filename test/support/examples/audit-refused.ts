import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { audit } from '../../../src/audit/audit.ts';
import { clusterSource } from '../../../src/audit/cluster-source.ts';
import { ClusterConnection } from '../../../src/cluster/connection.ts';
import type { WordedFinding } from '../../../src/finding/wording.ts';
import { makeTemporaryDirectory } from '../mounted-directory.ts';
import { configurationOf } from '../worlds/world-of.ts';

/** What the API server answers where it refuses. */
export type RefusalStatus = {
  readonly kind: 'Status';
  readonly code: number;
  /** What was asked for: its `kind` is the resource, such as `pods`. */
  readonly details: { readonly kind: string };
};

const emptyList = { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '1' }, items: [] };

/** Audits a cluster that has nothing in it, whose API server refuses to list what the Status is about. */
export async function auditRefusedBy(status: RefusalStatus): Promise<readonly WordedFinding[]> {
  const server = createServer((request, response) => {
    const isRefused = request.url?.includes(`/${status.details.kind}?`) === true;
    response.writeHead(isRefused ? status.code : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isRefused ? status : emptyList));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const directory = await makeTemporaryDirectory();
  try {
    const { port } = server.address() as AddressInfo;
    const source = clusterSource(ClusterConnection.open(await writeKubeconfig(directory, port)), {
      namespace: undefined,
      labelSelector: undefined,
      requestTimeoutMs: 10_000,
    });
    const { findings } = await audit({
      source,
      configured: { configuration: configurationOf({}), name: 'shimgate.yaml', findings: [] },
      signal: new AbortController().signal,
      onRead: () => undefined,
      now: 0,
    });
    try {
      return findings.groups.flatMap((group) => [...findings.findingsOf(group)]);
    } finally {
      findings.close();
    }
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true });
  }
}

async function writeKubeconfig(directory: string, port: number): Promise<string> {
  const file = path.join(directory, 'kubeconfig');
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'example',
    contexts: [{ name: 'example', context: { cluster: 'example', user: 'jane' } }],
    clusters: [{ name: 'example', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'jane', user: {} }],
  };
  await writeFile(file, JSON.stringify(kubeconfig));
  return file;
}
