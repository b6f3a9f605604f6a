import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { imageKeyVersions, runtimeKeyVersions } from '../../src/shim/containerd-facts.ts';
import { isInRange } from '../../src/shim/containerd-version.ts';
import { defaultPullSettings, runtimeHandlerAtPull } from '../../src/shim/runtime-handler-at-pull.ts';
import { eventually } from '../support/eventually.ts';
import { isQuotedBy, nodeEvents } from '../support/examples/node-events.ts';
import { readPrepared } from './prepare/prepared.ts';
import { pullSettings, type NodeSettings, type PullSetting } from './stage/containerd-config.ts';
import { GatedNode, makeNamespace } from './stage/gated-node.ts';
import { outcomesOf, type PodOutcome } from './stage/outcome.ts';
import { record } from './stage/record.ts';
import { pulledInto } from './stage/snapshots.ts';
import { podOf } from './table/row.ts';

const prepared = readPrepared();
const { containerd } = prepared.versions;
const handler = 'fancy';
const snapshotter = 'native';
const annotation = 'io.containerd.cri.runtime-handler';

/** Before 1.7 a runtime has no snapshotter of its own: the node passes over what its file says. */
const hasOwnSnapshotter = isInRange(containerd, runtimeKeyVersions.get('snapshotter') ?? {});

const knowsPlatforms = isInRange(containerd, imageKeyVersions.get('runtime_platforms') ?? {});

const settings = (pulls: PullSetting): NodeSettings => ({
  runtimes: {
    runc: { runtimeType: 'io.containerd.runc.v2' },
    [handler]: { runtimeType: 'io.containerd.runc.v2', snapshotter },
  },
  pulls,
});

/** What the rules say of a pull for the handler, by the version and the settings of the node. */
const effectOf = (pulls: PullSetting) =>
  runtimeHandlerAtPull(containerd, {
    ...defaultPullSettings,
    ...(hasOwnSnapshotter && { ofRuntime: snapshotter }),
    isLocal: pulls === 'use_local_image_pull',
    ...((pulls === 'unpack_config' || pulls === 'runtime_platforms') && { unpacked: ['overlayfs', snapshotter] }),
    ...(pulls === 'runtime_platforms' && knowsPlatforms && { ofPlatform: snapshotter }),
  }).effect;

/** Where the layers are once a pod without the annotation runs. */
const unpackedTwice = hasOwnSnapshotter ? ['overlayfs', snapshotter] : ['overlayfs'];

/** What became of each pod, for the matrix. */
const seen: object[] = [];

let gated: GatedNode;

beforeAll(async () => {
  gated = await GatedNode.start(settings('defaults'), () => ({ exemptions: { namespaces: ['exempt'] } }));
  await gated.makeClasses(['runc', handler]);
  for (const namespace of ['pods', 'exempt']) await makeNamespace(gated.node, namespace);
  // On a node without the pause image, a pod of a runtime with a snapshotter of its own does not start from 2.3 on.
  await gated.create(podOf({ pod: 'first', warned: [], node: 'runs' }, gated.node.image));
  await outcomesOf(gated.node.controlPlane, 'pods', 60_000);
}, 600_000);

afterAll(async () => {
  await record('pulls', seen);
  await (gated as GatedNode | undefined)?.stop();
}, 60_000);

describe.each(pullSettings)('with %s', (pulls) => {
  beforeAll(async () => {
    if (pulls !== 'defaults') await gated.node.restartContainerd(settings(pulls));
  }, 60_000);

  test('a pod of the handler without the annotation runs, and its image is unpacked for it', async () => {
    const { outcome, snapshotters } = await pull('exempt', `bare-${pulls.replaceAll('_', '-')}`, {});
    expect(outcome).toMatchObject({ kind: 'runs' });
    expect(snapshotters).toContain(unpackedTwice.at(-1));
  }, 90_000);

  test('a pod with the annotation does what the rules say of this version and these settings', async () => {
    const name = `own-${pulls.replaceAll('_', '-')}`;
    const { outcome, snapshotters } = await pull('exempt', name, { [annotation]: handler });
    const effect = effectOf(pulls);
    if (effect === 'fails') {
      expect(outcome).toMatchObject({ kind: 'fails' });
      const message = outcome.kind === 'fails' ? outcome.message : '';
      expect([message, nodeEvents.RuntimeHandlerBreaksPulls?.some((one) => isQuotedBy(one, message))]).toEqual([
        message,
        true,
      ]);
      return;
    }
    expect(outcome).toMatchObject({ kind: 'runs' });
    // Put to use, the layers are in the handler's snapshotter alone; ignored, they are in both.
    expect([effect, snapshotters]).toEqual([effect, effect === 'needs' ? [snapshotter] : unpackedTwice]);
  }, 90_000);

  test('auto injects the annotation only where the version alone says that it helps, and the pod runs', async () => {
    const { outcome, snapshotters, annotations } = await pull('pods', `auto-${pulls.replaceAll('_', '-')}`, {});
    const isInjected = effectOf('defaults') === 'needs';
    expect([containerd, annotations[annotation]]).toEqual([containerd, isInjected ? handler : undefined]);
    expect(outcome).toMatchObject({ kind: 'runs' });
    expect(snapshotters).toEqual(isInjected ? [snapshotter] : unpackedTwice);
  }, 90_000);
});

describe('where an administrator has it injected', () => {
  test('the audit says by version whether pulls fail, and a pod runs with the settings that it asks for', async () => {
    // The node still unpacks into either snapshotter.
    await gated.configure({ runtimeHandlerAnnotation: true });
    const { name } = await eventually(async () => {
      const pod = `true-${Date.now()}`;
      const { annotations } = await stored('pods', pod, {});
      if (annotations[annotation] !== handler) throw new Error('shimgate does not follow its configuration yet.');
      return { name: pod };
    }, 30_000);
    const outcomes = await outcomesOf(gated.node.controlPlane, 'pods', 60_000);
    expect(outcomes.get(name)).toMatchObject({ kind: 'runs' });
    const told = (await gated.audit()).filter(({ object }) => object.name === handler).map(({ code }) => code);
    const effect = effectOf('defaults');
    expect([effect, told.includes('RuntimeHandlerBreaksPulls')]).toEqual([effect, effect === 'fails']);
    expect([effect, told.includes('RuntimeHandlerIgnored')]).toEqual([effect, effect === 'ignores']);
  }, 120_000);
});

type Pulled = {
  readonly outcome: PodOutcome;
  readonly snapshotters: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
};

/** Runs a pod of an image of its own, whose layers are nowhere yet. */
async function pull(
  namespace: 'pods' | 'exempt',
  name: string,
  given: Readonly<Record<string, string>>,
): Promise<Pulled> {
  const image = await gated.node.pushImage(name);
  const { annotations } = await stored(namespace, name, given, image.reference);
  const outcome = (await outcomesOf(gated.node.controlPlane, namespace, 60_000)).get(name);
  if (outcome === undefined) throw new Error(`Nothing became of ${name}.`);
  const snapshotters = await pulledInto(gated.node, image.chainId, ['overlayfs', snapshotter]);
  seen.push({ pod: name, outcome, snapshotters });
  return { outcome, annotations, snapshotters };
}

async function stored(
  namespace: 'pods' | 'exempt',
  pod: string,
  annotations: Readonly<Record<string, string>>,
  image = gated.node.image,
) {
  await gated.create(podOf({ pod, namespace, class: handler, annotations, warned: [], node: 'runs' }, image));
  return gated.stored(namespace, pod);
}
