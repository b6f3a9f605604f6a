import { describe, expect, test } from '@jest/globals';
import type { RuntimeClass } from '../../../src/generated/objects.ts';
import { clusterStateFrom } from '../../../src/manifests/cluster-state.ts';
import { groupKindOf } from '../../../src/admission/pod-template-place.ts';
import { parseManifests } from '../../../src/manifests/read-manifests.ts';

function stateOf(text: string) {
  return clusterStateFrom(parseManifests(Buffer.from(text), 'cluster.yaml').objects);
}

/** The class of that name, which must be there. */
function classOf({ state }: ReturnType<typeof stateOf>, name: string): RuntimeClass {
  const runtimeClass = state.runtimeClass(name);
  if (runtimeClass === undefined) throw new Error(`no RuntimeClass ${name}`);
  return runtimeClass;
}

const cluster = `
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: kata}
handler: kata-qemu
---
apiVersion: node.k8s.io/v1beta1
kind: RuntimeClass
metadata: {name: old}
handler: old
---
apiVersion: v1
kind: Namespace
metadata: {name: tenant-a, labels: {shimgate.dev/mode: enforce}}
---
apiVersion: v1
kind: Node
metadata: {name: node-1}
status:
  runtimeHandlers: [{name: ""}, {name: kata-qemu}]
---
apiVersion: v1
kind: Node
metadata: {name: node-2}
---
apiVersion: v1
kind: Pod
metadata: {name: tenant-b}
---
apiVersion: example.com/v1
kind: RuntimeClass
metadata: {name: foreign}
handler: foreign
---
apiVersion: example.com/v1
kind: Namespace
metadata: {name: foreign}
`;

describe('the cluster of some manifests', () => {
  const built = stateOf(cluster);

  test('has their RuntimeClasses, of any version', () => {
    expect(built.state.runtimeClass('kata')?.handler).toBe('kata-qemu');
    expect(built.state.runtimeClass('old')?.handler).toBe('old');
  });

  test('has their Namespaces', () => {
    expect(built.state.namespace('tenant-a')?.metadata?.labels).toEqual({ 'shimgate.dev/mode': 'enforce' });
  });

  test('has what their Nodes report', () => {
    expect(built.state.handlerPresence(classOf(built, 'kata'))).toMatchObject({
      selected: 2,
      reporting: 1,
      listing: 1,
    });
    expect(built.state.handlerPresence(classOf(built, 'old'))).toMatchObject({ selected: 2, reporting: 1, listing: 0 });
  });

  test('has the Pods that use a class, each of its namespace', () => {
    const pod = (namespace: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: ${namespace}}\nspec: {runtimeClassName: kata}\n`;
    const { findPods } = stateOf(['a', 'b', 'b'].map(pod).join('---\n'));
    expect(findPods({ className: 'kata' })).toEqual({
      count: 2,
      handlers: [],
      extent: 'all',
    });
  });

  test('has nothing of other kinds, or of the same kinds in other groups', () => {
    expect(built.state.namespace('tenant-b')).toBeUndefined();
    expect(built.state.runtimeClass('foreign')).toBeUndefined();
    expect(built.state.namespace('foreign')).toBeUndefined();
    expect(built.counts).toEqual({ RuntimeClass: 2, Namespace: 1, Node: 2, Pod: 1 });
    expect(built.findings).toEqual([]);
  });

  test.each(['__proto__', 'constructor', 'toString', ''])('has no class of the name %j', (name) => {
    expect(built.state.runtimeClass(name)).toBeUndefined();
    expect(built.state.namespace(name)).toBeUndefined();
  });

  test('is empty where there are none', () => {
    expect(stateOf('').counts).toEqual({ RuntimeClass: 0, Namespace: 0, Node: 0, Pod: 0 });
  });

  test('has the later one of two objects of a name', () => {
    const built = stateOf(
      ['first', 'second']
        .map((handler) => `apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: a}\nhandler: ${handler}\n`)
        .join('---\n'),
    );
    expect(built.state.runtimeClass('a')?.handler).toBe('second');
    expect(built.counts.RuntimeClass).toBe(1);
  });

  test('has no object with a field of the wrong type, which is told with its line and field; the others are there', () => {
    const built = stateOf(`
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: a}
handler: 1
---
apiVersion: v1
kind: Namespace
metadata: {name: b, labels: {example.com/tier: 1}}
---
apiVersion: v1
kind: Node
metadata: {name: c}
spec: {taints: [{key: d}]}
---
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: e}
handler: e
`);
    expect(built.counts).toEqual({ RuntimeClass: 1, Namespace: 0, Node: 0, Pod: 0 });
    expect(built.findings).toEqual([
      {
        code: 'UnreadableManifest',
        severity: 'error',
        field: 'handler',
        statement: 'This RuntimeClass cannot be read: handler must be string.',
        fix: expect.stringContaining('Write it in quotes') as unknown,
        source: { file: 'cluster.yaml', line: 2, column: 1 },
      },
      expect.objectContaining({
        field: 'metadata.labels[example.com/tier]',
        statement: 'This Namespace cannot be read: metadata.labels[example.com/tier] must be string.',
      }),
      expect.objectContaining({
        field: 'spec.taints[0]',
        statement: "This Node cannot be read: spec.taints[0] must have required property 'effect'.",
      }),
    ]);
  });
});

describe('group and kind', () => {
  test.each([
    ['v1', 'Pod', '/Pod'],
    ['apps/v1', 'Deployment', 'apps/Deployment'],
    ['node.k8s.io/v1', 'RuntimeClass', 'node.k8s.io/RuntimeClass'],
    ['', 'Pod', '/Pod'],
  ])('of %j %s are %s', (apiVersion, kind, expected) => {
    expect(groupKindOf({ apiVersion, kind })).toBe(expected);
  });
});
