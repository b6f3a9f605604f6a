import { describe, expect, test } from '@jest/globals';
import {
  isInRange,
  listVersions,
  readContainerdVersion,
  verbFor,
  type ContainerdVersion,
} from '../../../src/shim/containerd-version.ts';

describe('a version of containerd is read as', () => {
  test.each([
    ['2.2', '2.2'],
    ['v2.2.9', '2.2'],
    ['1.7.27~ds1', '1.7'],
    ['1.6.20', '1.6'],
    ['containerd://2.1.5-k3s1.33', '2.1'],
    ['2.3.0-beta.1+unknown', '2.3'],
    ['2.12.0', '2.12'],
    ['3.0', '3.0'],
  ])('%s', (text, version) => {
    expect(readContainerdVersion(text)).toBe(version);
  });

  test.each(['', '2', 'latest', '1.5.18', '0.1', '2.', '.2', '2.2 ', '2.2;x', 'docker://27.1.0', '2.2222', '2.2x'])(
    'none: %j',
    (text) => {
      expect(readContainerdVersion(text)).toBeUndefined();
    },
  );
});

test.each<[ContainerdVersion, object, boolean]>([
  ['1.7', { until: '1.7' }, true],
  ['2.0', { until: '1.7' }, false],
  ['2.10', { from: '2.3' }, true],
  ['2.2', { from: '2.0', until: '2.2' }, true],
  ['2.3', { from: '2.0', until: '2.2' }, false],
  ['2.3', {}, true],
])('that %s lies in %j is %j', (version, range, expected) => {
  expect(isInRange(version, range)).toBe(expected);
});

test.each<[readonly ContainerdVersion[], string]>([
  [['2.1'], 'containerd 2.1'],
  [['2.3', '2.4'], 'containerd 2.3 and 2.4'],
  [['2.0', '2.1', '2.2'], 'containerd 2.0 to 2.2'],
  [['1.6', '1.7', '2.1', '2.2', '2.3'], 'containerd 1.6, 1.7 and 2.1 to 2.3'],
  [['1.7', '2.0', '2.1'], 'containerd 1.7 to 2.1'],
  [['2.7', '2.8'], 'containerd 2.7 and 2.8'],
])('%j are called %s', (versions, expected) => {
  expect(listVersions(versions)).toBe(expected);
});

test('the verb fits the number of versions', () => {
  expect([verbFor(['2.1'], 'does', 'do'), verbFor(['2.1', '2.2'], 'does', 'do')]).toEqual(['does', 'do']);
});
