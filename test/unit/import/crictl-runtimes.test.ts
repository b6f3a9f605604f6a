import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { importPaths } from '../../../src/import/import-paths.ts';
import { messageOf } from '../../../src/finding/wording.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/import/crictl');

const kata = {
  runtimeType: 'io.containerd.kata-qemu.v2',
  runtimePath: '/opt/kata/bin/containerd-shim-kata-v2',
  options: { ConfigPath: '/opt/kata/share/defaults/kata-containers/configuration-qemu.toml' },
  podAnnotations: ['io.katacontainers.*'],
};

/** What each version of containerd prints becomes, besides runc. */
test.each<[string, string, object, readonly string[]]>([
  [
    '1.6',
    'runc',
    { 'kata-qemu': kata, untrusted: { runtimeType: 'io.containerd.runsc.v1', podAnnotations: [] } },
    ['privileged_without_host_devices'],
  ],
  ['1.7', 'runc', { 'kata-qemu': kata }, ['privileged_without_host_devices']],
  ['2.0', 'runc', { 'kata-qemu': { ...kata, snapshotter: 'nydus' } }, ['privileged_without_host_devices']],
  [
    '2.4',
    'crun',
    {
      'kata-qemu': { ...kata, snapshotter: 'nydus' },
      crun: {
        runtimeType: 'io.containerd.runc.v2',
        options: { BinaryName: '/usr/bin/crun', SystemdCgroup: true },
        podAnnotations: [],
      },
    },
    ['cgroupWritable', 'privileged_without_host_devices', 'sandboxer', 'io_type'],
  ],
])('what crictl info prints of containerd %s is read', async (version, defaultRuntime, expected, notCarriedOver) => {
  const result = await importPaths([join(fixtures, `containerd-${version}.json`)]);
  const { runc, ...others } = Object.fromEntries(result.runtimes);
  expect(others).toEqual(expected);
  expect(runc).toMatchObject({ runtimeType: 'io.containerd.runc.v2', options: { SystemdCgroup: true } });
  expect(runc?.snapshotter).toBe(version === '1.7' ? 'nydus' : undefined);
  expect(result.defaultRuntime).toBe(defaultRuntime);
  expect(result.findings.map((found) => [found.code, messageOf(found).split(' ')[5]])).toEqual(
    notCarriedOver.map((field) => ['NotCarriedOver', field]),
  );
});
