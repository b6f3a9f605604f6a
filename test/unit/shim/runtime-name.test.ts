import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { quote } from '../../../src/finding/quote.ts';
import { isAbsolutePath, refuseRuntimeName, type NameRefusalCode } from '../../../src/shim/runtime-name.ts';

/** The names of the cases up to RelPathToShim are those of Docker's test of its rule (moby, daemon/runtime_unix_test.go). */
const refused: readonly (readonly [string, string, NameRefusalCode])[] = [
  ['EmptyString', '', 'EmptyName'],
  ['PathToShim', '/path/to/runc', 'AbsolutePath'],
  ['PathToShimName', '/path/to/io.containerd.runc.v2', 'AbsolutePath'],
  ['RelPathToShim', 'my/io.containerd.runc.v2', 'RelativePath'],
  ['IllformedShimName', 'myshim', 'MissingDot'],
  ['a configured name that nobody configured', 'my/custom.shim.v1', 'RelativePath'],
  ['the root directory', '/', 'AbsolutePath'],
  ['a path upwards', '../../bin/sh', 'RelativePath'],
  ['a path from here', './a.b', 'RelativePath'],
  ['a slash at the end', 'io.containerd.runc.v2/', 'RelativePath'],
  ['a path that has a drive letter too', 'C:/x.exe', 'RelativePath'],
  ['a Windows path', 'C:\\x.exe', 'WindowsPath'],
  ['a Windows path relative to a drive', 'c:x.exe', 'WindowsPath'],
  ['a Windows share', '\\\\host\\x.y', 'WindowsPath'],
  ['a backslash anywhere', 'io.containerd\\runc.v2', 'WindowsPath'],
  ['a leading dot', '.a', 'LeadingDot'],
  ['a leading dot before a shim name', '.io.containerd.runc.v2', 'LeadingDot'],
  ['a dot alone', '.', 'LeadingDot'],
  ['two dots', '..', 'LeadingDot'],
  ['NUL, where a C string would end', 'io.containerd.runc.v2\0', 'ControlCharacter'],
  ['a line feed', 'io.containerd.runc.v2\n', 'ControlCharacter'],
  ['a tab', 'io.\tcontainerd.runc.v2', 'ControlCharacter'],
  ['an escape sequence', '\x1b[31mio.x.y', 'ControlCharacter'],
  ['DEL', 'a.b\x7f', 'ControlCharacter'],
  ['a control character of Latin-1', 'a.b\x85', 'ControlCharacter'],
  ['a control character before the missing dot', 'a\n', 'ControlCharacter'],
  ['a name of Object.prototype', 'constructor', 'MissingDot'],
  ['the prototype', '__proto__', 'MissingDot'],
  ['a blank', ' ', 'MissingDot'],
];

const permissible: readonly (readonly [string, string])[] = [
  ['ShimName', 'io.containerd.my-shim.v42'],
  ['VersionlessShimName', 'io.containerd.my-shim'],
  ['the stock shim', 'io.containerd.runc.v2'],
  ['empty dotted parts', 'a..'],
  ['a dot at the end', 'a.'],
  ['one dot', 'a.b'],
  ['a blank, which containerd does not mind either', 'a b.c'],
  ['letters beyond ASCII', 'io.ζ.v1'],
];

describe('a runtime name that no table declares', () => {
  test.each(refused)('is refused: %s (%j)', (_, name, code) => {
    expect(refuseRuntimeName(name)?.code).toBe(code);
  });

  test.each(permissible)('is permissible: %s (%j)', (_, name) => {
    expect(refuseRuntimeName(name)).toBeUndefined();
  });

  test.each(refused.filter(([, name]) => name !== ''))('is named in the message: %s (%j)', (_, name) => {
    expect(refuseRuntimeName(name)?.message).toContain(quote(name));
  });

  test('is refused with a message that has no raw control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(refuseRuntimeName(name)?.message ?? '').not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  test('never holds a slash, a backslash or a control character where it is permissible', () => {
    const unit = fc.constantFrom('a', '.', '/', '\\', ':', '\n', '\0', 'C');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 6 }), (name) => {
        if (refuseRuntimeName(name) !== undefined) return;
        expect(name).toMatch(/^[^./\\\n\0][^/\\\n\0]*\.?[^/\\\n\0]*$/);
        expect(name).toContain('.');
        expect(isAbsolutePath(name)).toBe(false);
      }),
    );
  });
});

describe('a runtime type', () => {
  test.each([
    ['/bin/true', true],
    ['/', true],
    ['C:\\shim.exe', true],
    ['c:/shim.exe', true],
    ['\\\\host\\share\\shim.exe', true],
    ['C:shim.exe', false],
    ['\\shim.exe', false],
    ['my/shim.v1', false],
    ['io.containerd.runc.v2', false],
    ['', false],
  ])('%j is a file to containerd, on Linux or Windows: %j', (runtimeType, expected) => {
    expect(isAbsolutePath(runtimeType)).toBe(expected);
  });
});
