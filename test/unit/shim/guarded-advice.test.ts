import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { adviceFor, type GuardedAdvice } from '../../../src/shim/guarded-advice.ts';
import type { ValueForm } from '../../../src/shim/guarded-keys.ts';
import { isAllowedValue, partsOf } from '../../../src/shim/guarded-value.ts';

const forms: readonly ValueForm[] = ['path', 'paths', 'words', 'commandLine', 'list', 'text'];

const globsOf = (advice: GuardedAdvice) => (advice.kind === 'globs' ? advice.globs : undefined);

describe('the globs that allow a value are', () => {
  test.each<readonly [ValueForm, string, readonly string[]]>([
    ['path', '/opt/a', ['/opt/a']],
    ['path', '/opt/[a]*', ['/opt/\\[a]\\*']],
    ['path', '/opt/a,b:rw', ['/opt/a,b:rw']],
    ['path', 'C:\\drv\\x', ['C:/drv/x']],
    ['path', 'C:/drv/x', ['C:/drv/x']],
    ['paths', '/opt/a,/opt/b /opt/a', ['/opt/a', '/opt/b']],
    ['paths', 'C:\\drv\\a;D:\\drv\\b', ['C:/drv/a', 'D:/drv/b']],
    ['words', 'quiet loglevel=3', ['quiet', 'loglevel=3']],
    ['words', 'agent.x=kbs::http://192.0.2.1:8080', ['agent.x=kbs::http://192.0.2.1:8080']],
    ['words', 'agent.x=kbs:///default/y', ['agent.x=kbs:///default/y']],
    ['commandLine', 'x="a b" quiet', ['x="a b"', 'quiet']],
    ['list', '["-o", "cache=none"]', ['-o', 'cache=none']],
    ['list', 'e1000 a=1;i915', ['e1000', 'a=1', 'i915']],
    ['text', 'a b', ['a b']],
    ['text', '- path: /dev/fuse\n  type: c\n', ['- path: /dev/fuse\n  type: c\n']],
    // The empty text: the only glob of nothing else.
    ['list', '', ['']],
    ['words', ' ', ['']],
    ['text', '', ['']],
  ])('%s %j: %j', (form, value, globs) => {
    expect(globsOf(adviceFor(form, value))).toEqual(globs);
    expect(isAllowedValue(form, value, globs)).toBe(true);
  });
});

describe('no globs allow, and none are given for', () => {
  test.each<readonly [ValueForm, string, string]>([
    ['path', '/opt/a/../../etc/x', 'has a "." or ".." segment'],
    ['path', '', 'is no absolute path'],
    ['words', 'init=/opt/../bin/sh', 'has a "." or ".." segment'],
    ['words', 'x="', 'has a quote without its pair, or around a blank'],
    ['text', 'a\0', 'has a character that cannot be seen'],
    ['text', 'a'.repeat(8193), 'is longer than 8192 characters'],
  ])('%s %j', (form, value, flaw) => {
    expect(adviceFor(form, value)).toEqual({ kind: 'flawed', flaw });
  });

  test.each<readonly [string, ValueForm, string]>([
    ['a value that a message would cut', 'text', 'a'.repeat(129)],
    ['a value whose glob a message would cut', 'text', '*'.repeat(65)],
    ['a value of many parts', 'words', Array.from({ length: 17 }, (_, index) => `a${index}`).join(' ')],
  ])('%s', (_, form, value) => {
    expect(adviceFor(form, value)).toEqual({ kind: 'too long' });
  });
});

const piece = fc.constantFrom(
  ...['a', 'b', '/', '//', '/opt', 'C:\\', 'C:/', '\\', '..', '.', ':', '://', ':///', ',', ';', ' ', '"', "'", '='],
  ...['*', '?', '[', ']', '^', '-', '["a"]', '["a","b"]', '\u00a0', '\u3000', '\u0085', 'à', '†', '\0', '%2e', '😀'],
);
const anyValue = fc.oneof(
  fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
  fc.array(piece, { maxLength: 5 }).map((pieces) => `/${pieces.join('')}`),
  fc.string(),
);
const anyForm = fc.constantFrom(...forms);

test('advice allows the value it is given for, is never the empty list, and allows no value with another part', () => {
  fc.assert(
    fc.property(anyForm, anyValue, anyValue, (form, value, other) => {
      const globs = globsOf(adviceFor(form, value));
      if (globs === undefined) return;
      expect(globs).not.toEqual([]);
      expect(isAllowedValue(form, value, globs)).toBe(true);
      const parts = new Set(partsOf(form, value).map((part) => part.replaceAll('\\', '/')));
      const hasOther = partsOf(form, other).some((part) => !parts.has(part.replaceAll('\\', '/')));
      if (hasOther) expect(isAllowedValue(form, other, globs)).toBe(false);
    }),
    { numRuns: 5000 },
  );
});

test('advice allows no neighbour of the value, and nothing that climbs', () => {
  const change = fc.constantFrom<(value: string) => string>(
    (value) => `${value}x`,
    (value) => `x${value}`,
    (value) => `${value}/x`,
    (value) => `${value}/../x`,
    (value) => `${value}/..`,
    (value) => `../${value}`,
    (value) => `${value} init=/bin/sh`,
    (value) => `${value}\u00a0init=/bin/sh`,
    (value) => `${value}"`,
    (value) => `${value}:rw`,
    (value) => `${value}\0`,
  );
  fc.assert(
    fc.property(anyForm, anyValue, change, (form, value, changed) => {
      const globs = globsOf(adviceFor(form, value));
      const neighbour = changed(value);
      const parts = new Set(partsOf(form, value));
      if (globs === undefined || partsOf(form, neighbour).every((part) => parts.has(part))) return;
      expect(isAllowedValue(form, neighbour, globs)).toBe(false);
    }),
    { numRuns: 5000 },
  );
});
