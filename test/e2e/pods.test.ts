import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { GatedCluster } from './scenarios/gated-cluster.ts';
import { expectSilence, type KubectlUser } from './scenarios/kubectl-user.ts';
import { node, pod, runtimeClass, type StoredPod } from '../support/cluster/manifests.ts';
import { deniedFromStdin, done, refused } from './scenarios/outcomes.ts';
import { gvisor, kata, runtimes, type SandboxClass } from './scenarios/sandbox-runtimes.ts';

const config = {
  mode: 'enforce',
  undeclaredHandlers: 'reported',
  runtimes,
  namespaceRules: [{ namespaces: ['defaulted-*'], defaultRuntimeClassName: 'kata' }],
};
const denying = { ...config, undeclaredHandlers: 'deny' };

/** The one node that there is, while there is one. */
const nodeName = 'worker';

/** A class whose handler nobody declares, for nodes of its own, whatever the node controller taints them with. */
const typo = runtimeClass('typo', 'rnusc', {
  scheduling: { nodeSelector: { sandbox: 'typo' }, tolerations: [{ operator: 'Exists' }] },
});

jest.setTimeout(120_000);

let gate: GatedCluster;

beforeAll(async () => {
  gate = await GatedCluster.start(config);
  const admin = await gate.userIn('classes');
  expectSilence(await admin.apply(gvisor.manifest, kata.manifest));
  expect(await admin.apply(typo)).toMatchObject({ exitCode: 0 });
}, 15 * 60_000);

afterAll(async () => {
  await gate.stop();
});

afterEach(async () => {
  await gate.remove('node', nodeName);
});

describe('a pod of a class that leads to a declared shim', () => {
  test('is stored with the annotations of its shim, and with overhead and scheduling of its class', async () => {
    const user = await gate.userIn('known');
    expect(await user.apply(pod('web', { runtimeClassName: 'gvisor' }))).toEqual(done(['pod/web created']));
    await expectMadeBy(gvisor, user, 'web');
  });

  test('is told where that shim is for another operating system than the pod', async () => {
    const user = await gate.userIn('windows');
    const web = pod('web', { runtimeClassName: 'gvisor' });
    const onWindows = { ...web, spec: { ...web.spec, os: { name: 'windows' } } };
    const told =
      `Pod ${user.namespace}/web -> RuntimeClass "gvisor" -> handler "runsc" -> shim "io.containerd.runsc.v1", which is for Linux, ` +
      'and the pod is for Windows. [RuntimeOfOtherOperatingSystem] Name a RuntimeClass whose handler is of type io.containerd.runhcs.v1.';
    expect(await user.apply(onWindows)).toEqual(done(['pod/web created'], [told]));
  });

  test('shows its annotations in a dry run, which stores nothing', async () => {
    const user = await gate.userIn('dry');
    const input = JSON.stringify(pod('web', { runtimeClassName: 'kata' }));
    const shown = await user.run(['create', '--dry-run=server', '--filename=-', '--output=json'], { input });
    expectSilence(shown);
    expect(JSON.parse(shown.stdout)).toMatchObject({ metadata: { annotations: kata.annotations } });
    expect(await user.run(['get', 'pods', '--output=name'])).toEqual(done([]));
  });

  test('may have a generated name, and goes by what it begins with in a warning, which is shown once', async () => {
    const user = await gate.userIn('generated');
    const { metadata, ...rest } = pod('', { runtimeClassName: 'gvisor', annotations: { 'shimgate.dev/source': 'me' } });
    const input = JSON.stringify({ ...rest, metadata: { ...metadata, generateName: 'web-' } });
    for (let count = 0; count < 2; count++) {
      const shown = await user.run(['create', '--filename=-'], { input });
      const name = /^pod\/(web-[a-z0-9]{5}) created\n$/.exec(shown.stdout)?.[1] ?? 'none';
      const warning =
        `Pod ${user.namespace}/web-*: annotation shimgate.dev/source: "me" is replaced by "configured". ` +
        '[ManagedAnnotationReplaced] Leave this annotation out of the manifest.';
      expect(shown).toEqual(done([`pod/${name} created`], [warning]));
      await expectMadeBy(gvisor, user, name);
    }
  });

  test('is debugged, bound to a node and updated by a kubelet as ever, without asking shimgate', async () => {
    const user = await gate.userIn('lived');
    expectSilence(await user.apply(pod('web', { runtimeClassName: 'gvisor' }), node(nodeName)));
    const asked = await gate.requests();
    const debug = ['debug', 'web', '--image=sample', '--container=debugger', '--attach=false'];
    expect(await user.run(debug)).toEqual(done([]));
    const target = { apiVersion: 'v1', kind: 'Node', name: nodeName };
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'Binding', metadata: { name: 'web' }, target });
    const path = `/api/v1/namespaces/${user.namespace}/pods/web/binding`;
    expectSilence(await user.run(['create', '--raw', path, '--filename=-'], { input }));
    const patch = '{"status":{"message":"starting"}}';
    expect(await user.run(['patch', 'pod', 'web', '--subresource=status', '--patch', patch])).toEqual(
      done(['pod/web patched']),
    );
    expect(await gate.requests()).toBe(asked);
    await expectMadeBy(gvisor, user, 'web');
    expect(await user.stored('pod', 'web')).toMatchObject({
      spec: { nodeName, ephemeralContainers: [{ name: 'debugger' }] },
      status: { message: 'starting' },
    });
  });
});

describe('a pod whose class leads to no shim', () => {
  test('is refused by the API server itself, before shimgate is asked, where there is no such class', async () => {
    const user = await gate.userIn('unknown');
    const asked = await gate.requests();
    expect(await user.apply(pod('web', { runtimeClassName: 'nosuch' }))).toEqual(
      refused(
        'Error from server (Forbidden): error when creating "STDIN": pods "web" is forbidden: ' +
          'pod rejected: RuntimeClass "nosuch" not found',
      ),
    );
    expect(await gate.requests()).toBe(asked);
  });

  test('is denied for its undeclared handler where the configuration says deny', async () => {
    const user = await gate.userIn('denied');
    await gate.whileConfigured(denying, async () => {
      expect(await user.apply(pod('web', { runtimeClassName: 'typo' }))).toEqual(
        undeclared(user, 'web', 'no node that the class can use is known'),
      );
    });
    expect(await user.run(['get', 'pods', '--output=name'])).toEqual(done([]));
  });

  test('is judged by what nodes report of the undeclared handler, and is let in while there is no node', async () => {
    const user = await gate.userIn('reported');
    const create = (name: string) => user.apply(pod(name, { runtimeClassName: 'typo' }));
    expect(await create('early')).toEqual(warned(user, 'early', 'no node that the class can use is known'));
    expect(await user.podAnnotations('early')).toEqual({});

    expectSilence(await user.apply(node(nodeName, { sandbox: 'typo' })));
    await report(user, ['', 'runc', 'runsc']);
    const lost = undeclared(user, 'lost', 'the only node that the pod can use does not have it');
    await eventually(async () => {
      const input = JSON.stringify(pod('lost', { runtimeClassName: 'typo' }));
      expect(await user.run(['create', '--dry-run=server', '--filename=-'], { input })).toEqual(lost);
    });
    expect(await create('lost')).toEqual(lost);
    // Only by waiting does it get its first node from whoever scales that pool.
    const any = pod('waiting', { runtimeClassName: 'typo' });
    const waiting = { ...any, spec: { ...any.spec, nodeSelector: { pool: 'at-zero' } } };
    const letIn = { exitCode: 0, stderr: expect.stringContaining('[UndeclaredHandler]') };
    expect(await user.apply(waiting)).toMatchObject(letIn);
    // An installer makes its class before its handler.
    expect(await user.apply(runtimeClass('made-first', 'made-first'))).toMatchObject(letIn);
    await gate.remove('runtimeclass', 'made-first');

    await report(user, ['', 'runc', 'rnusc']);
    await eventually(async () => {
      const known = `Pod ${user.namespace}/found -> RuntimeClass "typo" -> handler "rnusc"`;
      const declare = '[UndeclaredHandler] Declare it: runtimes: {rnusc: {runtimeType: SHIM}}.';
      expect(await create('found')).toEqual(
        done(['pod/found created'], [`${known}, which is not declared. ${declare}`]),
      );
    });
    expect(await user.podAnnotations('found')).toEqual({ 'shimgate.dev/source': 'node' });
  });
});

test('a user who may make pods in one namespace only gets the same annotations, warnings and denials', async () => {
  const user = await gate.userIn('tenant');
  expectSilence(await user.run(['create', 'rolebinding', 'jane', '--clusterrole=edit', '--user=jane']));
  const jane = { kubeconfigPath: gate.cluster.userKubeconfigPath('jane') };
  const create = (manifest: object, namespace = user.namespace) =>
    user.run(['create', '--filename=-', '--namespace', namespace], { ...jane, input: JSON.stringify(manifest) });
  const web = pod('web', { runtimeClassName: 'gvisor', annotations: { 'shimgate.dev/source': 'jane' } });
  const warning =
    `Pod ${user.namespace}/web: annotation shimgate.dev/source: "jane" is replaced by "configured". ` +
    '[ManagedAnnotationReplaced] Leave this annotation out of the manifest.';
  expect(await create(web)).toEqual(done(['pod/web created'], [warning]));
  await expectMadeBy(gvisor, user, 'web');
  await gate.whileConfigured(denying, async () => {
    expect(await create(pod('lost', { runtimeClassName: 'typo' }))).toEqual(
      undeclared(user, 'lost', 'no node that the class can use is known'),
    );
  });
  expect((await create(web, 'default')).stderr).toContain('User "jane" cannot create resource "pods"');
});

describe('a pod that names no class', () => {
  test('is not sent to shimgate where no rule concerns it, and neither is any pod in kube-system', async () => {
    const user = await gate.userIn('unconcerned');
    const asked = await gate.requests();
    expectSilence(await user.apply(pod('plain', { annotations: { team: 'blue' } })));
    expectSilence(await user.run(['annotate', 'pod', 'plain', '--overwrite', 'team=red']));
    const input = JSON.stringify(pod('agent', { runtimeClassName: 'gvisor' }));
    expectSilence(await user.run(['create', '--filename=-', '--namespace=kube-system'], { input }));
    const agent = await user.run(['get', 'pod', 'agent', '--namespace=kube-system', '--output=jsonpath={.metadata}']);
    expect(agent.stdout).not.toContain('annotations');
    expect(await user.podAnnotations('plain')).toEqual({ team: 'red' });
    expect(await gate.requests()).toBe(asked);
    // The same count does move for a pod that a rule concerns: once for each webhook.
    expectSilence(await user.apply(pod('web', { runtimeClassName: 'gvisor' })));
    expect(await gate.requests()).toBe(asked + 2);
  });

  test("gets its namespace's default class and all that follows from it; an explicit class is kept", async () => {
    const user = await gate.userIn('defaulted');
    const asked = await gate.requests();
    const pods = [pod('plain'), pod('chosen', { runtimeClassName: 'gvisor' })];
    expect(await user.apply(...pods)).toEqual(done(['pod/plain created', 'pod/chosen created']));
    await expectMadeBy(kata, user, 'plain');
    await expectMadeBy(gvisor, user, 'chosen');
    // One mutating and one validating request each; and for the pod that got its class, one to give it and one more once
    // the in-tree plugin has filled in what follows from it.
    expect(await gate.requests()).toBe(asked + 6);
    const elsewhere = await gate.userIn('not-defaulted');
    expectSilence(await elsewhere.apply(pod('plain')));
    expect(await gate.requests()).toBe(asked + 6);
    expect((await elsewhere.stored<StoredPod>('pod', 'plain')).spec).not.toHaveProperty('runtimeClassName');
  });
});

async function expectMadeBy(sandbox: SandboxClass, user: KubectlUser, name: string): Promise<void> {
  const { spec } = await user.stored<StoredPod>('pod', name);
  const { overhead, nodeSelector, toleration } = sandbox;
  expect(spec).toMatchObject({ runtimeClassName: sandbox.manifest.metadata.name, overhead, nodeSelector });
  expect(spec.tolerations).toContainEqual(toleration);
  expect(await user.podAnnotations(name)).toEqual(sandbox.annotations);
}

async function report(user: KubectlUser, handlers: readonly string[]): Promise<void> {
  const patch = JSON.stringify({ status: { runtimeHandlers: handlers.map((handler) => ({ name: handler })) } });
  expectSilence(await user.run(['patch', 'node', nodeName, '--subresource=status', '--type=merge', '--patch', patch]));
}

const meant = '[UndeclaredHandler] Did you mean "runsc"? Else declare it: runtimes: {rnusc: {runtimeType: SHIM}}.';

function undeclaredText({ namespace }: KubectlUser, name: string, nodes: string): string {
  return `Pod ${namespace}/${name} -> RuntimeClass "typo" -> handler "rnusc", which the configuration does not declare; ${nodes}. ${meant}`;
}

function warned(user: KubectlUser, name: string, nodes: string) {
  return done([`pod/${name} created`], [undeclaredText(user, name, nodes)]);
}

function undeclared(user: KubectlUser, name: string, nodes: string) {
  return refused(`${deniedFromStdin}${undeclaredText(user, name, nodes)}`);
}
