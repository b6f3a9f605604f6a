import { describe, expect, test } from '@jest/globals';
import type { Node, RuntimeClass, Taint, Toleration } from '../../../src/generated/objects.ts';
import { indexHandlers, isOnNoNode } from '../../../src/policy/node-handlers.ts';
import { classOf, nodeOf } from '../../support/worlds/world-of.ts';

const gpu: Taint = { key: 'gpu', value: 'yes', effect: 'NoSchedule' };

/** A taint whose value is a number. */
const sla = (value: string): Taint => ({ key: 'sla', value, effect: 'NoExecute' });

const kata = classOf('kata', 'kata');
const onPool = classOf('kata', 'kata', { nodeSelector: { pool: 'kata' } });

const pool = { labels: { pool: 'kata', 'kubernetes.io/os': 'linux' } };

describe('the nodes prove that no pod of a class can start', () => {
  test.each<readonly [string, boolean, RuntimeClass, readonly Node[]]>([
    ['there is no node', false, kata, []],
    ['the only node lists other handlers', true, kata, [nodeOf('a', ['', 'runc'])]],
    ['every node lists other handlers', true, kata, [nodeOf('a', ['runc']), nodeOf('b', ['runc', 'runsc'])]],
    ['one of two lists it', false, kata, [nodeOf('a', ['runc']), nodeOf('b', ['runc', 'kata'])]],
    ['one of two has an old kubelet', false, kata, [nodeOf('a', ['runc']), nodeOf('b', undefined)]],
    ['one of two reports an empty list', false, kata, [nodeOf('a', ['runc']), nodeOf('b', [])]],
    ['the only node has an old kubelet', false, kata, [nodeOf('a', undefined)]],
    ['its node pool is scaled to zero', false, onPool, [nodeOf('a', ['runc'], { labels: { pool: 'general' } })]],
    [
      'no node of its pool lists it, but another does',
      true,
      onPool,
      [nodeOf('a', ['runc'], pool), nodeOf('b', ['kata'])],
    ],
    ['a node of its pool lists it', false, onPool, [nodeOf('a', ['runc', 'kata'], pool), nodeOf('b', ['runc'])]],
    ['the only node has a taint that it does not tolerate', false, kata, [nodeOf('a', ['runc'], { taints: [gpu] })]],
    [
      'one of two has a taint that it does not tolerate',
      true,
      kata,
      [nodeOf('a', ['runc'], { taints: [gpu] }), nodeOf('b', ['runc'])],
    ],
    [
      'a tainted node, which a pod may tolerate, lists it',
      false,
      kata,
      [nodeOf('a', ['kata'], { taints: [gpu] }), nodeOf('b', ['runc'])],
    ],
    [
      'a tainted node, which a pod may tolerate, does not report',
      false,
      kata,
      [nodeOf('a', undefined, { taints: [gpu] }), nodeOf('b', ['runc'])],
    ],
    [
      'the only node has a taint that merely prefers',
      true,
      kata,
      [nodeOf('a', ['runc'], { taints: [{ key: 'gpu', effect: 'PreferNoSchedule' }] })],
    ],
    [
      'the only node is new, and so not ready, or cordoned',
      true,
      kata,
      [
        nodeOf('a', ['runc'], {
          taints: ['not-ready', 'unschedulable'].map((state) => ({
            key: `node.kubernetes.io/${state}`,
            effect: 'NoSchedule',
          })),
        }),
      ],
    ],
    ['a handler is listed under a name that begins alike', true, kata, [nodeOf('a', ['kata-qemu', 'kat'])]],
  ])('where %s: %j', (_, expected, runtimeClass, nodes) => {
    expect(isOnNoNode(indexHandlers(nodes)(runtimeClass))).toBe(expected);
  });
});

describe('a taint is tolerated', () => {
  test.each<readonly [boolean, readonly Toleration[], Taint]>([
    [false, [], gpu],
    [true, [{ key: 'gpu', operator: 'Equal', value: 'yes', effect: 'NoSchedule' }], gpu],
    [true, [{ key: 'gpu', value: 'yes' }], gpu],
    [true, [{ key: 'gpu', operator: '', value: 'yes', effect: '' }], gpu],
    [true, [{ key: 'gpu', operator: null, value: 'yes', effect: null }], gpu],
    [true, [{ key: 'gpu', operator: 'Exists' }], gpu],
    [true, [{ operator: 'Exists' }], gpu],
    [true, [{ key: null, operator: 'Exists', value: null, effect: null }], gpu],
    [true, [{ operator: 'Exists', effect: 'NoSchedule' }], gpu],
    [false, [{ operator: 'Exists', effect: 'NoExecute' }], gpu],
    [false, [{ key: 'gpu', value: 'no' }], gpu],
    [false, [{ key: 'gpu' }], gpu],
    [false, [{ key: 'fpga', operator: 'Exists' }], gpu],
    [false, [{ value: 'yes' }], gpu],
    [true, [{ key: 'gpu' }], { key: 'gpu', effect: 'NoSchedule' }],
    [true, [{ key: 'gpu', value: '' }], { key: 'gpu', value: null, effect: 'NoSchedule' }],
    [true, [{ key: 'fpga' }, { key: 'gpu', operator: 'Exists' }], gpu],
    [false, [{ key: 'gpu', operator: 'exists' }], gpu],
    [true, [{ key: 'sla', operator: 'Gt', value: '900' }], sla('950')],
    [false, [{ key: 'sla', operator: 'Gt', value: '950' }], sla('950')],
    [true, [{ key: 'sla', operator: 'Lt', value: '-1' }], sla('-2')],
    [false, [{ key: 'sla', operator: 'Lt', value: '900' }], sla('950')],
    [false, [{ key: 'other', operator: 'Lt', value: '1000' }], sla('950')],
    [true, [{ key: 'sla', operator: 'Lt', value: '9223372036854775807' }], sla('950')],
    [false, [{ key: 'sla', operator: 'Lt', value: '9223372036854775808' }], sla('950')],
    [false, [{ key: 'sla', operator: 'Lt', value: '1000' }], sla('0950')],
    [false, [{ key: 'sla', operator: 'Lt', value: '1000' }], sla('9.5')],
    [false, [{ key: 'sla', operator: 'Lt', value: '1000' }], sla('')],
    [false, [{ key: 'sla', operator: 'Lt' }], sla('950')],
    [false, [{ key: 'sla', operator: 'Gt', value: 'yes' }], sla('yes')],
  ])('%j: by %j, %j', (expected, tolerations, taint) => {
    const runtimeClass = classOf('kata', 'kata', { tolerations: [...tolerations] });
    const { selected, reachable } = indexHandlers([nodeOf('a', ['runc'], { taints: [taint] })])(runtimeClass);
    expect({ selected, reachable }).toEqual({ selected: 1, reachable: expected ? 1 : 0 });
  });

  test('only where every taint of the node is', () => {
    const other: Taint = { key: 'other', effect: 'NoExecute' };
    const tolerant = classOf('kata', 'kata', { tolerations: [{ key: 'gpu', operator: 'Exists' }] });
    expect(indexHandlers([nodeOf('a', ['runc'], { taints: [gpu, other] })])(tolerant).reachable).toBe(0);
  });
});

describe('a node is one that the class can use', () => {
  test.each<readonly [boolean, Readonly<Record<string, string>>, Readonly<Record<string, string>>]>([
    [true, {}, {}],
    [true, { pool: 'kata' }, { pool: 'kata', zone: 'a' }],
    [false, { pool: 'kata' }, { pool: 'other' }],
    [false, { pool: 'kata' }, {}],
    [false, { pool: 'kata', zone: 'a' }, { pool: 'kata', zone: 'b' }],
    [true, { pool: '' }, { pool: '' }],
    [false, { pool: '' }, {}],
    [false, { constructor: 'x' }, {}],
  ])('%j: selector %j, labels %j', (expected, nodeSelector, labels) => {
    const runtimeClass = classOf('kata', 'kata', { nodeSelector });
    expect(indexHandlers([nodeOf('a', ['runc'], { labels })])(runtimeClass).selected).toBe(expected ? 1 : 0);
  });
});

describe('a handler without any feature is told', () => {
  test.each<readonly [string, string | undefined, readonly Node[]]>([
    ['where another of that node has one', 'a', [nodeOf('a', ['runc', 'kata!'])]],
    ['of the first such node', 'b', [nodeOf('a', ['runc', 'kata']), nodeOf('b', ['runc', 'kata!'])]],
    ['not where none of that node has one', undefined, [nodeOf('a', ['runc!', 'kata!']), nodeOf('b', ['runc'])]],
    ['not where it has one', undefined, [nodeOf('a', ['runc', 'kata'])]],
    ['not where it is not listed', undefined, [nodeOf('a', ['runc', 'runsc!'])]],
  ])('%s', (_, expected, nodes) => {
    expect(indexHandlers(nodes)(kata).featurelessNode).toBe(expected);
  });
});

describe('nodes are counted', () => {
  test('though Kubernetes may send null for what is not there', () => {
    const empty: Node = {
      metadata: { name: null, labels: null },
      spec: { taints: null },
      status: { runtimeHandlers: null },
    };
    const nameless: Node = { status: { runtimeHandlers: [{ name: null, features: null }] } };
    const runtimeClass: RuntimeClass = { handler: 'kata', scheduling: { nodeSelector: null, tolerations: null } };
    expect(indexHandlers([empty, nameless, {}])(runtimeClass)).toEqual({
      said: { speaking: 0, having: [], lacking: 0 },
      selected: 3,
      reachable: 3,
      reporting: 1,
      listing: 0,
      featurelessNode: undefined,
      atPulls: [{ version: undefined, general: 'overlayfs', count: 3, example: '' }],
    });
  });
});
