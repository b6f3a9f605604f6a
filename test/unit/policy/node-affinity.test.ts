import { describe, expect, test } from '@jest/globals';
import type { Node, NodeSelectorRequirement, NodeSelectorTerm, Pod } from '../../../src/generated/objects.ts';
import { requiredNodeAffinity } from '../../../src/policy/node-affinity.ts';
import { nodeOf } from '../../support/worlds/world-of.ts';

const node = nodeOf('node-1', ['runc'], { labels: { pool: 'gpu', cores: '16', word: 'many' } });

function requiring(nodeSelectorTerms: NodeSelectorTerm[] | null): NonNullable<Pod['spec']> {
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } } };
}

const asksFor = (...matchExpressions: NodeSelectorRequirement[]) => requiring([{ matchExpressions }]);
const isLetOnto = (spec: NonNullable<Pod['spec']>, onto: Node = node) => requiredNodeAffinity(spec)?.(onto);

describe('a label of a node is compared as the scheduler does it:', () => {
  test.each<readonly [string, string, string[] | null, boolean]>([
    ['pool', 'In', ['cpu', 'gpu'], true],
    ['pool', 'In', ['cpu'], false],
    ['pool', 'In', [], false],
    ['other', 'In', ['cpu'], false],
    ['constructor', 'Exists', null, false],
    ['pool', 'NotIn', ['cpu'], true],
    ['pool', 'NotIn', ['gpu'], false],
    ['other', 'NotIn', ['gpu'], true],
    ['pool', 'Exists', null, true],
    ['other', 'Exists', null, false],
    ['pool', 'DoesNotExist', null, false],
    ['other', 'DoesNotExist', [], true],
    ['cores', 'Gt', ['15'], true],
    ['cores', 'Gt', ['16'], false],
    ['cores', 'Lt', ['+017'], true],
    ['cores', 'Lt', ['16'], false],
    ['cores', 'Gt', ['-1'], true],
    ['cores', 'Lt', ['9223372036854775808'], false],
    ['cores', 'Lt', ['9223372036854775807'], true],
    ['cores', 'Gt', [], false],
    ['cores', 'Gt', ['few'], false],
    ['word', 'Gt', ['1'], false],
    ['other', 'Lt', ['1'], false],
    ['pool', 'Near', ['gpu'], false],
  ])('%s %s %j is %s', (key, operator, values, expected) => {
    expect(isLetOnto(asksFor({ key, operator, values }))).toBe(expected);
  });
});

describe('a required node affinity', () => {
  const here: NodeSelectorRequirement = { key: 'pool', operator: 'In', values: ['gpu'] };
  const elsewhere: NodeSelectorRequirement = { key: 'pool', operator: 'In', values: ['cpu'] };
  const byName: NodeSelectorRequirement = { key: 'metadata.name', operator: 'In', values: ['node-1'] };

  test.each<readonly [string, NonNullable<Pod['spec']>, boolean]>([
    ['that is not there lets it onto any node', {}, true],
    [
      'that is null, too',
      { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: null } } },
      true,
    ],
    ['without terms lets it onto none', requiring([]), false],
    ['whose terms are null, too', requiring(null), false],
    ['whose term asks for nothing, too', requiring([{}, { matchExpressions: [], matchFields: null }]), false],
    ['has alternatives', requiring([{ matchExpressions: [elsewhere] }, { matchExpressions: [here] }]), true],
    ['of which all has to hold', asksFor(here, elsewhere), false],
    ['names a node, as a DaemonSet does', requiring([{ matchFields: [byName] }]), true],
    ['names another', requiring([{ matchFields: [{ ...byName, values: ['node-2'] }] }]), false],
    ['names one and asks for labels', requiring([{ matchFields: [byName], matchExpressions: [elsewhere] }]), false],
    ['names a field that nodes do not have', requiring([{ matchFields: [{ ...byName, key: 'metadata.uid' }] }]), false],
  ])('%s', (_, spec, expected) => {
    expect(isLetOnto(spec)).toBe(expected);
  });

  test('is not asked of nodes where it has more words than any manifest has reason for', () => {
    const values = Array.from({ length: 1_000 }, (_, index) => `pool-${index}`);
    expect(requiredNodeAffinity(asksFor({ key: 'pool', operator: 'In', values }))).toBeUndefined();
    expect(requiredNodeAffinity(requiring(Array.from({ length: 1_001 }, () => ({}))))).toBeUndefined();
  });
});
