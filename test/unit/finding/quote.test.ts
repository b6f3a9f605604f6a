import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { quote, quoteUnlessPlain } from '../../../src/finding/quote.ts';

describe('a quoted value', () => {
  test.each([
    ['', '""'],
    ['io.containerd.kata.v2', '"io.containerd.kata.v2"'],
    ['C:\\x.exe', '"C:\\\\x.exe"'],
    ['a "b" c', '"a \\"b\\" c"'],
    ['a\nb\tc\0', '"a\\nb\\tc\\u0000"'],
    ['\x1b[31mred', '"\\u001b[31mred"'],
    ['del \x7f', '"del \\u007f"'],
    ['next line \x85', '"next line \\u0085"'],
    ['line separators \u2028\u2029', '"line separators \\u2028\\u2029"'],
    [
      'right to left \u202e, isolate \u2066, mark \u200f \u061c',
      '"right to left \\u202e, isolate \\u2066, mark \\u200f \\u061c"',
    ],
    ['nothing to see: \u200b\u2060\ufeff', '"nothing to see: \\u200b\\u2060\\ufeff"'],
    ['lone surrogate \ud800', '"lone surrogate \ufffd"'],
    ['ζ and 😀', '"ζ and 😀"'],
    ['tags: \u{e0061}', '"tags: \\udb40\\udc61"'],
  ])('of %j is %j', (value, expected) => {
    expect(quote(value)).toBe(expected);
  });

  test('of 128 characters is whole', () => {
    expect(quote('a'.repeat(128))).toBe(`"${'a'.repeat(128)}"`);
  });

  test('of more is cut, and says so', () => {
    expect(quote('a'.repeat(129))).toBe(`"${'a'.repeat(128)}…"`);
  });

  test('that is cut between two halves of a character stays well formed', () => {
    expect(quote(`${'a'.repeat(127)}😀`)).toBe(`"${'a'.repeat(127)}\ufffd…"`);
  });

  test('is one short, well formed line without control, format or separator characters, whatever the value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (value) => {
        const quoted = quote(value);
        expect(quoted).toMatch(/^".*"$/u);
        expect(quoted).not.toMatch(/[\p{Cc}\p{Cf}\p{Cn}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
        expect(quoted.isWellFormed()).toBe(true);
        expect(quoted.length).toBeLessThanOrEqual(6 * 128 + 3);
      }),
    );
  });

  test('gives the value back where nothing was cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (value) => {
        fc.pre(value.length <= 128);
        expect(JSON.parse(quote(value))).toBe(value);
      }),
    );
  });
});

describe('a name is shown', () => {
  test.each([
    '',
    'kata-qemu',
    'io.katacontainers.config.hypervisor.kernel',
    'Pod default/web',
    'ζ 😀',
    'a'.repeat(317),
  ])('as it is: %j', (name) => {
    expect(quoteUnlessPlain(name)).toBe(name);
  });

  test.each(['a\nb', '\x1b[31m', 'a\u202eb', 'a\u2028b', '\ud800', 'a\u200bb', 'a'.repeat(318)])(
    'quoted: %j',
    (name) => {
      expect(quoteUnlessPlain(name)).toBe(quote(name));
    },
  );
});
