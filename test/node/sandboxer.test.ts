import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readPrepared } from './prepare/prepared.ts';
import { containersOf, specAnnotations } from './stage/containers.ts';
import { GatedNode, makeNamespace, type StoredPod } from './stage/gated-node.ts';
import { outcomesOf } from './stage/outcome.ts';
import { podOf } from './table/row.ts';

const prepared = readPrepared();
const podAnnotations = ['team.example/*'];
const runtimes = {
  runc: { runtimeType: 'io.containerd.runc.v2' },
  sandboxed: { runtimeType: prepared.sandboxShim, sandboxer: 'shim', podAnnotations },
  bypath: { runtimeType: 'io.containerd.absent.v1', runtimePath: prepared.sandboxShim, sandboxer: 'shim' },
};
const notInstalled = /binary not installed "containerd-shim-absent-v1"/;
const annotations = { 'team.example/a': 'passed', 'other.example/b': 'not passed' };

let gated: GatedNode;
let outcomes: Awaited<ReturnType<typeof outcomesOf>>;
let stored: StoredPod;
let sandbox: string;
let container: string;

beforeAll(async () => {
  gated = await GatedNode.start({ runtimes }, () => ({}));
  await gated.makeClasses(['sandboxed', 'bypath']);
  await makeNamespace(gated.node, 'pods');
  const common = { hostNetwork: true, annotations, warned: [] } as const;
  await gated.create(podOf({ pod: 'sandboxed', class: 'sandboxed', ...common, node: 'runs' }, gated.node.image));
  await gated.create(podOf({ pod: 'bypath', class: 'bypath', ...common, node: notInstalled }, gated.node.image));
  outcomes = await outcomesOf(gated.node.controlPlane, 'pods', 120_000);
  const outcome = outcomes.get('sandboxed');
  if (outcome?.kind !== 'runs') throw new Error(`${outcome?.message ?? ''}\n${gated.node.logs().slice(-4_000)}`);
  stored = await gated.stored('pods', 'sandboxed');
  const { stdout } = await gated.node.crictl(['pods', '--quiet', '--no-trunc', '--state=ready']);
  sandbox = stdout.trim();
  [container = ''] = await containersOf(gated.node, stored.uid, 1);
}, 600_000);

afterAll(async () => {
  await (gated as GatedNode | undefined)?.stop();
}, 60_000);

test('a sandboxer of another kind than podsandbox is handed all annotations of a pod', async () => {
  const file = path.join(gated.node.sandboxBundle(sandbox), 'created.json');
  const handedOver = JSON.parse(await readFile(file, 'utf8')) as { readonly annotations: object };
  expect(Object.keys(stored.annotations)).toEqual(
    expect.arrayContaining([...Object.keys(annotations), 'shimgate.dev/runtime-type']),
  );
  expect(handedOver.annotations).toMatchObject(stored.annotations);
  // So that import says of such a runtime that it passes all on.
  expect(gated.imported.runtimes['sandboxed']?.podAnnotations).toBeUndefined();
});

test('its containers get those that pod_annotations lets pass', async () => {
  const inSpec = Object.keys(await specAnnotations(gated.node, container));
  expect(inSpec.filter((key) => key in stored.annotations)).toEqual(['team.example/a']);
});

test('it is not told runtime_path: the shim is that of the type', () => {
  expect(outcomes.get('bypath')).toMatchObject({
    kind: 'fails',
    message: expect.stringMatching(notInstalled) as unknown,
  });
  expect(gated.imported.runtimes['bypath']?.runtimePath).toBeUndefined();
  expect(gated.importedOf('bypath')).toContain('NotCarriedOver');
});
