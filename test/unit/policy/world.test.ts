import { describe, expect, test } from '@jest/globals';
import type { Namespace } from '../../../src/generated/objects.ts';
import { indexCluster } from '../../../src/policy/cluster-index.ts';
import { followPod } from '../../../src/policy/follow-pod.ts';
import { World, WorldMaker } from '../../../src/policy/world.ts';
import { annotatedFields, annotatedWorld } from './annotated-world.ts';
import { podOf } from './review-of.ts';
import { configurationOf, namespaceOf } from '../../support/worlds/world-of.ts';

const untrusted = podOf(undefined, { 'io.kubernetes.cri.untrusted-workload': 'true' });

describe('a world remembers', () => {
  test('where the pods of a class lead, and those without one', () => {
    const world = annotatedWorld();
    for (const pod of [podOf('vm'), podOf(undefined), untrusted]) {
      expect(followPod({ ...pod }, world)).toBe(followPod({ ...pod }, world));
    }
    expect(followPod(untrusted, world)).not.toBe(followPod(podOf(undefined), world));
  });

  test('nothing of a class that does not exist', () => {
    const world = annotatedWorld();
    expect(world.followClass('nosuch')).toBeUndefined();
    expect(followPod(podOf('nosuch'), world)).toEqual(followPod(podOf('nosuch'), world));
    expect(followPod(podOf('nosuch'), world)).not.toBe(followPod(podOf('nosuch'), world));
  });

  test('the rule of a namespace, for as long as that does not change', () => {
    const namespaces = new Map<string, Namespace>([['team', namespaceOf('team', { tier: 'dev' })]]);
    const cluster = indexCluster({ classes: new Map(), namespaces, nodes: new Map() });
    const prod = { selector: { matchLabels: { tier: 'prod' } } };
    const world = new World(cluster, configurationOf({ namespaceRules: [prod, { name: 'other' }] }));
    expect(world.ruleFor('team')?.index).toBe(1);
    expect(world.ruleFor('team')).toBe(world.ruleFor('team'));
    namespaces.set('team', namespaceOf('team', { tier: 'prod' }));
    expect(world.ruleFor('team')?.index).toBe(0);
    namespaces.delete('team');
    expect(world.ruleFor('team')?.index).toBe(1);
  });
});

describe('another world is made', () => {
  const { cluster } = annotatedWorld();
  const [one, other] = [configurationOf(annotatedFields()), configurationOf(annotatedFields({ mode: 'warn' }))];

  test('not while nothing changes', () => {
    const maker = new WorldMaker();
    const world = maker.worldOf(cluster, one, [other]);
    expect(maker.worldOf(cluster, one, [other])).toBe(world);
    expect(world.recent.map(({ configuration }) => configuration)).toEqual([other]);
  });

  test.each<readonly [string, () => Parameters<WorldMaker['worldOf']>]>([
    ['for another cluster', () => [annotatedWorld().cluster, one, [other]]],
    ['for another configuration', () => [cluster, other, [other]]],
    ['once a recent configuration is forgotten', () => [cluster, one, []]],
    ['for another recent configuration', () => [cluster, one, [one]]],
  ])('%s', (_, changed) => {
    const maker = new WorldMaker();
    const world = maker.worldOf(cluster, one, [other]);
    const next = maker.worldOf(...changed());
    expect(next).not.toBe(world);
    expect(next.followClass('vm')).not.toBe(world.followClass('vm'));
  });
});
