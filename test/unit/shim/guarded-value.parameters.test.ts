import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ValueForm } from '../../../src/shim/guarded-keys.ts';
import { flawOfValue, isAllowedValue } from '../../../src/shim/guarded-value.ts';

describe('kernel parameters are read as the kernel reads them:', () => {
  test.each<readonly [string, ValueForm, string, readonly string[], boolean]>([
    ['an address, which the glob has', 'words', 'a.x=kbs::http://192.0.2.1:80', ['a.x=kbs::http://192.0.2.1:*'], true],
    ['an address, which it has not', 'words', 'a.x=http://h', ['a.x=*', 'a.x=*/*/*'], false],
    ['an address of the host itself', 'words', 'a.x=kbs:///b/c', ['a.x=kbs://*/*/*'], false],
    ['an address of the host itself, which the glob has', 'words', 'a.x=kbs:///b/c', ['a.x=kbs:///*/*'], true],
    ['an address that climbs', 'words', 'a.x=http://h/../c', ['a.x=http://*/*/*'], false],
    ['an address that climbs in escapes', 'words', 'a.x=http://h/%2E%2e/c', ['a.x=http://*/*/*'], false],
    ['an address with a doubled slash behind it', 'words', 'a.x=http://h//c', ['a.x=http://*/*/*'], false],
    ['four slashes', 'words', 'a.x=kbs:////c', ['a.x=kbs:///*/*', 'a.x=kbs:////*'], false],
    ['a letter whose bytes have a blank', 'words', 'a.x=àinit=sh', ['a.x=*'], false],
    ['a sign whose bytes have a blank', 'words', 'a.x=†', ['a.x=*'], false],
    ['one of four bytes with a blank', 'words', 'a.x=\u{1f820}', ['a.x=*'], false],
    ['a letter whose bytes have none', 'words', 'a.x=ä', ['a.x=*'], true],
    ['a blank of Unicode, which Kata reads', 'words', 'a.x=1\u2003init=sh', ['a.x=*'], false],
    ['a quote without its pair', 'words', 'a.x="1', ['a.x=*'], false],
    ['quotes in a pair', 'words', 'a.x="1"', ['a.x="*"'], true],
    ['quotes around a blank, which Kata does not keep', 'words', 'a.x="1 init=sh"', ['a.x=*', 'init=*'], false],
    ['quotes around a blank, which the kernel keeps', 'commandLine', 'a.x="1 2" quiet', ['a.x="*"', 'quiet'], true],
    ['what follows such quotes', 'commandLine', 'a.x="1 2" init=sh', ['a.x="*"', 'quiet'], false],
    ['what quotes join', 'commandLine', 'a.x="1 2"init=sh', ['a.x="1 2"', 'init=*'], false],
    ['a quote without its pair', 'commandLine', 'quiet a.x="1 2', ['quiet', 'a.x=*'], false],
    ['a line break', 'commandLine', 'quiet\ninit=sh', ['quiet*'], false],
    ['a blank of Unicode, which the kernel keeps', 'commandLine', 'a.x=1\u2003b', ['a.x=1\u2003b'], true],
  ])('%s (%s %j)', (_, form, value, globs, isAllowed) => {
    expect(isAllowedValue(form, value, globs)).toBe(isAllowed);
  });

  test('a character has such a byte where UTF-8 says so', () => {
    const units = fc.oneof(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'binary', minLength: 1 }));
    fc.assert(
      fc.property(units, (text) => {
        const word = text.replaceAll(/[\p{White_Space}\p{C}\p{Zl}\p{Zp}"/.\\%]/gu, '');
        expect(flawOfValue('words', `a${word}`) === undefined).toBe(!Buffer.from(word).includes(0xa0));
      }),
      { numRuns: 3000 },
    );
  });
});
