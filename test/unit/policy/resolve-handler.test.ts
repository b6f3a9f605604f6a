import { describe, expect, test } from '@jest/globals';
import type { RuntimeClass } from '../../../src/generated/objects.ts';
import { resolveHandler } from '../../../src/policy/resolve-handler.ts';
import { configuration, resolve, summary, type Parts } from './handler-summary.ts';
import { worldOf } from '../../support/worlds/world-of.ts';

function resolved(runtimeClass: RuntimeClass) {
  const world = worldOf({ configuration });
  return resolveHandler(runtimeClass, world.cluster.handlerPresence(runtimeClass), world.configuration);
}

describe('a handler leads to a shim by', () => {
  test.each<readonly [string, string, Parts, string]>([
    ['the table', 'kata', {}, 'configured io.containerd.kata.v2'],
    ["the table in Docker's form", 'crun', {}, 'configured io.containerd.runc.v2'],
    ['the table, where an admin names a shim by path', 'by-path', {}, 'configured /opt/shims/custom'],
    ['the table, though the key looks like a path', '/odd/key', {}, 'configured io.containerd.odd.v1'],
    ['the stock runtimes', 'runc', {}, 'stock io.containerd.runc.v2'],
    ["the stock runtime's shim name", 'io.containerd.runc.v2', {}, 'stock io.containerd.runc.v2'],
    ['the claim of the class', 'spin', { declares: 'io.containerd.spin.v2' }, 'class io.containerd.spin.v2'],
    ['the claim of the class, however odd', 'spin', { declares: 'a..' }, 'class a..'],
    [
      'the table, which a like claim confirms',
      'kata',
      { declares: 'io.containerd.kata.v2' },
      'configured io.containerd.kata.v2',
    ],
  ])('%s, and nothing is wrong', (_, handler, parts, shim) => {
    expect(summary(handler, parts)).toEqual({ shim, found: [] });
  });

  test('its own name, where that is a shim name, which only the author of the class is warned about', () => {
    expect(summary('io.containerd.kata.v2')).toEqual({
      shim: 'implicit io.containerd.kata.v2',
      found: ['ImplicitShim warning handler'],
    });
  });

  test('the stock runtimes, with options that are not those of a configured one', () => {
    expect(resolve('runc').shim?.options).toEqual({ BinaryName: 'runc' });
    expect(resolve('crun').shim?.options).toEqual({ BinaryName: '/usr/bin/crun' });
  });

  test('the claim of the class, with the binary that containerd would look up', () => {
    expect(resolve('spin', { declares: 'io.containerd.spin.v2' }).shim).toEqual({
      name: 'spin',
      source: 'class',
      runtimeType: 'io.containerd.spin.v2',
      shimBinary: 'containerd-shim-spin-v2',
    });
  });
});

describe('a handler is refused as a name, whatever undeclaredHandlers says:', () => {
  test.each([
    ['', 'EmptyName'],
    ['/bin/sh', 'AbsolutePath'],
    ['bin/sh', 'RelativePath'],
    ['C:\\x.exe', 'WindowsPath'],
    ['\\\\host\\x.y', 'WindowsPath'],
    ['kata\u0007.v2', 'ControlCharacter'],
    ['.kata', 'LeadingDot'],
  ])('%j', (handler, code) => {
    const found = [`${code} error handler for pods`];
    for (const undeclaredHandlers of ['deny', 'reported', 'warn'] as const) {
      expect(summary(handler, { fields: { undeclaredHandlers } })).toEqual({ shim: undefined, found });
    }
  });

  test('no claim of the class explains it', () => {
    const found = ['AbsolutePath error handler for pods'];
    expect(summary('/bin/sh', { declares: 'io.containerd.kata.v2' })).toEqual({ shim: undefined, found });
  });
});

describe('the claim of a class', () => {
  test.each<readonly [string, string, string, readonly string[]]>([
    ['that differs from the table', 'kata', 'io.containerd.other.v1', ['DeclaredShimDiffers warning declared shim']],
    ['that differs from the stock', 'runc', 'io.containerd.other.v1', ['DeclaredShimDiffers warning declared shim']],
    ['that is a path, though the table wins', 'kata', '/bin/sh', ['AbsolutePath error declared shim']],
    [
      'that is a path, though the table says that path',
      'by-path',
      '/opt/shims/custom',
      ['AbsolutePath error declared shim'],
    ],
    ['that is a path, though the stock wins', 'runc', 'bin/sh', ['RelativePath error declared shim']],
    ['that is a path', 'spin', '/bin/sh', ['AbsolutePath error declared shim for pods']],
    ['that is a path on Windows', 'spin', 'C:\\x.exe', ['WindowsPath error declared shim for pods']],
    ['that is no shim name', 'spin', 'myshim', ['MissingDot error declared shim for pods']],
    ['that is empty', 'spin', '', ['EmptyName error declared shim for pods']],
    [
      'that differs from a handler that is a shim name',
      'io.containerd.a.v1',
      'io.containerd.b.v1',
      ['ImplicitShim warning handler', 'DeclaredShimDiffers warning declared shim'],
    ],
    [
      'that is a path, beside a handler that is refused too',
      '',
      '/bin/sh',
      ['EmptyName error handler for pods', 'AbsolutePath error declared shim'],
    ],
  ])('%s', (_, handler, declares, found) => {
    expect(summary(handler, { declares }).found).toEqual(found);
  });

  test('that is refused leads to no shim', () => {
    expect(resolve('spin', { declares: '/bin/sh' }).shim).toBeUndefined();
  });

  test('that differs is told with both', () => {
    expect(resolve('kata', { declares: 'io.containerd.other.v1' }).findings[0]?.message).toBe(
      'The class declares "io.containerd.other.v1", but the runtimes table says "io.containerd.kata.v2"; the table wins.',
    );
  });

  test('is read from its own annotation alone', () => {
    const polluted = { metadata: { annotations: { 'shimgate.dev/runtime-type': '/bin/sh' } }, handler: 'spin' };
    expect(resolved(polluted).findings.map(({ code }) => code)).toEqual(['UndeclaredHandler']);
  });
});

describe('a class that lacks what it should have', () => {
  test.each([
    ['a handler', {}],
    ['anything but nulls', { metadata: { annotations: null, labels: null, name: null }, scheduling: null }],
  ])('is one with an empty handler: it lacks %s', (_, runtimeClass) => {
    expect(resolved(runtimeClass)).toMatchObject({
      handler: '',
      shim: undefined,
      findings: [{ code: 'EmptyName' }],
    });
  });
});

describe('the advice about a handler looks at what is there:', () => {
  test.each<readonly [string, string, string]>([
    [
      'a shim that the table has under another name',
      'io.containerd.kata.v2',
      'Set handler to "kata", by which the configuration declares that shim.',
    ],
    [
      'a shim that it does not have',
      'io.containerd.spin.v2',
      'Declare a handler for it, and use that: runtimes: {HANDLER: {runtimeType: io.containerd.spin.v2}}',
    ],
    [
      'a handler that is no label',
      'My_VM',
      'Name it as a lower-case label, on the nodes too: the API server takes no other handler.',
    ],
    [
      'one that is none for a blank, and nearly that of the table',
      'kata ',
      'Did you mean "kata"? Else name it as a lower-case label, on the nodes too: the API server takes no other handler.',
    ],
  ])('%s', (_, handler, fix) => {
    expect(resolve(handler).findings.map((found) => found.fix)).toEqual([fix]);
  });
});
