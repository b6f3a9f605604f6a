import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ValueForm } from '../../../src/shim/guarded-keys.ts';
import { flawOfGlob, flawOfValue, isAllowedValue } from '../../../src/shim/guarded-value.ts';

const kernels = ['/opt/kata/kernels/*'];

describe('a path', () => {
  test.each<readonly [string, string, readonly string[], boolean]>([
    ['below a directory that a glob names', '/opt/kata/kernels/vmlinux', kernels, true],
    ['that a glob names', '/opt/kata/qemu', ['/opt/kata/qemu'], true],
    ['that the second glob names', '/opt/b', ['/opt/a', '/opt/b'], true],
    ['two directories below', '/opt/kata/kernels/a/b', kernels, false],
    ['that climbs out', '/opt/kata/../../bin/sh', ['/opt/kata/*', '/opt/*/*/*/*', '/*/*/*/*/*/*'], false],
    ['that climbs out at its end', '/opt/kata/..', ['/opt/kata/*'], false],
    ['that stays where it is', '/opt/kata/./qemu', ['/opt/kata/*/qemu'], false],
    ['that is a dot', '/opt/kata/.', ['/opt/kata/*'], false],
    ['with a doubled slash', '/opt/kata//qemu', ['/opt/kata/*', '/opt/kata/*/*'], false],
    ['that begins with two slashes', '//opt/kata/qemu', ['/*/*/*/*', '//opt/kata/*'], false],
    ['with a slash at its end', '/opt/kata/qemu/', ['/opt/kata/*/', '/opt/kata/*'], false],
    ['that is relative', 'opt/kata/qemu', ['opt/kata/*', '*/*/*'], false],
    ['that is a name alone, as of a program on PATH', 'sh', ['*'], false],
    ['that is empty', '', ['*'], false],
    ['with a NUL', '/opt/kata/kernels/x\0/bin/sh', ['/opt/kata/kernels/*', '/opt/kata/kernels/*/*/*'], false],
    ['with a line break', '/opt/kata/kernels/x\n', kernels, false],
    ['with a character of no width', '/opt/kata/kernels/\u200bx', kernels, false],
    ['that reads from right to left', '/opt/kata/kernels/\u202ex', kernels, false],
    ['with a blank at its end', '/opt/kata/kernels/x ', kernels, false],
    ['with a blank at its beginning', ' /opt/kata/kernels/x', [' /opt/kata/kernels/*'], false],
    ['with a blank in it', '/opt/kata/kernels/my kernel', kernels, true],
    ['with a backslash', '/opt/kata/kernels\\..\\sh', ['/opt/kata/*'], false],
    ['with dots in a name', '/opt/kata/kernels/..vmlinux..6.1', kernels, true],
    ['with a colon, which begins another one', '/opt/kata/kernels/x:rw', kernels, false],
    ['with a colon that the glob has too', '/opt/kata/kernels/x:rw', ['/opt/kata/kernels/*:rw'], true],
    ['that only ends like an allowed one', '/evil/opt/kata/kernels/x', kernels, false],
    ['that only begins like an allowed one', '/opt/kata/qemu.evil', ['/opt/kata/qemu'], false],
    ['of a Windows node', 'C:\\drivers\\gpu', ['C:/drivers/*'], true],
    ['of a Windows node, with slashes', 'C:/drivers/gpu', ['C:/drivers/*'], true],
    ['of another drive', 'D:\\drivers\\gpu', ['C:/drivers/*'], false],
    ['of a Windows node that climbs out', 'C:\\drivers\\..\\x', ['C:/drivers/*', 'C:/drivers/*/*'], false],
    ['of a Windows node that climbs out with blanks', 'C:\\drivers\\.. \\x', ['C:/drivers/*/*'], false],
    ['of a Windows node with a dot at its end', 'C:\\drivers\\x.', ['C:/drivers/*'], false],
    ['of a Windows node with a stream', 'C:\\drivers\\x:evil', ['C:/drivers/*'], false],
    ['of a Windows share', '\\\\host\\share\\x', ['//host/share/*', '*'], false],
    ['beside a malformed glob', '/opt/a', ['[', '/opt/a'], true],
    ['with only a malformed glob', '[', ['['], false],
    ['with no globs at all', '/opt/kata/../../bin/sh', [], true],
  ])('%s', (_, value, globs, isAllowed) => {
    expect(isAllowedValue('path', value, globs)).toBe(isAllowed);
  });
});

describe('arguments are judged one by one:', () => {
  const globs = ['--cache=never', '--thread-pool-size=*', '--socket=/run/kata/*'];

  test.each<readonly [string, ValueForm, string, boolean]>([
    ['one', 'list', '--cache=never', true],
    ['two, by a blank', 'list', '--cache=never --thread-pool-size=1', true],
    ['two, by a comma', 'list', '--cache=never,--thread-pool-size=1', true],
    ['two, by a semicolon', 'list', '--cache=never;--thread-pool-size=1', true],
    ['two, as JSON', 'list', '["--cache=never", "--thread-pool-size=1"]', true],
    ['none', 'list', '', true],
    ['none, as JSON', 'list', '[]', true],
    ['one that is not allowed, after a blank', 'list', '--thread-pool-size=1 -osource=x', false],
    ['one that is not allowed, after a no-break space', 'list', '--thread-pool-size=1\u00a0-osource=x', false],
    ['one that is not allowed, after a line separator', 'list', '--thread-pool-size=1\u2028-osource=x', false],
    ['one that is not allowed, after an ideographic space', 'list', '--thread-pool-size=1\u3000-osource=x', false],
    ['one that is not allowed, after a next line', 'list', '--thread-pool-size=1\u0085-osource=x', false],
    ['one that is not allowed, after a vertical tab', 'list', '--thread-pool-size=1\v-osource=x', false],
    ['one that is not allowed, after a comma', 'list', '--thread-pool-size=1,-osource=x', false],
    ['one that is not allowed, as JSON', 'list', '["--cache=never","-o","source=/"]', false],
    ['one that is not allowed, in an escape', 'list', '["--cache=never","\\u002do"]', false],
    ['one that is allowed, in an escape', 'list', '["\\u002d-cache=never"]', true],
    ['two in one element, which another reader splits', 'list', '["--thread-pool-size=1,-osource=x"]', false],
    ['two in one element, by an escaped blank', 'list', '["--thread-pool-size=1\\u0020-o"]', false],
    ['one with a NUL, in an escape', 'list', '["--thread-pool-size=1\\u0000"]', false],
    ['JSON before which there is a blank', 'list', '\t["--cache=never","-o"]', false],
    ['JSON that is no list of texts', 'list', '["--cache=never",1]', false],
    ['JSON that is broken', 'list', '["--cache=never"', false],
    ['a path in an argument', 'list', '--socket=/run/kata/a', true],
    ['a path in an argument that climbs out', 'list', '--socket=/run/kata/..', false],
    ['an argument that climbs at once', 'list', '--thread-pool-size=..', false],
    ['words end at blanks only', 'words', '--thread-pool-size=1,2', true],
    ['words, two', 'words', '--cache=never \t --thread-pool-size=1', true],
    ['words, one that is not allowed', 'words', '--cache=never\u00a0init=/bin/sh', false],
    ['words that look like JSON are words', 'words', '["--cache=never"]', false],
  ])('%s', (_, form, value, isAllowed) => {
    expect(isAllowedValue(form, value, globs)).toBe(isAllowed);
  });
});

describe('paths are judged one by one, and text as a whole:', () => {
  test.each<readonly [ValueForm, string, readonly string[], boolean]>([
    ['paths', '/opt/a /opt/b', ['/opt/*'], true],
    ['paths', '/opt/a,/opt/b;/opt/c', ['/opt/*'], true],
    ['paths', '["/opt/a"]', ['/opt/*'], true],
    ['paths', '/opt/a /etc/shadow', ['/opt/*'], false],
    ['paths', '/opt/a:rw', ['/opt/*'], false],
    ['paths', '/opt/../etc', ['/opt/*', '/*/*/*'], false],
    ['text', 'clh', ['clh', 'qemu'], true],
    ['text', 'clh ', ['clh'], false],
    ['text', 'clh\n', ['clh*'], false],
    ['text', '- path: /dev/fuse\n  type: c\n', ['- path: /dev/*\n  type: c\n'], true],
    ['text', '- path: /dev/fuse\n- path: /dev/sda', ['- path: /dev/*', '- path: /*/*/*'], false],
    ['text', 'a\rb', ['a\rb'], false],
    ['text', 'unix:/run/a', ['unix:/run/*'], true],
    ['text', 'unix:/run/..', ['unix:/run/*'], false],
    ['text', '{"source":"../etc"}', ['*', '*/*'], false],
    ['text', 'a b', ['a b'], true],
  ])('%s %j with %j: %s', (form, value, globs, isAllowed) => {
    expect(isAllowedValue(form, value, globs)).toBe(isAllowed);
  });
});

test('what keeps a value from matching is said', () => {
  const flaws = ['/a/../b', '/a//b', '/a\0', 'a', '/a/', '/a\\b', '/a ', 'C:\\a\\b.', 'C:\\a\\\\b', 'C:\\a:b', '/a/b'];
  expect(flaws.map((value) => flawOfValue('path', value))).toEqual([
    'has a "." or ".." segment',
    'has a doubled slash',
    'has a character that cannot be seen',
    'is no absolute path',
    'ends with a slash',
    'has a backslash',
    'begins or ends with a blank',
    'has a segment that ends with a dot or a blank',
    'has a doubled slash',
    'has a second colon',
    undefined,
  ]);
});

test('no value of any form that a glob of a directory allows leads out of that directory', () => {
  const piece = fc.constantFrom(
    '/',
    '..',
    '.',
    'a',
    '//',
    ' ',
    ':',
    '\\',
    '\0',
    '\u00a0',
    ',',
    '"',
    '[',
    'opt',
    'kata',
  );
  const value = fc.array(piece, { maxLength: 8 }).map((pieces) => `/opt/kata/${pieces.join('')}`);
  fc.assert(
    fc.property(value, (one) => {
      if (!isAllowedValue('path', one, ['/opt/kata/*'])) return;
      expect(one.slice('/opt/kata/'.length)).toMatch(/^[^/\0]+$/);
      expect(['.', '..']).not.toContain(one.slice('/opt/kata/'.length));
    }),
    { numRuns: 3000 },
  );
});

describe('what a path may have only where the glob has it:', () => {
  test.each<readonly [string, readonly string[], boolean]>([
    ['/opt/a,readonly=off', ['/opt/*'], false],
    ['/opt/a,readonly=off', ['/opt/*,readonly=*'], true],
    ['/opt/a,b:rw', ['/opt/*:rw'], false],
    ['/opt/a,b:rw', ['/opt/*,b:rw'], true],
  ])('%s with %j: %j', (value, globs, isAllowed) => {
    expect(isAllowedValue('path', value, globs)).toBe(isAllowed);
  });
});

describe('a name that Windows takes for a device', () => {
  test.each(['NUL', 'nul', 'CON.txt', 'com1', 'LPT¹', 'aux .x', 'conin$', 'prn\\x', 'NUL.tar.gz'])('%s', (name) => {
    expect(flawOfValue('path', `C:\\drivers\\${name}`)).toBe('has a segment that Windows takes for a device');
    expect(isAllowedValue('path', `C:/drivers/${name.replaceAll('\\', '/')}`, ['C:/drivers/*', 'C:/*/*/*'])).toBe(
      false,
    );
  });

  test.each(['null', 'console', 'com', 'com10', 'lpt', 'xcon', 'con-x'])('is not %s', (name) => {
    expect(isAllowedValue('path', `C:\\drivers\\${name}`, ['C:/drivers/*'])).toBe(true);
  });

  test('is one of Windows only', () => {
    expect(isAllowedValue('path', '/opt/nul', ['/opt/*'])).toBe(true);
  });
});

describe('a glob that no value can match', () => {
  test.each<readonly [ValueForm, string, string | undefined]>([
    ['words', 'quiet loglevel=3', 'has several parts, which are matched one by one'],
    ['list', '\\["-o", "cache=none"]', 'has several parts, which are matched one by one'],
    ['list', 'a,b', 'has several parts, which are matched one by one'],
    ['path', 'opt/*', 'is no absolute path'],
    ['path', 'C:\\\\boot\\\\*', 'is no absolute path'],
    ['words', 'a=/x/../*', 'has a "." or ".." segment'],
    ['words', 'a="*', undefined],
    ['commandLine', 'a="* *"', undefined],
    ['words', 'a=http://*', undefined],
    ['list', '--x=[,;]', undefined],
    ['text', '*', undefined],
  ])('%s %j: %j', (form, glob, flaw) => {
    expect(flawOfGlob(form, glob)).toBe(flaw);
  });
});
