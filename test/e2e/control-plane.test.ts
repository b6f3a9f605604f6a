import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import type { ClusterDescription } from '../support/cluster/clients.ts';
import type { ControlPlane } from '../support/cluster/control-plane.ts';
import { eventually } from '../support/eventually.ts';
import { startControlPlane } from '../support/cluster/start-control-plane.ts';
import { markedProcesses } from '../support/processes/marked-processes.ts';

const startTimeoutMs = 15 * 60_000;

describe('a control plane', () => {
  let cluster: ControlPlane;

  beforeAll(async () => {
    cluster = await startControlPlane({ users: [{ name: 'jane', groups: ['tenants'] }], auditLevel: 'Metadata' });
  }, startTimeoutMs);

  afterAll(async () => {
    await cluster.stop();
    expect(await markedProcesses(cluster.description.runId)).toEqual([]);
    expect(existsSync(cluster.description.directory.root)).toBe(false);
  });

  test('is the pinned version, and says so', async () => {
    const versions = await succeeds(cluster.kubectl(['version', '--output=json']));
    const goMod = readFileSync(path.join(import.meta.dirname, '..', 'support', 'binaries', 'go.mod'), 'utf8');
    const pinned = /k8s\.io\/kubernetes (v\S+)/.exec(goMod)?.[1];
    expect(JSON.parse(versions)).toMatchObject({ serverVersion: { gitVersion: pinned } });
  });

  test.each([
    ['deployment', 'apps/v1', { replicas: 2 }, 'Always', 2],
    ['statefulset', 'apps/v1', { serviceName: 'sample', replicas: 1 }, 'Always', 1],
    ['job', 'batch/v1', { completions: 2, parallelism: 2 }, 'Never', 2],
  ])(
    'makes the pods of a %s, which stay pending without a node',
    async (kind, apiVersion, own, restartPolicy, pods) => {
      const labels = { made: `by-${kind}` };
      const manifest = {
        apiVersion,
        kind: { deployment: 'Deployment', statefulset: 'StatefulSet' }[kind] ?? 'Job',
        metadata: { name: `sample-${kind}` },
        spec: {
          ...own,
          ...(kind === 'job' ? {} : { selector: { matchLabels: labels } }),
          template: { metadata: { labels }, spec: { restartPolicy, containers: [{ name: 'main', image: 'sample' }] } },
        },
      };
      await succeeds(cluster.kubectl(['create', '--filename=-'], { input: JSON.stringify(manifest) }));
      const phases = ['get', 'pods', `--selector=made=by-${kind}`, '--output=jsonpath={.items[*].status.phase}'];
      await eventually(async () => {
        expect(await succeeds(cluster.kubectl(phases))).toBe(Array(pods).fill('Pending').join(' '));
      });
    },
  );

  test('gives a Service an address in the range that is its own', async () => {
    await succeeds(cluster.kubectl(['create', 'service', 'clusterip', 'sample', '--tcp=443:8443']));
    const address = await succeeds(
      cluster.kubectl(['get', 'service', 'sample', '--output=jsonpath={.spec.clusterIP}']),
    );
    expect(address.split('.').slice(0, 2)).toEqual(cluster.serviceCidr.split('.').slice(0, 2));
  });

  test('knows a user with rights in one namespace only, by a kubeconfig of her own and by impersonation', async () => {
    await succeeds(cluster.kubectl(['create', 'namespace', 'tenant']));
    await succeeds(
      cluster.kubectl(['create', 'rolebinding', 'jane', '--namespace=tenant', '--clusterrole=edit', '--user=jane']),
    );
    for (const options of [{ kubeconfigPath: cluster.userKubeconfigPath('jane') }, { as: { user: 'jane' } }]) {
      await succeeds(cluster.kubectl(['get', 'pods', '--namespace=tenant'], options));
      const refused = await cluster.kubectl(['get', 'pods', '--namespace=default'], options);
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toContain('User "jane" cannot list resource "pods"');
    }
  });

  test('lets a ServiceAccount in by its token', async () => {
    const token = await cluster.createServiceAccountToken('default', 'default');
    const kubeconfigPath = await cluster.writeKubeconfigFor({ name: 'default/default', token });
    const who = await succeeds(cluster.kubectl(['auth', 'whoami', '--output=json'], { kubeconfigPath }));
    expect(who).toContain('system:serviceaccount:default:default');
  });

  test('is reached by helm', async () => {
    expect(await succeeds(cluster.helm(['list', '--all-namespaces', '--output=json']))).toBe('[]\n');
  });

  test('writes each request into the audit log before it is answered', async () => {
    await succeeds(cluster.kubectl(['create', 'configmap', 'audited']));
    const lines = readFileSync(cluster.auditLogPath ?? '', 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.some((line) => line.includes('"name":"audited"'))).toBe(true);
  });

  test('goes on with its data when the API server was stopped and started', async () => {
    await succeeds(cluster.kubectl(['create', 'namespace', 'before']));
    await cluster.stopProcess('kube-apiserver');
    expect((await cluster.kubectl(['get', 'namespace', 'before'])).exitCode).toBe(1);
    await cluster.startProcess('kube-apiserver');
    await succeeds(cluster.kubectl(['get', 'namespace', 'before']));
  }, 60_000);

  test('answers again when etcd was paused for a while', async () => {
    cluster.pauseProcess('etcd');
    const slow = cluster.kubectl(['create', 'namespace', 'patient']);
    await sleep(1_000);
    cluster.resumeProcess('etcd');
    await succeeds(slow);
  });

  test('shares nothing with a second one beside it', async () => {
    const second = await startControlPlane();
    try {
      expect(second.serviceCidr).not.toBe(cluster.serviceCidr);
      await succeeds(second.kubectl(['create', 'namespace', 'only-here']));
      expect((await cluster.kubectl(['get', 'namespace', 'only-here'])).stderr).toContain('NotFound');
    } finally {
      await second.stop();
    }
    await succeeds(cluster.kubectl(['get', '--raw=/readyz']));
  }, 120_000);
});

describe('a process that starts a control plane', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'leaves no process, data or credentials behind when it is ended by %s',
    async (signal) => {
      const holder = spawn(process.execPath, [path.join(import.meta.dirname, 'fixtures', 'hold-control-plane.ts')], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const { runId, directory } = await firstLine(holder);
      expect((await markedProcesses(runId)).length).toBeGreaterThanOrEqual(3);
      holder.kill(signal);
      await once(holder, 'exit');
      await eventually(async () => {
        expect(await markedProcesses(runId)).toEqual([]);
        expect(readdirSync(directory.root)).toEqual(['logs']);
      });
      rmSync(directory.root, { recursive: true });
    },
    120_000,
  );

  test('is told what went wrong, with the log and where it is kept, when a component does not start', async () => {
    const start = startControlPlane({ extraFlags: { 'kube-apiserver': ['--no-such-flag'] } });
    const { message } = await start.then(
      () => new Error('It started.'),
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
    expect(message).toContain('kube-apiserver ended with code 1 before it was ready');
    expect(message).toContain('unknown flag: --no-such-flag');
    const logs = /Its logs are in (.+)$/.exec(message)?.[1] ?? '';
    expect(readdirSync(logs)).toContain('kube-apiserver.log');
    rmSync(path.dirname(logs), { recursive: true });
  }, 120_000);
});

async function succeeds(running: ReturnType<ControlPlane['kubectl']>): Promise<string> {
  const { exitCode, stdout, stderr } = await running;
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout;
}

async function firstLine(child: ChildProcess): Promise<ClusterDescription> {
  let text = '';
  for await (const piece of child.stdout?.setEncoding('utf8') ?? []) {
    text += String(piece);
    if (text.includes('\n')) {
      break;
    }
  }
  return JSON.parse(text) as ClusterDescription;
}
