import { describe, expect, test } from '@jest/globals';
import type { Node } from '../../../src/generated/objects.ts';
import { resolve, summary, type Parts } from './handler-summary.ts';
import { nodeOf, type ConfigurationFields } from '../../support/worlds/world-of.ts';

describe('an undeclared handler', () => {
  const somewhere = [nodeOf('a', ['runc', 'spin']), nodeOf('b', ['runc'])];
  const nowhere = [nodeOf('a', ['runc']), nodeOf('b', ['runc'])];
  const unreported = [nodeOf('a', undefined), nodeOf('b', ['runc'])];

  test.each<
    readonly [
      NonNullable<ConfigurationFields['undeclaredHandlers']>,
      string,
      readonly Node[],
      string,
      string | undefined,
    ]
  >([
    ['deny', 'that a node lists', somewhere, 'error', 'node ?'],
    ['deny', 'that no node lists', nowhere, 'error', undefined],
    ['deny', 'without nodes', [], 'error', undefined],
    ['reported', 'that a node lists', somewhere, 'warning', 'node ?'],
    ['reported', 'that no node lists', nowhere, 'warning', undefined],
    ['reported', 'that a node may have, which does not report', unreported, 'warning', undefined],
    ['reported', 'without nodes', [], 'warning', undefined],
    ['warn', 'that a node lists', somewhere, 'warning', 'node ?'],
    ['warn', 'that no node lists', nowhere, 'warning', undefined],
    ['warn', 'without nodes', [], 'warning', undefined],
  ])('under %s, %s', (undeclaredHandlers, _, nodes, severity, shim) => {
    expect(summary('spin', { nodes, fields: { undeclaredHandlers } })).toEqual({
      shim,
      found: [`UndeclaredHandler ${severity} handler for pods`],
    });
  });

  test('is warned about by default', () => {
    expect(summary('spin', { nodes: nowhere })).toEqual(
      summary('spin', { nodes: nowhere, fields: { undeclaredHandlers: 'warn' } }),
    );
  });

  test.each<readonly [string, readonly Node[], string]>([
    ['no node is known', [], '; no node that the class can use is known'],
    ['no node has it', nowhere, '; none of the 2 nodes that the class can use has it'],
    ['the only node has it not', [nodeOf('a', ['runc'])], '; the only node that the class can use does not have it'],
    ['some have it', somewhere, ', though 1 of the 2 nodes that the class can use reports it'],
    [
      'the only node has it',
      [nodeOf('a', ['runc', 'spin'])],
      ', though the only node that the class can use reports it',
    ],
    ['none reports', [nodeOf('a', undefined)], '; the only node that the class can use does not report its handlers'],
    [
      'some do not report',
      unreported,
      '; 1 of the 2 nodes that the class can use reports its handlers, and not this one',
    ],
    [
      'none can be reached',
      [nodeOf('a', ['runc'], { taints: [{ key: 'gpu', effect: 'NoSchedule' }] })],
      '; the only node that the class can use does not have it (and has a taint that the class does not tolerate)',
    ],
  ])('is told with what the nodes say: %s', (_, nodes, told) => {
    expect(resolve('spin', { nodes }).findings.map(({ message }) => message)).toEqual([
      `Handler "spin" is not declared in the configuration${told}.`,
    ]);
  });
});

describe('a declared handler that no node has is a warning, never a denial,', () => {
  const nodes = [nodeOf('a', ['runc-custom'])];

  test.each<readonly [string, string, Parts]>([
    ['by the table', 'kata', {}],
    ['by the stock runtimes', 'runc', {}],
    ['by the class', 'spin', { declares: 'io.containerd.spin.v2' }],
  ])('%s', (_, handler, parts) => {
    for (const undeclaredHandlers of ['deny', 'reported', 'warn'] as const) {
      const { found } = summary(handler, { ...parts, nodes, fields: { undeclaredHandlers } });
      expect(found).toEqual(['HandlerOnNoNode warning handler for pods']);
    }
  });

  test('and says what the nodes say', () => {
    expect(resolve('kata', { nodes }).findings[0]?.message).toBe(
      'Handler "kata" is declared, but the only node that the class can use does not have it.',
    );
  });

  test('and nothing is said where a node may still have it', () => {
    expect(summary('kata', { nodes: [...nodes, nodeOf('b', undefined)] }).found).toEqual([]);
  });

  test('and a node that lists it without a feature, beside one that has some, is worth knowing for the admin', () => {
    const { findings } = resolve('crun', { nodes: [nodeOf('a', ['runc', 'crun!'])] });
    expect(findings).toMatchObject([{ code: 'HandlerWithoutFeatures', severity: 'info', concernsPods: false }]);
    expect(findings[0]?.message).toBe(
      'Node "a" lists handler "crun" without any feature: its shim may not be installed there.',
    );
  });
});
