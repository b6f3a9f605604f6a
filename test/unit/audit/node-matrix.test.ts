import { describe, expect, test } from '@jest/globals';
import { Inventory } from '../../../src/audit/inventory.ts';
import { nodeMatrix } from '../../../src/audit/node-matrix.ts';
import { matrixTable } from '../../../src/audit/reporters/html/matrix.ts';

const read = { type: 'ConfigurationRead', status: 'True', reason: 'Read', message: '', lastTransitionTime: '' };

/** An inventory of nodes that say what they have, or nothing where that is undefined. */
function inventoryOf(
  nodes: Readonly<Record<string, readonly object[] | undefined>>,
  classes: readonly object[],
): Inventory {
  const inventory = new Inventory();
  for (const [name, handlers] of Object.entries(nodes)) {
    inventory.take('Node', { metadata: { name, labels: { pool: name.charAt(0) } } }, undefined);
    if (handlers === undefined) continue;
    inventory.take('NodeRuntimes', { metadata: { name }, status: { conditions: [read], handlers } }, undefined);
  }
  for (const one of classes) inventory.take('RuntimeClass', one, undefined);
  return inventory;
}

const kata = { name: 'kata', runtimeType: 'io.containerd.kata.v2' };
const hollow = { ...kata, missing: [{ what: 'Shim', value: 'containerd-shim-kata-v2' }] };
const classes = [
  { metadata: { name: 'kata' }, handler: 'kata' },
  { metadata: { name: 'picky' }, handler: 'kata', scheduling: { nodeSelector: { pool: 'a' } } },
];

describe('the matrix of classes and nodes', () => {
  test('says what each class finds where, with nodes that are alike in one column', () => {
    const inventory = inventoryOf({ a1: [kata], a2: [kata], b1: [hollow], b2: [], c1: undefined }, classes);
    expect(nodeMatrix(inventory)).toEqual({
      columns: [
        { count: 2, example: 'a1', says: true },
        { count: 1, example: 'b1', says: true },
        { count: 1, example: 'b2', says: true },
        { count: 1, example: 'c1', says: false },
      ],
      rows: [
        { runtimeClass: 'kata', cells: ['there', 'lacking', 'absent', 'unknown'] },
        { runtimeClass: 'picky', cells: ['there', 'unused', 'unused', 'unused'] },
      ],
      more: { nodes: 0, classes: 0 },
    });
  });

  test('is not there where no node says what it has', () => {
    expect(nodeMatrix(inventoryOf({ a1: undefined }, classes))).toBeUndefined();
    expect(matrixTable(undefined).text).toBe('');
  });

  test('is bounded, and says what it leaves out', () => {
    const many = Array.from({ length: 120 }, (_, index) => ({ metadata: { name: `c${index}` }, handler: `h${index}` }));
    const nodes = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`n${index}`, [{ ...kata, name: `h${index}` }]]),
    );
    const matrix = nodeMatrix(inventoryOf(nodes, many));
    expect([matrix?.columns.length, matrix?.rows.length, matrix?.more]).toEqual([24, 100, { nodes: 16, classes: 20 }]);
    expect(matrixTable(matrix).text).toContain('… and 16 nodes and 20 classes more.');
  });

  test('shows names as texts', () => {
    const inventory = inventoryOf({ '<b>': [kata] }, [{ metadata: { name: '<script>' }, handler: 'kata' }]);
    expect(matrixTable(nodeMatrix(inventory)).text).not.toMatch(/<b>|<script>/);
  });
});
