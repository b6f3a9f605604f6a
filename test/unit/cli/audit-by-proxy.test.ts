import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeTemporaryDirectory } from '../../support/mounted-directory.ts';
import { run, program, runShimgate } from './run-shimgate.ts';

let directory: string;
let server: Server;
const asked: string[] = [];

const classes = [{ metadata: { name: 'vm' }, handler: 'vm' }];

/** Answers as `kubectl proxy` does: the API over plain HTTP, on this machine. */
beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    asked.push(path);
    const items = path.endsWith('/runtimeclasses') ? classes : [];
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});

async function kubeconfig(url: string, cluster: object = {}): Promise<string> {
  const file = join(directory, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'here', cluster: { server: url, ...cluster } }],
    users: [{ name: 'me', user: {} }],
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'me' } }],
    'current-context': 'here',
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

test('a cluster is audited through kubectl proxy', async () => {
  const { port } = server.address() as AddressInfo;
  const file = await kubeconfig(`http://127.0.0.1:${port}`);
  const { code, stdout, stderr } = await runShimgate(['audit', '--kubeconfig', file, '-o', 'json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ objects: { RuntimeClass: 1 } });
  expect(asked).toEqual(expect.arrayContaining(['/apis/node.k8s.io/v1/runtimeclasses', '/api/v1/pods']));
});

test('another machine is not spoken to over plain HTTP', async () => {
  const file = await kubeconfig('http://192.0.2.1:8001');
  const { code, stderr } = await runShimgate(['audit', '--kubeconfig', file]);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringContaining('the server "http://192.0.2.1:8001" speaks plain HTTP, and is not on this machine'),
  });
});

test('where there is no kubeconfig, that is said, and no port of this machine is tried', async () => {
  const { code, stderr } = await run('/usr/bin/env', [
    '-u',
    'KUBECONFIG',
    `HOME=${directory}`,
    process.execPath,
    program,
    'audit',
  ]);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr:
      'error: cannot tell which cluster to audit: there is no kubeconfig: KUBECONFIG is not set, and ~/.kube/config is not there; give --kubeconfig, or --objects for none\n',
  });
});

test('several files of KUBECONFIG are one', async () => {
  const { port } = server.address() as AddressInfo;
  const file = await kubeconfig(`http://localhost:${port}`);
  const other = join(directory, 'other');
  await writeFile(other, JSON.stringify({ apiVersion: 'v1', kind: 'Config', clusters: [], users: [], contexts: [] }));
  const { code } = await run('/usr/bin/env', [
    `KUBECONFIG=${other}:${file}`,
    process.execPath,
    program,
    'audit',
    '--fail-on',
    'never',
  ]);
  expect(code).toBe(0);
});
