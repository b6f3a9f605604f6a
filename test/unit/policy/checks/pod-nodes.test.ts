import { describe, expect, test } from '@jest/globals';
import type { Node, Pod, RuntimeClass, Toleration } from '../../../../src/generated/objects.ts';
import { podNodes } from '../../../../src/policy/checks/pod-nodes.ts';
import { followPod } from '../../../../src/policy/follow-pod.ts';
import type { World } from '../../../../src/policy/world.ts';
import { indexUsableNodes } from '../../../../src/policy/usable-nodes.ts';
import { judgedBy, lineOf } from '../judged.ts';
import { podCreation, podOf, podUpdate, templateReview } from '../review-of.ts';
import { classOf, nodeOf, worldOf } from '../../../support/worlds/world-of.ts';

type Spec = NonNullable<Pod['spec']>;

const tolerations: Toleration[] = [{ key: 'kata', operator: 'Exists' }];
const taints = [{ key: 'kata', effect: 'NoSchedule' }];
const kata = classOf('vm', 'kata');

function onlyIn(pool: string): Spec {
  const matchExpressions = [{ key: 'pool', operator: 'In', values: [pool] }];
  const nodeSelectorTerms = [{ matchExpressions }];
  return {
    tolerations,
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
  };
}

const nodes = [
  nodeOf('a', ['runc'], { labels: { pool: 'general', zone: 'a' } }),
  nodeOf('b', ['runc'], { labels: { pool: 'general', zone: 'b' } }),
  nodeOf('c', ['runc', 'kata'], { labels: { pool: 'kata', zone: 'a' }, taints }),
];

function judge(spec: Spec, runtimeClass: RuntimeClass = kata, known: readonly Node[] = nodes) {
  const configuration = { runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' } } };
  const world = worldOf({ configuration, classes: [runtimeClass], nodes: known });
  const pod = { metadata: { name: 'web' }, spec: { runtimeClassName: 'vm', ...spec } };
  const created = judgedBy(podNodes, podCreation('validating', pod), world).findings;
  expect(judgedBy(podNodes, podUpdate('validating', pod, pod), world).findings).toEqual([]);
  expect(judgedBy(podNodes, templateReview(pod), world).findings).toHaveLength(created.length);
  return created.map((found) => `${found.severity}: ${lineOf(found)}`);
}

describe('a pod of a class that some nodes have is warned about where it can only use others:', () => {
  const warning = (nodesAre: string) =>
    `warning: Pod team/web -> RuntimeClass "vm" -> handler "kata", and ${nodesAre}. [NoUsableNodeHasHandler] Correct the pod's nodeSelector and tolerations, or configure the handler on these nodes.`;

  test.each<readonly [string, Spec, RuntimeClass, string]>([
    [
      'by its nodeSelector',
      { nodeSelector: { pool: 'general' } },
      kata,
      'none of the 2 nodes that the pod can use has it',
    ],
    [
      'by two labels',
      { nodeSelector: { pool: 'general', zone: 'a' } },
      kata,
      'the only node that the pod can use does not have it',
    ],
    ['by a taint that it does not tolerate', {}, kata, 'none of the 2 nodes that the pod can use has it'],
    ['by its required node affinity', onlyIn('general'), kata, 'none of the 2 nodes that the pod can use has it'],
    [
      "by its class's selector and its own together",
      { nodeSelector: { pool: 'general' }, tolerations },
      classOf('vm', 'kata', { nodeSelector: { zone: 'a' } }),
      'the only node that the pod can use does not have it',
    ],
  ])('%s', (_, spec, runtimeClass, nodesAre) => {
    expect(judge(spec, runtimeClass)).toEqual([warning(nodesAre)]);
  });
});

describe('nothing is said of a pod', () => {
  test.each<readonly [string, Spec, RuntimeClass, readonly Node[]]>([
    ['that tolerates the taint', { tolerations }, kata, nodes],
    ['whose class tolerates it', {}, classOf('vm', 'kata', { tolerations }), nodes],
    ['that can use a node which does not report', {}, kata, [...nodes, nodeOf('d', undefined)]],
    ['that can use no node that is known', { nodeSelector: { pool: 'later' } }, kata, nodes],
    ['whose node affinity leads to the handler', onlyIn('kata'), kata, nodes],
    ['whose node affinity leads to no node that is known', onlyIn('later'), kata, nodes],
    ['that asks for a label which no node has', { nodeSelector: { constructor: 'x' } }, kata, nodes],
    ['that names its node', { nodeName: 'c' }, kata, nodes],
    ['without nodes', {}, kata, []],
    ['of a class that no node has: that is said of the class', {}, kata, nodes.slice(0, 2)],
    ['of a class that leads nowhere: that is said of the class', {}, classOf('vm', 'undeclared'), nodes],
    ['of a class that is not known', {}, classOf('other', 'kata'), nodes],
    ['of no class', { runtimeClassName: null, nodeSelector: { pool: 'general' } }, kata, nodes],
  ])('%s', (_, spec, runtimeClass, known) => {
    expect(judge(spec, runtimeClass, known)).toEqual([]);
  });
});

describe('the nodes that a pod can use', () => {
  test('are counted, with the handlers that they list, each once', () => {
    const found = indexUsableNodes([nodeOf('d', ['runc', 'runc']), ...nodes, nodeOf('e', [])])(kata, { tolerations });
    expect({ ...found, listing: Object.fromEntries(found?.listing ?? []) }).toEqual({
      usable: 5,
      reporting: 4,
      listing: { runc: 4, kata: 1 },
      featured: { userNamespaces: new Map(), recursiveReadOnlyMounts: new Map(Object.entries({ runc: 4, kata: 1 })) },
    });
  });

  const world = () => worldOf({ classes: [kata], nodes });
  const usableIn = (one: World, spec: Spec) => one.usableNodes(followPod(podOf('vm'), one), spec);

  test('are looked for once, and again in another world', () => {
    const one = world();
    const spec = { nodeSelector: { pool: 'general' } };
    expect(usableIn(one, { ...spec })).toBe(usableIn(one, { ...spec }));
    const changed = worldOf({ classes: [classOf('vm', 'kata', { nodeSelector: { zone: 'b' } })], nodes });
    expect(usableIn(changed, spec)?.usable).toBe(1);
    expect(usableIn(one, spec)?.usable).toBe(2);
  });

  test('are the same, however many other pods have asked meanwhile', () => {
    const one = world();
    const spec = { nodeSelector: { zone: 'a' }, tolerations };
    const first = usableIn(one, spec);
    for (let index = 0; index < 1_500; index++) usableIn(one, { nodeSelector: { pool: `pool-${index}` } });
    expect(usableIn(one, spec)).toEqual(first);
  });

  test.each<readonly [string, Spec]>([
    ['a long key', { tolerations: [...tolerations, { key: 'x'.repeat(10_000) }] }],
    ['many tolerations', { tolerations: Array.from({ length: 40_000 }, () => ({})) }],
    ['many labels', { nodeSelector: Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`l${at}`, ''])) }],
  ])('are not looked for by a pod or a class with %s', (_, long) => {
    expect(usableIn(world(), long)).toBeUndefined();
    const longClass: RuntimeClass = { ...kata, scheduling: long };
    expect(usableIn(worldOf({ classes: [longClass], nodes }), {})).toBeUndefined();
  });

  test('are asked for by what decides, and by nothing else that a toleration has', () => {
    const one = world();
    const surplus = {
      tolerations: [{ key: 'kata', operator: 'Exists', tolerationSeconds: { deep: 'x'.repeat(10_000) } }],
    };
    expect(usableIn(one, surplus)).toBe(usableIn(one, { tolerations }));
  });

  test('cost a look at each kind of them, and not at each taint of each node', () => {
    let looks = 0;
    const counted = () => ({
      key: 'pool',
      value: 'x',
      get effect() {
        looks++;
        return 'NoSchedule';
      },
    });
    const many = Array.from({ length: 5_000 }, (_, index) => nodeOf(`n${index}`, ['runc'], { taints: [counted()] }));
    const usable = indexUsableNodes(many);
    looks = 0;
    for (let index = 0; index < 50; index++) usable(kata, { tolerations: [{ key: `k${index}`, operator: 'Exists' }] });
    expect(looks).toBeLessThan(50 * 10);
  });

  test('cost no scan of all nodes, for a label of which each has its own value', () => {
    const many = Array.from({ length: 5_000 }, (_, index) =>
      nodeOf(`n${index}`, ['runc'], { labels: { host: `n${index}` } }),
    );
    const usable = indexUsableNodes(many);
    usable(kata, { nodeSelector: { host: 'n0' } });
    const started = performance.now();
    for (const { metadata } of many) usable(kata, { nodeSelector: { host: metadata?.name ?? '' } });
    // A scan each would be 25 million nodes.
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
