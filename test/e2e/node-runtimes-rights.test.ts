import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { accessesOf, rulesWithout, type Role } from './chart/access.ts';
import { AgentsCluster, agentsAccount, nodeRuntimesCollection } from './scenarios/agents-cluster.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';

jest.setTimeout(180_000);

let agents: AgentsCluster;

beforeAll(async () => {
  agents = await AgentsCluster.start();
});

afterAll(async () => {
  await agents.stop();
});

describe('the admission policy', () => {
  test.each([
    ['another node', 'a', 'node-b', () => agents.object('node-b'), 'its token is bound to node-a'],
    ['no node', 'a', 'nowhere', () => agents.object('nowhere', {}, 'node-a'), 'its token is bound to node-a'],
    [
      'its own, by a token that is bound to none',
      'unbound',
      'node-a',
      () => agents.object('node-a'),
      'bound to no node',
    ],
    [
      'its own, owned by another node',
      'b',
      'node-b',
      () => agents.object('node-b', {}, 'node-a'),
      'owned by that node',
    ],
    [
      'its own, owned by nobody',
      'b',
      'node-b',
      () => agents.object('node-b', { ownerReferences: [] }),
      'owned by that node',
    ],
    [
      'its own, with a finalizer',
      'b',
      'node-b',
      () => agents.object('node-b', { finalizers: ['a.b/c'] }),
      'no finalizers',
    ],
    ['its own, with a label', 'b', 'node-b', () => agents.object('node-b', { labels: { a: 'b' } }), 'no finalizers'],
    [
      'its own, with an annotation',
      'b',
      'node-b',
      () => agents.object('node-b', { annotations: { a: 'b' } }),
      'no finalizers',
    ],
  ] as const)('refuses an agent the object of %s', async (_, token, name, manifest, why) => {
    const refused = await agents.apply(token, manifest());
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(why);
    if (name !== 'node-a')
      expect((await agents.cluster.api.send('GET', `${nodeRuntimesCollection}/${name}`)).status).toBe(404);
  });

  test('refuses it the status of another node, where that has an object', async () => {
    expectSilence(await agents.apply('b', agents.object('node-b')));
    const status = { ...agents.object('node-b'), status: { handlers: [{ name: 'evil' }] } };
    const refused = await agents.apply('a', status, ['--subresource=status']);
    expect(refused.stderr).toContain('its token is bound to node-a');
    expectSilence(await agents.apply('b', status, ['--subresource=status']));
    expect((await agents.stored('node-b')).status?.handlers).toEqual([{ name: 'evil' }]);
  });

  test('refuses a token whose pod is gone', async () => {
    const inNodes = new KubectlUser(agents.cluster, agentsAccount);
    expectSilence(
      await inNodes
        .run(['delete', 'pod', 'agent-b', '--force', '--grace-period=0', '--wait=true'])
        .then((result) => ({ ...result, stderr: '' })),
    );
    await eventually(async () => {
      const refused = await agents.apply('b', agents.object('node-b'));
      expect(refused.stderr).toMatch(/Unauthorized|provide credentials|logged in/i);
    });
  });

  test('leaves everybody else to RBAC', async () => {
    expectSilence(await agents.cluster.kubectl(['label', 'noderuntimes', 'node-b', 'looked-at=yes']));
    expectSilence(await agents.cluster.kubectl(['delete', 'noderuntimes', 'node-b']));
  });
});

describe('the rights of an agent', () => {
  const role = async () =>
    JSON.parse(
      await agents.cluster.api.expect('GET', `/apis/rbac.authorization.k8s.io/v1/clusterroles/${agentsAccount}`),
    ) as Role;
  const rights = [
    'create shimgate.dev/noderuntimes',
    'patch shimgate.dev/noderuntimes',
    'patch shimgate.dev/noderuntimes/status',
  ];

  test('are these, and no others', async () => {
    expect(accessesOf((await role()).rules).toSorted()).toEqual(rights);
    const can = await agents.cluster.kubectl(['auth', 'can-i', '--list', '--no-headers'], {
      kubeconfigPath: agents.kubeconfigOf('a'),
    });
    const resources = can.stdout
      .split('\n')
      .map((line) => line.split(/\s+/)[0] ?? '')
      .filter((word) => word.includes('.'));
    expect([...new Set(resources)].toSorted()).toEqual([
      // Kubernetes gives every account this one, and the reviews of itself.
      'clustertrustbundles.certificates.k8s.io',
      'noderuntimes.shimgate.dev',
      'noderuntimes.shimgate.dev/status',
      'selfsubjectaccessreviews.authorization.k8s.io',
      'selfsubjectreviews.authentication.k8s.io',
      'selfsubjectrulesreviews.authorization.k8s.io',
    ]);
  });

  test.each(rights)('are missed without %s', async (removed) => {
    const { rules } = await role();
    const change = (changed: object) =>
      agents.cluster.api.expect('PATCH', `/apis/rbac.authorization.k8s.io/v1/clusterroles/${agentsAccount}`, {
        rules: changed,
      });
    await agents.cluster.api.send('DELETE', `${nodeRuntimesCollection}/node-a`);
    await change(rulesWithout(rules, removed));
    const agent = agents.startAgent('a');
    try {
      await eventually(() => {
        expect(agent.log).toMatch(/cannot report this node/);
        expect(agent.log).toMatch(/forbidden/);
      });
    } finally {
      await agent.stop();
      await change(rules);
    }
  });
});
