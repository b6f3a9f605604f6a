import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { runtimeClass, pod } from '../support/cluster/manifests.ts';
import { eventually } from '../support/eventually.ts';
import { Installation } from '../support/installation/installation.ts';
import { AgentsCluster } from './scenarios/agents-cluster.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';

jest.setTimeout(180_000);

let agents: AgentsCluster;
let installation: Installation;
let user: KubectlUser;

beforeAll(async () => {
  // Not a runtime is declared: all that is known of them the nodes say.
  agents = await AgentsCluster.start({ config: { mode: 'enforce' }, replicas: 1 });
  installation = await Installation.join(agents.cluster);
  user = await KubectlUser.inNewNamespace(agents.cluster, 'followed');
  agents.startAgent('a');
  agents.startAgent('b');
  for (const name of ['node-a', 'node-b'])
    await eventually(async () => {
      expect((await agents.stored(name)).status?.handlers).toHaveLength(1);
    }, 60_000);
});

afterAll(async () => {
  await installation.stop();
  await agents.stop();
});

/** What a pod of a class is told, without being made. */
async function tried(className: string): Promise<string> {
  const manifest = pod('web', { runtimeClassName: className });
  const args = ['create', '--dry-run=server', '--output=jsonpath={.metadata.annotations}', '--filename=-'];
  const { stdout, stderr } = await user.run(args, { input: JSON.stringify(manifest) });
  return `${stdout}\n${stderr}`;
}

describe('a cluster whose nodes say what they have, and whose configuration says nothing', () => {
  test('knows the shim of a runtime within seconds after it was added to containerd', async () => {
    await agents.installProgram('containerd-shim-kata-v1');
    await agents.configure('kata');
    const created = await user.apply(runtimeClass('kata', 'kata'));
    expect(created.exitCode).toBe(0);
    await eventually(async () => {
      const said = await tried('kata');
      expect(said).toContain('"shimgate.dev/runtime-type":"io.containerd.kata.v1"');
      expect(said).toContain('"shimgate.dev/shim-binary":"containerd-shim-kata-v1"');
      expect(said).toContain('"shimgate.dev/source":"node"');
      expect(said).not.toContain('Warning');
    }, 30_000);
    expectSilence(await user.apply(pod('made', { runtimeClassName: 'kata' })));
    expect(await user.podAnnotations('made')).toMatchObject({ 'shimgate.dev/runtime-type': 'io.containerd.kata.v1' });
  });

  test('warns of a pod whose shim is missing on every node', async () => {
    await agents.configure('kata', 'ghost');
    await eventually(async () => {
      const { stderr } = await user.run(['apply', '--dry-run=server', '--filename=-'], {
        input: JSON.stringify(runtimeClass('ghost', 'ghost')),
      });
      expect(stderr).toContain('[PartsMissingOnNodes]');
    }, 30_000);
    await user.apply(runtimeClass('ghost', 'ghost'));
    await eventually(async () => {
      expect(await tried('ghost')).toContain(
        'lacks the shim "containerd-shim-ghost-v1" on each of the 2 nodes that the class can use',
      );
    }, 30_000);
  });

  test('tells where a runtime is gone', async () => {
    await agents.configure();
    await eventually(async () => {
      expect(await tried('kata')).toContain('[UndeclaredHandler]');
    }, 30_000);
  });

  test('is told by an audit, from the cluster and from manifests', async () => {
    await agents.configure('kata');
    await eventually(async () => {
      const { status } = await agents.stored('node-b');
      expect(status?.handlers?.map(({ name }) => name)).toEqual(['kata', 'runc']);
    }, 30_000);
    const live = await agents.audit([]);
    expect(live).toMatch(/^kata +kata +io\.containerd\.kata\.v1 +/m);
    const manifests = await agents.cluster.kubectl(['get', 'noderuntimes,nodes,runtimeclasses', '--output=yaml']);
    expect(await agents.audit(['--objects=-'], manifests.stdout)).toMatch(/^kata +kata +io\.containerd\.kata\.v1 +/m);
  });
});
