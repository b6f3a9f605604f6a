import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ensureReleaseBinaries } from '../support/binaries/ensure-binaries.ts';
import { eventually } from '../support/eventually.ts';
import type { PodSpec } from '../support/installation/deployment.ts';
import { Installation } from '../support/installation/installation.ts';
import { RunningPod } from '../support/installation/running-pod.ts';
import { runProgram, type ProgramResult } from '../support/processes/run-program.ts';
import { LeasedCluster } from './lease/leased-cluster.ts';

jest.setTimeout(180_000);

const main = path.join(import.meta.dirname, '..', '..', 'dist', 'main.js');
const collection = '/api/v1/namespaces/shimgate/pods';

let cluster: LeasedCluster;
let installation: Installation;

beforeAll(async () => {
  cluster = await LeasedCluster.lease();
  installation = await Installation.install(cluster, { values: { replicas: 1 } });
}, 180_000);

afterAll(async () => {
  await installation.stop();
  await cluster.release();
});

/** Runs the pod of `helm test` as a node would, and says how it ended. @returns its log */
async function runChecked(): Promise<string> {
  const { spec } = await eventually(
    async () =>
      JSON.parse(await cluster.api.expect('GET', `${collection}/shimgate-test`)) as { readonly spec: PodSpec },
    60_000,
  );
  const identity = {
    name: 'check',
    namespace: 'shimgate',
    serviceAccountName: 'shimgate-test',
    address: '127.98.0.250',
  };
  const pod = await RunningPod.start(cluster, identity, spec);
  await eventually(() => {
    expect(pod.isRunning).toBe(false);
  }, 90_000);
  const phase = pod.exitCode === 0 ? 'Succeeded' : 'Failed';
  await cluster.api.expect('PATCH', `${collection}/shimgate-test/status`, { status: { phase } });
  return pod.logs();
}

describe.each(['helm', 'helm3'] as const)('%s test', (program) => {
  test('passes where the webhook answers, and leaves nothing', async () => {
    const { helm3 } = await ensureReleaseBinaries();
    const helm = program === 'helm' ? cluster.description.binaries.helm : helm3;
    const args = ['test', 'shimgate', '--namespace=shimgate', '--timeout=2m'];
    const [ended, log] = await Promise.all([
      runProgram(helm, args, { env: cluster.env, timeoutMs: 150_000 }),
      runChecked(),
    ]);
    expect(log).toBe(
      'passed  a RuntimeClass whose handler is a path is refused with [AbsolutePath]\n' +
        'passed  a RuntimeClass with the handler runc is let in\n',
    );
    expect([ended.exitCode, ended.stdout]).toEqual([0, expect.stringMatching(/^Phase: +Succeeded$/m)]);
    const left = await cluster.kubectl(['get', 'clusterrole,clusterrolebinding,runtimeclass', '--output=name']);
    expect(left.stdout.split('\n').filter((name) => name.includes('shimgate-test'))).toEqual([]);
    const there = await cluster.kubectl(['get', 'serviceaccount,pod', '--namespace=shimgate', '--output=name']);
    expect(there.stdout).not.toContain('shimgate-test');
  });
});

describe('shimgate check', () => {
  const check = (): Promise<ProgramResult> =>
    runProgram(process.execPath, [main, 'check', '--timeout=1s'], { env: cluster.env });

  test('says that the API server does not trust the webhook, or that there is none', async () => {
    await installation.stop();
    const kinds = ['mutatingwebhookconfiguration', 'validatingwebhookconfiguration'];
    const ignoring = JSON.stringify([{ op: 'replace', path: '/webhooks/1/failurePolicy', value: 'Ignore' }]);
    await cluster.kubectl(['patch', 'mutatingwebhookconfiguration', 'shimgate', '--type=json', `--patch=${ignoring}`]);
    const silent = await check();
    expect([silent.exitCode, silent.stderr]).toEqual([1, '']);
    expect(silent.stdout).toContain(
      'failed  a RuntimeClass with the handler runc is let in: Internal error occurred: ',
    );
    expect(silent.stdout).toContain('        MutatingWebhookConfiguration "shimgate" has failurePolicy Ignore');

    await cluster.kubectl(['delete', ...kinds.map((kind) => `${kind}/shimgate`)]);
    const none = await check();
    expect([none.exitCode, none.stdout]).toEqual([
      1,
      'failed  a RuntimeClass whose handler is a path is refused with [AbsolutePath]: ' +
        `${none.stdout.split('\n')[0]?.split('[AbsolutePath]: ')[1] ?? ''}\n` +
        'passed  a RuntimeClass with the handler runc is let in\n' +
        '        There is no MutatingWebhookConfiguration "shimgate": nobody is asked.\n' +
        '        There is no ValidatingWebhookConfiguration "shimgate": nobody is asked.\n',
    ]);
  });

  test('ends with exit code 2 where nothing says which cluster to ask', async () => {
    const args = [main, 'check', '--kubeconfig', '/nowhere'];
    const { exitCode, stderr } = await runProgram(process.execPath, args, { env: {} });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('cannot tell which cluster to follow')]);
  });
});
