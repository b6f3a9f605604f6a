import { describe, expect, test } from '@jest/globals';
import {
  containerdFacts,
  imageKeyVersions,
  isTrueOf,
  newestFileVersion,
  runtimeKeyVersions,
  versionsWhere,
  type FactName,
} from '../../../src/shim/containerd-facts.ts';
import { isInRange, knownVersions, type ContainerdVersion } from '../../../src/shim/containerd-version.ts';

const names = Object.keys(containerdFacts) as readonly FactName[];

describe('each fact about versions of containerd', () => {
  test.each(names)('%s has a source, and tells known versions apart', (name) => {
    expect(containerdFacts[name].source).not.toBe('');
    const those = versionsWhere(name, knownVersions);
    expect(those.length).toBeGreaterThan(0);
    expect(those.length).toBeLessThan(knownVersions.length);
  });
});

test.each(knownVersions)('containerd %s makes one configuration of several files in one way', (version) => {
  const ways: readonly FactName[] = ['dropInReplacesPlugin', 'mergesBeforeMigration', 'migratesEachFile'];
  expect(ways.filter((name) => isTrueOf(name, version))).toHaveLength(1);
});

test.each<[ContainerdVersion, number]>([
  ['1.6', 2],
  ['1.7', 2],
  ['2.0', 3],
  ['2.2', 3],
  ['2.3', 4],
  ['2.4', 4],
  ['2.9', 4],
])('containerd %s knows files up to version %i', (version, expected) => {
  expect(newestFileVersion(version)).toBe(expected);
});

test('each key of which a version is known is in one version at least, and not in all', () => {
  for (const range of [...runtimeKeyVersions.values(), ...imageKeyVersions.values()]) {
    const those = knownVersions.filter((version) => isInRange(version, range));
    expect(those.length).toBeGreaterThan(0);
    expect(those.length).toBeLessThan(knownVersions.length);
  }
});
