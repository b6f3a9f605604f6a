import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { makeTemporaryDirectory } from '../../support/mounted-directory.ts';
import { runShimgate } from './run-shimgate.ts';

type Answer = { readonly status: number; readonly body: object };

const api = '/apis/openreports.io/v1alpha1';
const fine: Answer = { status: 200, body: {} };
const refusal = (status: number, message: string): Answer => ({ status, body: { kind: 'Status', message } });

let directory: string;
let server: Server;
let kubeconfig: string;
let url: string;
/** What was asked for that is no reading of the cluster. */
let asked: string[];
/** What is answered next, by method and path; the last one again and again. */
let answers: Map<string, Answer[]>;

/** Serves one class that nothing uses, a pod whose class there is not, and reports. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '').split('?')[0] ?? '';
  const question = `${request.method ?? ''} ${path}`;
  if (request.method !== 'GET') asked.push(question);
  const prepared = answers.get(question);
  const next = prepared !== undefined && prepared.length > 1 ? prepared.shift() : prepared?.[0];
  const { status, body } = next ?? (request.method === 'GET' ? { status: 200, body: listOf(path) } : fine);
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

function listOf(path: string): object {
  if (path === api) return { resources: [{ name: 'reports' }, { name: 'clusterreports' }] };
  const pods = [{ metadata: { name: 'web', namespace: 'tenant' }, spec: { runtimeClassName: 'gone' } }];
  return { metadata: { resourceVersion: '1' }, items: path.endsWith('/pods') ? pods : [] };
}

beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  kubeconfig = join(directory, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'here', cluster: { server: url } }],
    users: [{ name: 'me', user: {} }],
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'me' } }],
    'current-context': 'here',
  };
  await writeFile(kubeconfig, JSON.stringify(config));
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});

beforeEach(() => {
  asked = [];
  answers = new Map();
});

const ofTenant = `PATCH ${api}/namespaces/tenant/reports/shimgate-1`;
const audit = (...more: readonly string[]) =>
  runShimgate(['audit', '--kubeconfig', kubeconfig, '--fail-on=never', '--write-reports=shimgate', ...more]);

describe('an audit that writes reports', () => {
  test('writes again what somebody else changed at the same moment', async () => {
    answers.set(ofTenant, [refusal(409, 'the object has been modified'), fine]);
    const { code, stderr } = await audit();
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^\d reports written, 0 removed/) });
    expect(asked.filter((question) => question === ofTenant)).toHaveLength(2);
  });

  test('ends with 2 and says what was refused, and writes the rest', async () => {
    answers.set(ofTenant, [refusal(403, 'reports "shimgate-1" is forbidden')]);
    const { code, stderr } = await audit();
    expect(code).toBe(2);
    expect(stderr).toContain(
      `error: cannot write ${api}/namespaces/tenant/reports/shimgate-1: reports "shimgate-1" is`,
    );
    expect(asked).toContain(`PATCH ${api}/clusterreports/shimgate-1`);
  });

  test('does without the report of a namespace that is going', async () => {
    answers.set(ofTenant, [
      refusal(403, 'unable to create: namespace tenant is forbidden because it is being terminated'),
    ]);
    const { code, stderr } = await audit();
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^\d reports written/) });
  });

  test('removes nothing where it could not read everything', async () => {
    const stale = { metadata: { name: 'shimgate-1', namespace: 'other' } };
    answers.set(`GET ${api}/reports`, [{ status: 200, body: { metadata: {}, items: [stale] } }]);
    expect((await audit()).stderr).toContain(' 1 removed');
    expect(asked).toContain(`DELETE ${api}/namespaces/other/reports/shimgate-1`);
    asked = [];
    answers.set('GET /apis/apps/v1/deployments', [refusal(500, 'no')]);
    expect((await audit()).stderr).toContain(' 0 removed');
    expect(asked.filter((question) => question.startsWith('DELETE'))).toEqual([]);
  });

  test('writes nothing where the cluster has only one of the two kinds', async () => {
    answers.set(`GET ${api}`, [{ status: 200, body: { resources: [{ name: 'reports' }] } }]);
    const { code, stderr } = await audit();
    expect({ code, stderr, asked }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^warning: .* does not serve/),
      asked: [],
    });
  });

  test.each([
    [['-n', 'a'], 'it goes without -n and -l'],
    [['-l', 'a=b'], 'it goes without -n and -l'],
    [['--objects', '-'], '--objects audits manifests'],
    [['--write-reports=Big'], 'It must be of lower case letters'],
    [['--push-metrics=pushgateway:9091'], 'It must be an http or https URL.'],
    [['--push-metrics=http://me:secret@pushgateway'], 'It must be without a user.'],
    [['--report-api=v1'], 'Allowed choices are openreports.io/v1alpha1, wgpolicyk8s.io/v1alpha2.'],
  ])('refuses %j', async (more, message) => {
    const { code, stderr } = await audit(...more);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  test('refuses an owner of no reports', async () => {
    const { code, stderr } = await runShimgate(['audit', '--kubeconfig', kubeconfig, '--report-owner=role']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'error: --report-owner goes with --write-reports\n' });
  });
});

describe('an audit that hands its figures on', () => {
  test.each([
    ['', 'PUT /metrics/job/shimgate-audit'],
    ['/', 'PUT /metrics/job/shimgate-audit'],
    ['/push', 'PUT /push/metrics/job/shimgate-audit'],
    ['/metrics/job/audit/cluster/west', 'PUT /metrics/job/audit/cluster/west'],
  ])('at %j puts the group %s', async (path, question) => {
    const { code } = await audit(`--push-metrics=${url}${path}`);
    expect(code).toBe(0);
    expect(asked.at(-1)).toBe(question);
  });

  test('ends with 2 where nobody takes them', async () => {
    answers.set('PUT /metrics/job/shimgate-audit', [{ status: 400, body: { error: 'no' } }]);
    const { code, stderr } = await audit(`--push-metrics=${url}`);
    expect(code).toBe(2);
    expect(stderr).toContain(`error: cannot push metrics to ${url}: it answers 400: {"error":"no"}\n`);
  });
});
