import { describe, expect, test } from '@jest/globals';
import { parseTextQuickly } from '../../../src/text/quick-document.ts';

const parsed = (text: string) => {
  const { documents, problems } = parseTextQuickly(Buffer.from(text));
  return { values: documents.map(({ value }) => value), problems: problems.map(({ message }) => message) };
};

describe('a key << merges maps, as kubectl has it:', () => {
  test.each<[string, string, unknown]>([
    ['an alias', 'a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n', { a: { x: 1, y: 2 }, b: { x: 1, y: 3 } }],
    ['what stands there', 'b: {y: 3, <<: {y: 4, z: 5}}\n', { b: { y: 3, z: 5 } }],
    [
      'several, of which the first counts',
      'a: &a {x: 1}\nc: &c {x: 9, z: 1}\nb: {<<: [*a, *c]}\n',
      { a: { x: 1 }, c: { x: 9, z: 1 }, b: { x: 1, z: 1 } },
    ],
    ['not in quotes', 'b: {"<<": {y: 4}}\n', { b: { '<<': { y: 4 } } }],
  ])('%s', (_name, text, value) => {
    expect(parsed(text)).toEqual({ values: [value], problems: [] });
  });

  test('and nothing else than maps', () => {
    expect(parsed('b: {<<: 5}\n').problems).toEqual([expect.stringContaining('Merge sources must be maps')]);
  });

  test('and maps that merge one another without end are refused at once', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const before = Array.from({ length: 10 }, () => `*a${level}`).join(', ');
      return `a${level + 1}: &a${level + 1} {<<: [${before}], k${level}: 1}\n`;
    });
    const started = performance.now();
    expect(parsed(`a0: &a0 {x: 1}\n${levels.join('')}`).problems).toEqual([expect.stringContaining('Excessive alias')]);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
