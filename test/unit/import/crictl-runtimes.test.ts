import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { importPaths } from '../../../src/import/import-paths.ts';
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
  ['1.7', 'runc', { 'kata-qemu': kata }, ['privileged_without_host_devices']],
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

test.each(['sandboxMode', 'sandboxer'])(
  'a runtime whose %s is not podsandbox says nothing of what it passes on, and its path is that of no shim',
  async (key) => {
    const runtimes = Object.fromEntries(
      ['', 'podsandbox', 'shim'].map((value) => [
        value === '' ? 'unset' : value,
        { runtimeType: 'io.containerd.x.v2', runtimePath: '/x', PodAnnotations: ['a.example/*'], [key]: value },
      ]),
    );
    const file = join(directory, 'info.json');
    await writeFile(file, JSON.stringify({ config: { containerd: { runtimes } } }));
    const result = await importPaths([file]);
    const said = [...result.runtimes].map(([name, { podAnnotations, runtimePath }]) => [
      name,
      [podAnnotations, runtimePath],
    ]);
    expect(Object.fromEntries(said)).toEqual({
      unset: [['a.example/*'], '/x'],
      podsandbox: [['a.example/*'], '/x'],
      shim: [undefined, undefined],
    });
    const told = result.findings.filter(({ severity }) => severity === 'warning');
    expect(told.map(messageOf)).toEqual([
      expect.stringMatching(/runtimePath of runtime "shim": containerd does not tell/),
    ]);
  },
);
