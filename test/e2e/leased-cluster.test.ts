import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, jest, test } from '@jest/globals';
import { node, pod, runtimeClass, workload, type Manifest } from '../support/cluster/manifests.ts';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';

jest.setTimeout(120_000);

/** A webhook that nobody answers for, and without which nothing may be made. */
const deadWebhook: Manifest & { readonly webhooks: readonly object[] } = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'dead' },
  webhooks: [
    {
      name: 'dead.example.com',
      clientConfig: { url: 'https://127.0.0.1:1/' },
      rules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'], scope: '*' }],
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      timeoutSeconds: 1,
    },
  ],
};

test('a leased cluster is as new after a file that left workloads, finalizers and a webhook that refuses all', async () => {
  const first = await LeasedCluster.lease();
  const user = await KubectlUser.inNewNamespace(first, 'left');
  expectSilence(
    await user.apply(node('worker'), runtimeClass('kata', 'kata'), workload('Deployment', 'web', {}), pod('held')),
  );
  const finalizers = JSON.stringify({ metadata: { finalizers: ['example.com/bookkeeping'] } });
  expectSilence(await user.run(['patch', 'pod', 'held', `--patch=${finalizers}`]));
  const binding = { target: { apiVersion: 'v1', kind: 'Node', name: 'worker' }, metadata: { name: 'held' } };
  await first.api.expect('POST', '/api/v1/namespaces/left/pods/held/binding', binding);
  expectSilence(await new KubectlUser(first, 'default').apply(pod('in-default')));
  expectSilence(await user.apply(deadWebhook));
  await first.release();

  const second = await LeasedCluster.lease();
  for (const kind of ['pods', 'deployments', 'replicasets']) {
    expect(await second.kubectl(['get', kind, '--all-namespaces'])).toMatchObject({ stderr: 'No resources found\n' });
  }
  for (const kind of ['nodes', 'runtimeclasses', 'validatingwebhookconfigurations']) {
    expect(await second.kubectl(['get', kind])).toMatchObject({ stderr: 'No resources found\n' });
  }
  expect((await second.kubectl(['get', 'namespace', 'left'])).stderr).toContain('NotFound');
  expect(await second.auditLines()).not.toContainEqual(expect.stringContaining('in-default'));
  await second.release();
});

test('a file that leaves what was there before it changed fails when it gives the cluster back', async () => {
  const cluster = await LeasedCluster.lease();
  const label = (word: string) => cluster.kubectl(['label', 'namespace', 'default', word]);
  expectSilence(await label('shimgate.dev/mode=warn'));
  await expect(cluster.release()).rejects.toThrow('/api/v1/namespaces/default changed or went');
  expectSilence(await label('shimgate.dev/mode-'));
  await cluster.release();
});

test('a file that leaves a process running fails when it gives the cluster back', async () => {
  const cluster = await LeasedCluster.lease();
  const child = spawn('sleep', ['600'], { env: cluster.env });
  await once(child, 'spawn');
  await expect(cluster.release()).rejects.toThrow(`Processes were left running in the cluster: ${String(child.pid)}.`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await cluster.release();
});
