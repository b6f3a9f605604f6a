import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { ProgramResult } from '../support/processes/run-program.ts';
import { GatedCluster } from './scenarios/gated-cluster.ts';
import { expectSilence, type KubectlUser } from './scenarios/kubectl-user.ts';
import { pod, runtimeClass } from '../support/cluster/manifests.ts';
import { done, refused } from './scenarios/outcomes.ts';
import { runtimes } from './scenarios/sandbox-runtimes.ts';

// The annotation says for which handler a pod was admitted.
const config = { mode: 'enforce', runtimes, runtimeClassDeletion: 'deny', runtimeHandlerAnnotation: true };

const denied =
  'Error from server (Forbidden): admission webhook "deletion.runtimeclasses.shimgate.dev" denied the request: ';
const deleted = (name: string) => [`runtimeclass.node.k8s.io "${name}" deleted`];
const created = (name: string) => [`runtimeclass.node.k8s.io/${name} created`];

jest.setTimeout(120_000);

let gate: GatedCluster;

beforeAll(async () => {
  gate = await GatedCluster.start(config);
}, 15 * 60_000);

afterAll(async () => {
  await gate.stop();
});

const find =
  '`kubectl get pods -A -o custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,CLASS:.spec.runtimeClassName` says which they are';

/** A class of runsc, and so many pods of it. */
async function use(user: KubectlUser, className: string, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `${className}-${index}`);
  const choice = { runtimeClassName: className };
  expectSilence(await user.apply(runtimeClass(className, 'runsc'), ...names.map((name) => pod(name, choice))));
}

/** Without a namespace, of which kubectl would say that it does not matter. */
function deleteClass(name: string): Promise<ProgramResult> {
  return gate.cluster.kubectl(['delete', 'runtimeclass', name]);
}

/** What a kubelet would report. */
async function setPhase(user: KubectlUser, name: string, phase: string): Promise<void> {
  const patch = JSON.stringify({ status: { phase } });
  expectSilence(await user.run(['patch', 'pod', name, '--subresource=status', '--type=merge', `--patch=${patch}`]));
}

test('a class that pods use is not deleted where that is denied, and no pod is named', async () => {
  const user = await gate.userIn('used');
  await use(user, 'used', 2);
  const reason = `RuntimeClass used: 2 pods use it, and cannot start again without it. [RuntimeClassInUse] Delete these pods first (${find}), or force it: \`kubectl annotate runtimeclass used shimgate.dev/allow-deletion=true\`, then delete it again.`;
  expect(await deleteClass('used')).toEqual(refused(denied + reason));
  expectSilence(await user.run(['delete', 'pods', '--all']));
  expect(await deleteClass('used')).toEqual(done(deleted('used')));
});

test('it is deleted when it is forced by the command that the denial says, with a warning', async () => {
  const user = await gate.userIn('forced');
  await use(user, 'forced', 4);
  const annotate = ['annotate', 'runtimeclass', 'forced', 'shimgate.dev/allow-deletion=true'];
  expect(await user.run(annotate)).toEqual(done(['runtimeclass.node.k8s.io/forced annotated']));
  const warning = `RuntimeClass forced: 4 pods use it, and cannot start again without it. [RuntimeClassInUse] Create the class again with the same handler, or delete these pods.`;
  expect(await deleteClass('forced')).toEqual(done(deleted('forced'), [warning]));
});

test('it is deleted with a warning where the configuration says so', async () => {
  const user = await gate.userIn('warned');
  await use(user, 'warned', 1);
  await gate.whileConfigured({ ...config, runtimeClassDeletion: 'warn' }, async () => {
    const warning = `RuntimeClass warned: 1 pod uses it, and cannot start again without it. [RuntimeClassInUse] Create the class again with the same handler, or delete these pods.`;
    expect(await deleteClass('warned')).toEqual(done(deleted('warned'), [warning]));
  });
});

test('it is deleted without a word where the configuration allows that', async () => {
  const user = await gate.userIn('allowed');
  await use(user, 'allowed', 1);
  await gate.whileConfigured({ ...config, runtimeClassDeletion: 'allow' }, async () => {
    expect(await deleteClass('allowed')).toEqual(done(deleted('allowed')));
  });
});

test('pods that have finished do not count, and one that is going still does', async () => {
  const user = await gate.userIn('finished');
  await use(user, 'finished', 2);
  await setPhase(user, 'finished-0', 'Succeeded');
  const finalizers = JSON.stringify({ metadata: { finalizers: ['example.com/bookkeeping'] } });
  expectSilence(await user.run(['patch', 'pod', 'finished-1', `--patch=${finalizers}`]));
  expectSilence(await user.run(['delete', 'pod', 'finished-1', '--wait=false']));
  const { stderr } = await deleteClass('finished');
  expect(stderr).toContain(`RuntimeClass finished: 1 pod uses it, and`);
  await setPhase(user, 'finished-1', 'Failed');
  expect(await deleteClass('finished')).toEqual(done(deleted('finished')));
});

test('of a collection that is deleted in one request, each class is judged by itself', async () => {
  const user = await gate.userIn('collection');
  await use(user, 'busy', 1);
  expectSilence(await user.apply(runtimeClass('idle', 'runsc')));
  for (const name of ['busy', 'idle']) expectSilence(await user.run(['label', 'runtimeclass', name, 'collection=yes']));
  const path = '/apis/node.k8s.io/v1/runtimeclasses?labelSelector=collection%3Dyes';
  const { exitCode, stderr } = await user.run(['delete', `--raw=${path}`]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('RuntimeClass busy: 1 pod uses it');
  const left = await user.run(['get', 'runtimeclass', '--selector=collection=yes', '--output=name']);
  expect(left.stdout).toContain('runtimeclass.node.k8s.io/busy\n');
});

test('a class is not made anew with another handler while pods of the former are there, also such as wait', async () => {
  const user = await gate.userIn('recreated');
  await use(user, 'recreated', 2);
  await setPhase(user, 'recreated-0', 'Running');
  expectSilence(await user.run(['annotate', 'runtimeclass', 'recreated', 'shimgate.dev/allow-deletion=true']));
  expect((await deleteClass('recreated')).exitCode).toBe(0);

  const said =
    'RuntimeClass recreated: 2 pods use it with handler "runsc" of a former class of this name. This one has "kata-qemu". [RuntimeClassRecreated] ';
  const create = ['create', '--dry-run=server', '--filename=-'];
  const other = { input: JSON.stringify(runtimeClass('recreated', 'kata-qemu')) };
  const { exitCode, stderr } = await user.run(create, other);
  expect([exitCode, stderr]).toEqual([
    1,
    expect.stringContaining(`${said}Delete these pods first (${find}), or give the class another name.`),
  ]);
  await gate.whileConfigured({ ...config, runtimeClassDeletion: 'warn' }, async () => {
    const warning = `${said}Delete these pods, so that they are made anew, or give the class another name.`;
    expect(await user.run(create, other)).toEqual(
      done(['runtimeclass.node.k8s.io/recreated created (server dry run)'], [warning]),
    );
  });
  // With the same handler as before nothing has changed.
  expect(await user.apply(runtimeClass('recreated', 'runsc'))).toEqual(done(created('recreated')));
});
