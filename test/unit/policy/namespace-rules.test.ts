import { describe, expect, test } from '@jest/globals';
import type { NamespaceRule } from '../../../src/generated/configuration.ts';
import { namespaceOf, worldOf } from '../../support/worlds/world-of.ts';

type Labels = Readonly<Record<string, string>>;

function matches(rule: NamespaceRule, namespace = 'team', labels: Labels = {}): boolean {
  const world = worldOf({ configuration: { namespaceRules: [rule] }, namespaces: [namespaceOf(namespace, labels)] });
  return world.ruleFor(namespace)?.rule !== undefined;
}

type Expressions = NonNullable<NonNullable<NamespaceRule['selector']>['matchExpressions']>;

describe('a rule is for a namespace', () => {
  test.each<readonly [boolean, readonly string[], string]>([
    [true, ['team'], 'team'],
    [true, ['other', 'team'], 'team'],
    [true, ['team-*'], 'team-a'],
    [true, ['*'], 'team'],
    [true, ['team-[ab]'], 'team-b'],
    [false, ['team'], 'team-a'],
    [false, ['eam'], 'team'],
    [false, ['team-?'], 'team-'],
    [false, [], 'team'],
    [true, ['constructor'], 'constructor'],
  ])('%j by the names %j: %s', (expected, namespaces, namespace) => {
    expect(matches({ namespaces: [...namespaces] }, namespace)).toBe(expected);
  });

  test.each<readonly [boolean, Labels, Labels]>([
    [true, {}, {}],
    [true, { tier: 'prod' }, { tier: 'prod', more: 'x' }],
    [false, { tier: 'prod' }, { tier: 'dev' }],
    [false, { tier: 'prod' }, {}],
    [false, { tier: '' }, {}],
    [true, { tier: '' }, { tier: '' }],
    [false, { tier: 'prod', zone: 'a' }, { tier: 'prod' }],
    [false, { constructor: 'x' }, {}],
    [true, { 'kubernetes.io/metadata.name': 'team' }, {}],
    [true, { 'kubernetes.io/metadata.name': 'team' }, { 'kubernetes.io/metadata.name': 'forged' }],
  ])('%j by matchLabels %j: %j', (expected, matchLabels, labels) => {
    expect(matches({ selector: { matchLabels } }, 'team', labels)).toBe(expected);
  });

  test.each<readonly [boolean, Expressions, Labels]>([
    [true, [], {}],
    [true, [{ key: 'tier', operator: 'In', values: ['dev', 'prod'] }], { tier: 'prod' }],
    [false, [{ key: 'tier', operator: 'In', values: ['dev'] }], { tier: 'prod' }],
    [false, [{ key: 'tier', operator: 'In', values: [''] }], {}],
    [false, [{ key: 'tier', operator: 'NotIn', values: ['dev', 'prod'] }], { tier: 'prod' }],
    [true, [{ key: 'tier', operator: 'NotIn', values: ['dev'] }], { tier: 'prod' }],
    [true, [{ key: 'tier', operator: 'NotIn', values: ['prod'] }], {}],
    [true, [{ key: 'tier', operator: 'Exists' }], { tier: '' }],
    [false, [{ key: 'tier', operator: 'Exists' }], {}],
    [false, [{ key: 'toString', operator: 'Exists' }], {}],
    [true, [{ key: 'tier', operator: 'DoesNotExist' }], {}],
    [false, [{ key: 'tier', operator: 'DoesNotExist', values: [] }], { tier: '' }],
    [
      false,
      [
        { key: 'a', operator: 'Exists' },
        { key: 'b', operator: 'Exists' },
      ],
      { a: '' },
    ],
    [true, [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system'] }], {}],
  ])('%j by matchExpressions %j: %j', (expected, matchExpressions, labels) => {
    expect(matches({ selector: { matchExpressions: [...matchExpressions] } }, 'team', labels)).toBe(expected);
  });

  test('where names and selector both pick it', () => {
    const rule = { namespaces: ['team'], selector: { matchLabels: { tier: 'prod' } } };
    expect(matches(rule, 'team', { tier: 'prod' })).toBe(true);
    expect(matches(rule, 'team', { tier: 'dev' })).toBe(false);
    expect(matches(rule, 'other', { tier: 'prod' })).toBe(false);
  });

  test('where it says neither', () => {
    expect(matches({})).toBe(true);
  });

  test('that is not known, by its name alone', () => {
    const byLabel = { selector: { matchLabels: { tier: 'prod' } }, mode: 'warn' } as const;
    const byName = { namespaces: ['new'], mode: 'audit' } as const;
    const world = worldOf({ configuration: { namespaceRules: [byLabel, { ...byName, namespaces: ['new'] }] } });
    expect(world.ruleFor('new')?.rule).toMatchObject({ mode: 'audit' });
    expect(world.ruleFor('other')?.rule).toBeUndefined();
  });
});

test('of several rules that match, the first one counts', () => {
  const namespaceRules = [{ name: 'a', namespaces: ['x'] }, { name: 'b', namespaces: ['te*'] }, { name: 'c' }];
  expect(worldOf({ configuration: { namespaceRules } }).ruleFor('team')?.rule.name).toBe('b');
});
