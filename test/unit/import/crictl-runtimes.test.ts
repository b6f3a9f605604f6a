import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { importPaths } from '../../../src/import/import-paths.ts';
import type { ContainerdVersion } from '../../../src/shim/containerd-version.ts';
import { messageOf } from '../../../src/finding/wording.ts';
import { directoryForTests } from '../../support/directory-for-tests.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/import/crictl');

const directory = directoryForTests();

/** In the file of 2.4 its sandboxer is its own shim, which gets all annotations whatever the list says, and goes by the type. */
const sandboxedKata = {
  runtimeType: 'io.containerd.kata-qemu.v2',
  options: { ConfigPath: '/opt/kata/share/defaults/kata-containers/configuration-qemu.toml' },
};
const kata = {
  ...sandboxedKata,
  runtimePath: '/opt/kata/bin/containerd-shim-kata-v2',
  podAnnotations: ['io.katacontainers.*'],
};

/** What each version of containerd prints becomes, besides runc. */
test.each<[string, string, object, readonly string[]]>([
  [
    // A path has no effect there, which is said.
    '1.6',
    'runc',
    {
      'kata-qemu': { ...sandboxedKata, podAnnotations: ['io.katacontainers.*'] },
      untrusted: { runtimeType: 'io.containerd.runsc.v1', podAnnotations: [] },
    },
    ['runtimePath', 'privileged_without_host_devices'],
  ],
  // The general one is another: this one is said on purpose.
  ['1.7', 'runc', { 'kata-qemu': { ...kata, snapshotter: 'overlayfs' } }, ['privileged_without_host_devices']],
  ['2.0', 'runc', { 'kata-qemu': { ...kata, snapshotter: 'nydus' } }, ['privileged_without_host_devices']],
  [
    '2.4',
    'crun',
    {
      'kata-qemu': { ...sandboxedKata, snapshotter: 'nydus' },
      crun: {
        runtimeType: 'io.containerd.runc.v2',
        options: { BinaryName: '/usr/bin/crun', SystemdCgroup: true },
        podAnnotations: [],
      },
    },
    ['cgroupWritable', 'runtimePath', 'privileged_without_host_devices', 'sandboxer', 'io_type'],
  ],
])('what crictl info prints of containerd %s is read', async (version, defaultRuntime, expected, notCarriedOver) => {
  const result = await importPaths([join(fixtures, `containerd-${version}.json`)]);
  const { runc, ...others } = Object.fromEntries(result.runtimes);
  expect(others).toEqual(expected);
  expect(runc).toMatchObject({ runtimeType: 'io.containerd.runc.v2', options: { SystemdCgroup: true } });
  expect(runc?.snapshotter).toBe(version === '1.7' ? 'nydus' : undefined);
  expect(result.defaultRuntime).toBe(defaultRuntime);
  const words = /^shimgate (?:has no place for|does not go by) (\S+)/;
  expect(result.findings.map((found) => [found.code, words.exec(messageOf(found))?.[1]])).toEqual(
    notCarriedOver.map((field) => ['NotCarriedOver', field]),
  );
});

/** Imports what crictl info would print of some runtimes. */
async function importInfo(runtimes: object, version?: ContainerdVersion) {
  const file = join(directory, 'info.json');
  await writeFile(file, JSON.stringify({ config: { containerd: { runtimes } } }));
  return importPaths([file], Readable.from([]), { version });
}

describe('a runtime whose sandboxer is not podsandbox', () => {
  const modes = (key: string) =>
    Object.fromEntries(
      ['', 'podsandbox', 'shim'].map((value) => [
        value === '' ? 'unset' : value,
        { runtimeType: 'io.containerd.x.v2', runtimePath: '/x', PodAnnotations: ['a.example/*'], [key]: value },
      ]),
    );
  const saidOf = ({ runtimes }: Awaited<ReturnType<typeof importInfo>>) =>
    Object.fromEntries(
      [...runtimes].map(([name, { podAnnotations, runtimePath }]) => [name, [podAnnotations, runtimePath]]),
    );

  test('says nothing of what it passes on, and its path is that of no shim', async () => {
    const result = await importInfo(modes('sandboxer'));
    expect(saidOf(result)).toEqual({
      unset: [['a.example/*'], '/x'],
      podsandbox: [['a.example/*'], '/x'],
      shim: [undefined, undefined],
    });
    const told = result.findings.filter(({ severity }) => severity === 'warning');
    expect(told.map(messageOf)).toEqual([
      expect.stringMatching(/runtimePath of runtime "shim": containerd does not tell/),
    ]);
  });

  test('is one of 2.0 or later: what 1.7 calls sandboxMode changes nothing, as a real node showed', async () => {
    const result = await importInfo(modes('sandboxMode'));
    const all = [['a.example/*'], '/x'];
    expect(saidOf(result)).toEqual({ unset: all, podsandbox: all, shim: all });
    expect(result.findings.filter(({ severity }) => severity === 'warning')).toEqual([]);
  });
});

describe('a runtime of which no pod starts is told as it is of files', () => {
  const runc = 'io.containerd.runc.v2';

  test.each<[string, ContainerdVersion, object, string | undefined, RegExp | undefined]>([
    [
      'streams without a sandboxer',
      '2.4',
      { runtimeType: runc, io_type: 'streaming' },
      'RuntimeCannotStart',
      /io_type/,
    ],
    ['streams on 1.7', '1.7', { runtimeType: runc, io_type: 'streaming' }, undefined, undefined],
    [
      'has a sandboxer that runc is not',
      '2.3',
      { runtimeType: runc, sandboxer: 'shim' },
      'RuntimeCannotStart',
      /sandboxer is shim/,
    ],
    ['ends containerd by it', '2.1', { runtimeType: runc, sandboxer: 'shim' }, 'ShimSandboxer', /2\.1 itself can end/],
    ['had that as a mode', '1.7', { runtimeType: runc, sandboxMode: 'shim' }, undefined, undefined],
    [
      'has a shim that makes sandboxes',
      '2.4',
      { runtimeType: 'io.containerd.x.v2', sandboxer: 'shim' },
      undefined,
      undefined,
    ],
    // What plugins there are it does not print.
    ['has a sandboxer of a plugin', '2.4', { runtimeType: runc, sandboxer: 'kuasar' }, undefined, undefined],
    [
      'has the first shim',
      '2.0',
      { runtimeType: 'io.containerd.runtime.v1.linux' },
      'RuntimeCannotStart',
      /2\.0 removed/,
    ],
    ['has the first shim on 1.7', '1.7', { runtimeType: 'io.containerd.runtime.v1.linux' }, undefined, undefined],
  ])('where it %s', async (_, version, runtime, code, message) => {
    const { findings } = await importInfo({ x: runtime }, version);
    const told = findings.filter(({ severity }) => severity !== 'info');
    expect(told.map((one) => [one.code, messageOf(one)])).toEqual(
      code === undefined ? [] : [[code, expect.stringMatching(message ?? '')]],
    );
    if (code !== undefined) expect(findings.map(({ code: one }) => one)).not.toContain('NotCarriedOver');
  });
});
