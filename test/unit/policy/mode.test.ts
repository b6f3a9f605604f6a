import { describe, expect, test } from '@jest/globals';
import type { Mode } from '../../../src/generated/configuration.ts';
import { modeIn } from '../../../src/policy/mode.ts';
import { namespaceOf, worldOf, type ConfigurationFields } from '../../support/worlds/world-of.ts';

type Labels = Readonly<Record<string, string>>;

function modeOf(fields: ConfigurationFields, labels: Labels = {}): Mode {
  return modeIn('team', worldOf({ configuration: fields, namespaces: [namespaceOf('team', labels)] }));
}

describe('the mode is', () => {
  test.each<readonly [string, ConfigurationFields, Mode]>([
    ['enforce where the configuration says nothing', {}, 'enforce'],
    ["the configuration's", { mode: 'audit' }, 'audit'],
    [
      "that of the namespace's rule",
      { mode: 'audit', namespaceRules: [{ namespaces: ['team'], mode: 'warn' }] },
      'warn',
    ],
    [
      "that of the namespace's rule, though it is looser",
      { namespaceRules: [{ namespaces: ['te*'], mode: 'audit' }] },
      'audit',
    ],
    [
      "the configuration's where the rule has none",
      { mode: 'warn', namespaceRules: [{ namespaces: ['team'] }] },
      'warn',
    ],
    [
      "the configuration's where no rule matches",
      { mode: 'warn', namespaceRules: [{ namespaces: ['te'], mode: 'audit' }] },
      'warn',
    ],
    [
      'that of the first rule that matches',
      {
        namespaceRules: [
          { namespaces: ['other'], mode: 'enforce' },
          { namespaces: ['team'], mode: 'warn' },
          { mode: 'audit' },
        ],
      },
      'warn',
    ],
    [
      "the configuration's where the first rule that matches has none, though a later one has",
      { mode: 'warn', namespaceRules: [{ namespaces: ['team'] }, { mode: 'audit' }] },
      'warn',
    ],
  ])('%s', (_, fields, expected) => {
    expect(modeOf(fields)).toBe(expected);
  });

  test("the configuration's for what has no namespace, whatever rules say", () => {
    const world = worldOf({ configuration: { mode: 'warn', namespaceRules: [{ mode: 'audit' }] } });
    expect(modeIn(undefined, world)).toBe('warn');
  });

  test('known for a namespace that is not known, by its name', () => {
    const rules: ConfigurationFields = { namespaceRules: [{ namespaces: ['new-*'], mode: 'warn' }] };
    expect(modeIn('new-team', worldOf({ configuration: rules }))).toBe('warn');
  });
});

describe("the namespace's label", () => {
  const stricter: readonly (readonly [Mode, string, Mode])[] = [
    ['audit', 'warn', 'warn'],
    ['audit', 'enforce', 'enforce'],
    ['warn', 'enforce', 'enforce'],
  ];
  const same: readonly (readonly [Mode, string, Mode])[] = [
    ['enforce', 'enforce', 'enforce'],
    ['warn', 'warn', 'warn'],
    ['audit', 'audit', 'audit'],
  ];
  const malformed: readonly (readonly [Mode, string, Mode])[] = [
    ['audit', '', 'enforce'],
    ['audit', 'Warn', 'enforce'],
    ['audit', 'audit ', 'enforce'],
    ['warn', 'off', 'enforce'],
    ['enforce', 'constructor', 'enforce'],
  ];
  const looser: readonly (readonly [Mode, Mode])[] = [
    ['enforce', 'warn'],
    ['enforce', 'audit'],
    ['warn', 'audit'],
  ];

  test.each([...stricter, ...same, ...malformed])('makes of %s, with %j, %s', (mode, label, expected) => {
    for (const namespaceLabelMayLoosen of [false, true]) {
      expect(modeOf({ mode, namespaceLabelMayLoosen }, { 'shimgate.dev/mode': label })).toBe(expected);
    }
  });

  test.each(looser)('leaves %s, with %s, as it is, unless the configuration lets it loosen', (mode, label) => {
    const labels = { 'shimgate.dev/mode': label };
    expect(modeOf({ mode }, labels)).toBe(mode);
    expect(modeOf({ mode, namespaceLabelMayLoosen: true }, labels)).toBe(label);
  });

  test("is compared with the rule's mode where there is one", () => {
    const fields: ConfigurationFields = { mode: 'audit', namespaceRules: [{ mode: 'enforce' }] };
    expect(modeOf(fields, { 'shimgate.dev/mode': 'warn' })).toBe('enforce');
    expect(modeOf({ namespaceRules: [{ mode: 'audit' }] }, { 'shimgate.dev/mode': 'warn' })).toBe('warn');
  });

  test('may be null, with all others', () => {
    const world = worldOf({
      configuration: { mode: 'warn' },
      namespaces: [{ metadata: { name: 'team', labels: null } }],
    });
    expect(modeIn('team', world)).toBe('warn');
  });
});
