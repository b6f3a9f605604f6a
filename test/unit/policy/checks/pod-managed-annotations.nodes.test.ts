import { expect, test } from '@jest/globals';
import { defaultConfiguration } from '../../../../src/config/read-configuration.ts';
import { indexCluster } from '../../../../src/policy/cluster-index.ts';
import { podManagedAnnotations } from '../../../../src/policy/checks/pod-managed-annotations.ts';
import { nodeTableKeeper } from '../../../../src/policy/node-tables.ts';
import { World } from '../../../../src/policy/world.ts';
import { compileRuntimesTable } from '../../../../src/shim/runtimes-table.ts';
import { judgedBy, verdictOn } from '../judged.ts';
import { podCreation, podOf } from '../review-of.ts';

const conditions = [{ type: 'ConfigurationRead', status: 'True', reason: 'Read', message: '', lastTransitionTime: '' }];

/** A world of one node. @param said the type that it says of kata; undefined where nodes are not asked */
function worldOf(said: string | undefined, runtimes: Parameters<typeof compileRuntimesTable>[0] = {}): World {
  const table = nodeTableKeeper()({
    metadata: { name: 'a' },
    status: { conditions, handlers: said === undefined ? [] : [{ name: 'kata', runtimeType: said }] },
  });
  return new World(
    indexCluster({
      classes: new Map([['kata', { metadata: { name: 'kata' }, handler: 'kata' }]]),
      namespaces: new Map(),
      nodes: new Map([['a', { metadata: { name: 'a' } }]]),
      ...(said !== undefined && table !== undefined && { nodeTables: new Map([['a', table]]) }),
    }),
    { ...defaultConfiguration(), runtimes: compileRuntimesTable(runtimes).table },
  );
}

const pod = podOf('kata', { 'shimgate.dev/runtime-type': 'io.containerd.before.v1', 'shimgate.dev/source': 'node' });

test('what another replica wrote by what nodes said a moment ago is not denied', () => {
  const review = podCreation('validating', pod);
  const world = worldOf('io.containerd.now.v1');
  expect(judgedBy(podManagedAnnotations, review, world).findings.map(({ code, severity }) => [code, severity])).toEqual(
    [['ManagedAnnotationWrong', 'warning']],
  );
  expect(verdictOn(review, world).decision).toBe('allow');
});

test('where the configuration declares the runtime, or no node is asked, it is', () => {
  const review = podCreation('validating', pod);
  const declared = { kata: { runtimeType: 'io.containerd.kata.v2' } };
  expect(verdictOn(review, worldOf('io.containerd.kata.v2', declared)).decision).toBe('deny');
  expect(verdictOn(review, worldOf(undefined, declared)).decision).toBe('deny');
});

test('the mutating webhook replaces what a user wrote, by what nodes say', () => {
  const { edits } = judgedBy(podManagedAnnotations, podCreation('mutating', pod), worldOf('io.containerd.now.v1'));
  expect(edits?.get('shimgate.dev/runtime-type')).toBe('io.containerd.now.v1');
});
