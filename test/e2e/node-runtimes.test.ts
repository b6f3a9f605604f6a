import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { AgentsCluster, nodeRuntimesCollection, type StoredNodeRuntimes } from './scenarios/agents-cluster.ts';
import type { NodeAgentProcess } from './scenarios/node-agent.ts';

jest.setTimeout(180_000);

let agents: AgentsCluster;

beforeAll(async () => {
  agents = await AgentsCluster.start();
});

afterAll(async () => {
  await agents.stop();
});

describe('the agent of a node', () => {
  let running: NodeAgentProcess | undefined;

  test("writes its node's object, which the node owns, and people read", async () => {
    const agent = agents.startAgent('a');
    running = agent;
    const { metadata, status } = await eventually(() =>
      agents.stored('node-a').then((found) => {
        if (found.status === undefined) throw new Error(agent.log);
        return found;
      }),
    );
    expect(metadata.ownerReferences).toEqual([
      { apiVersion: 'v1', kind: 'Node', name: 'node-a', uid: agents.uidOf('node-a') },
    ]);
    expect(status?.handlers).toMatchObject([{ name: 'runc', runtimeType: 'io.containerd.runc.v2' }]);
    expect(status?.conditions?.map(({ type, status: holds }) => [type, holds])).toEqual([
      ['ConfigurationRead', 'True'],
      ['PartsPresent', 'True'],
    ]);
    const narrow = await agents.admin.run(['get', 'noderuntimes']);
    expect(narrow.stdout.split('\n')[0]).toMatch(/^NAME +CONTAINERD +DEFAULT +HANDLERS +PROBLEMS +AGE$/);
    expect(narrow.stdout.split('\n')[1]).toMatch(/^node-a +runc +1 +0 +\d+s$/);
    const wide = await agents.admin.run(['get', 'noderuntimes', '--output=wide']);
    expect(wide.stdout.split('\n')[0]).toMatch(/PROBLEMS +NAMES +AGE$/);
  });

  test('writes it anew when a runtime is added or its shim comes or goes, and not where nothing changed', async () => {
    const before = await agents.stored('node-a');
    await agents.configure('kata');
    const added = await eventually(async () => {
      const found = await agents.stored('node-a');
      expect(found.status?.handlers?.map(({ name }) => name)).toEqual(['kata', 'runc']);
      return found;
    }, 10_000);
    expect(added.status?.handlers?.[0]?.missing).toEqual([{ what: 'Shim', value: 'containerd-shim-kata-v1' }]);
    const conditionOf = ({ status }: StoredNodeRuntimes, type: string) =>
      status?.conditions?.find((one) => one.type === type);
    expect(conditionOf(added, 'PartsPresent')).toMatchObject({ status: 'False' });
    expect(conditionOf(added, 'ConfigurationRead')).toEqual(conditionOf(before, 'ConfigurationRead'));

    await agents.installProgram('containerd-shim-kata-v1');
    const whole = await eventually(async () => {
      const found = await agents.stored('node-a');
      expect(found.status?.handlers?.[0]).not.toHaveProperty('missing');
      return found;
    }, 10_000);

    await agents.configure('kata');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await agents.stored('node-a')).metadata.resourceVersion).toBe(whole.metadata.resourceVersion);
  });

  test('makes it anew where it starts anew, with the times that it has', async () => {
    expect(await running?.stop()).toBe(0);
    const before = await agents.stored('node-a');
    const again = agents.startAgent('a');
    await eventually(() => {
      expect(again.log).toContain('reported this node');
    });
    expect(await agents.stored('node-a')).toMatchObject({
      metadata: { resourceVersion: before.metadata.resourceVersion },
    });
    expect(await again.stop()).toBe(0);
  });

  test('says what is wrong where its token is bound to no node', async () => {
    const agent = agents.startAgent('unbound');
    await eventually(() => {
      expect(agent.log).toContain('does not say which node this token is bound to');
    });
    expect(await agent.stop()).toBe(0);
  });
});

describe('the schema of the object', () => {
  test.each([
    ['more handlers than 64', { handlers: Array.from({ length: 65 }, (_, index) => ({ name: `h${index}` })) }],
    ['a handler without a name', { handlers: [{ runtimeType: 'x' }] }],
    ['two handlers of one name', { handlers: [{ name: 'x' }, { name: 'x' }] }],
    ['options that are longer than 4096', { handlers: [{ name: 'x', options: 'o'.repeat(4097) }] }],
    ['a severity of its own', { problems: [{ code: 'A', severity: 'fatal', file: 'f', line: 1 }] }],
    ['a code that is none', { problems: [{ code: '<script>', severity: 'error', file: 'f', line: 1 }] }],
    ['a missing part of another kind', { handlers: [{ name: 'x', missing: [{ what: 'Kernel', value: 'x' }] }] }],
  ])('refuses %s', async (_, status) => {
    await agents.cluster.api.send('POST', nodeRuntimesCollection, agents.object('node-a'));
    const refused = await agents.cluster.api.send('PATCH', `${nodeRuntimesCollection}/node-a/status`, { status });
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('Invalid')]);
  });

  test('is structural, and explained', async () => {
    const found = JSON.parse(
      await agents.cluster.api.expect(
        'GET',
        '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/noderuntimes.shimgate.dev',
      ),
    ) as { readonly status: { readonly conditions: readonly { readonly type: string }[] } };
    expect(found.status.conditions.map(({ type }) => type)).not.toContain('NonStructuralSchema');
    const explained = await agents.admin.run(['explain', 'noderuntimes.status.handlers.missing']);
    expect(explained.stdout).toContain('no pod of it starts');
  });
});
