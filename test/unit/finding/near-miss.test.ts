import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nearMiss } from '../../../src/finding/near-miss.ts';

const fields = ['apiVersion', 'kind', 'mode', 'runtimes', 'runtimeType', 'runtimePath', 'path', 'options'];

describe('what was probably meant', () => {
  test.each([
    ['runtimetype', 'runtimeType'],
    ['RUNTIMES', 'runtimes'],
    ['runtime', 'runtimes'],
    ['runtimeTyp', 'runtimeType'],
    ['runtime_type', 'runtimeType'],
    ['runtimeClass', undefined],
    ['pth', 'path'],
    ['optoins', 'options'],
    ['args', undefined],
    ['x', undefined],
    ['', undefined],
  ])('by %j is %j', (word, expected) => {
    expect(nearMiss(word, fields)).toBe(expected);
  });

  test('is nothing where nothing is known', () => {
    expect(nearMiss('mode', [])).toBeUndefined();
  });

  test('prefers the word that differs in letter case only', () => {
    expect(nearMiss('MODE', ['MODEL', 'mode'])).toBe('mode');
  });

  test('is nothing for a word of a megabyte', () => {
    expect(nearMiss('a'.repeat(1_000_000), fields)).toBeUndefined();
  });

  test('is a known word or nothing, whatever was written', () => {
    fc.assert(
      fc.property(fc.string(), (word) => {
        expect([...fields, undefined]).toContain(nearMiss(word, fields));
      }),
    );
  });
});
