import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { makeTemporaryDirectory } from '../../support/mounted-directory.ts';
import { runShimgate } from './run-shimgate.ts';

let directory: string;

beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  await writeFile(
    join(directory, 'shimgate.yaml'),
    `apiVersion: config.shimgate.dev/v1alpha1
kind: ShimgateConfiguration
runtimes:
  kata-qemu:
    runtimeType: io.containerd.kata-qemu.v2
    runtimePath: /opt/kata/bin/containerd-shim-kata-v2
    options: {ConfigPath: /opt/kata/configuration-qemu.toml}
    snapshotter: nydus
    podAnnotations: ["io.katacontainers.*", "shimgate.dev/*"]
    annotations: {io.katacontainers.config.hypervisor.machine_type: q35}
  crun: {path: /usr/bin/crun}
`,
  );
  await writeFile(
    join(directory, 'noted.yaml'),
    `apiVersion: config.shimgate.dev/v1alpha1
kind: ShimgateConfiguration
runtimes:
  crun: {path: /usr/bin/crun, runtimeArgs: [--debug]}
`,
  );
  await writeFile(
    join(directory, 'broken.json'),
    '{\n"apiVersion": "config.shimgate.dev/v1alpha1",\n"kind": "ShimgateConfiguration",\n"mod": "warn",\n"runtimes": {"a": {}}\n}\n',
  );
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

const resolve = (...args: readonly string[]) => runShimgate(['resolve', ...args], { cwd: directory });

/** What is asked for, and what comes as JSON or YAML: field for field the contract of the command line. */
const resolved: readonly (readonly [string, readonly string[], object])[] = [
  [
    'a configured runtime',
    ['kata-qemu', '--config', 'shimgate.yaml'],
    {
      name: 'kata-qemu',
      source: 'configured',
      runtimeType: 'io.containerd.kata-qemu.v2',
      shimBinary: '/opt/kata/bin/containerd-shim-kata-v2',
      runtimePath: '/opt/kata/bin/containerd-shim-kata-v2',
      options: { ConfigPath: '/opt/kata/configuration-qemu.toml' },
      snapshotter: 'nydus',
      annotations: { 'io.katacontainers.config.hypervisor.machine_type': 'q35' },
    },
  ],
  [
    "a runtime in Docker's form",
    ['crun', '--config', 'shimgate.yaml'],
    {
      name: 'crun',
      source: 'configured',
      runtimeType: 'io.containerd.runc.v2',
      shimBinary: 'containerd-shim-runc-v2',
      options: { BinaryName: '/usr/bin/crun' },
    },
  ],
  [
    'a stock runtime, without a configuration',
    ['runc'],
    {
      name: 'runc',
      source: 'stock',
      runtimeType: 'io.containerd.runc.v2',
      shimBinary: 'containerd-shim-runc-v2',
      options: { BinaryName: 'runc' },
    },
  ],
  [
    'a shim name',
    ['io.containerd.kata.v2', '--config', 'shimgate.yaml'],
    {
      name: 'io.containerd.kata.v2',
      source: 'implicit',
      runtimeType: 'io.containerd.kata.v2',
      shimBinary: 'containerd-shim-kata-v2',
    },
  ],
];

const shimNameFix = 'Use a shim name, as io.containerd.kata.v2, or a runtime that the configuration declares.';

const refused: readonly (readonly [string, string, string])[] = [
  ['/bin/sh', 'AbsolutePath', '"/bin/sh" is an absolute path: containerd would run that file on the host as root.'],
  ['my/io.containerd.runc.v2', 'RelativePath', '"my/io.containerd.runc.v2" is a relative path, not a shim name.'],
  ['', 'EmptyName', 'The runtime name is empty.'],
];

describe('resolve prints', () => {
  test.each(resolved)('%s as JSON and as YAML, and nothing else', async (_, args, expected) => {
    const json = await resolve(...args, '-o', 'json');
    expect([json.code, json.stderr]).toEqual([0, '']);
    expect(JSON.parse(json.stdout)).toEqual(expected);
    const yaml = await resolve(...args, '--output', 'yaml');
    expect([yaml.code, yaml.stderr]).toEqual([0, '']);
    expect(parse(yaml.stdout)).toEqual(expected);
  });

  test.each(refused)('why %j is refused as JSON and as YAML, and ends with 1', async (name, code, message) => {
    const expected = { name, error: { code, message, fix: shimNameFix } };
    const json = await resolve('-o', 'json', '--', name);
    expect([json.code, json.stderr]).toEqual([1, '']);
    expect(JSON.parse(json.stdout)).toEqual(expected);
    const yaml = await resolve('-o', 'yaml', '--', name);
    expect([yaml.code, yaml.stderr]).toEqual([1, '']);
    expect(parse(yaml.stdout)).toEqual(expected);
  });

  test('a runtime for people, without colour where nobody looks', async () => {
    expect(await resolve('kata-qemu', '--config', 'shimgate.yaml')).toEqual({
      code: 0,
      stdout: `Name:          kata-qemu
Source:        configured
Runtime type:  io.containerd.kata-qemu.v2
Shim binary:   /opt/kata/bin/containerd-shim-kata-v2
Runtime path:  /opt/kata/bin/containerd-shim-kata-v2
Options:       {"ConfigPath":"/opt/kata/configuration-qemu.toml"}
Snapshotter:   nydus
Annotation:    io.katacontainers.config.hypervisor.machine_type=q35
`,
      stderr: '',
    });
  });

  test('why a name is refused for people, and ends with 1', async () => {
    expect(await resolve('/bin/sh')).toEqual({
      code: 1,
      stdout: `refused: "/bin/sh" is an absolute path: containerd would run that file on the host as root. [AbsolutePath]\n${shimNameFix}\n`,
      stderr: '',
    });
  });
});

describe('resolve says on standard error', () => {
  test('what the admin should know of the configuration, and goes on', async () => {
    const { code, stdout, stderr } = await resolve('crun', '--config', 'noted.yaml', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'crun', source: 'configured' });
    expect(stderr).toMatch(/^noted\.yaml:4:44: info: runtimes\.crun\.runtimeArgs: .* \[RuntimeArgsNotPassed\] .*\n$/);
  });

  test('all that is wrong with the configuration, with lines, and ends with 2', async () => {
    const { code, stdout, stderr } = await resolve('runc', '--config', 'broken.json', '-o', 'json');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.split('\n')).toEqual([
      'broken.json:4:1: error: mod: There is no field "mod". [UnknownField] Did you mean mode?',
      'broken.json:5:19: error: runtimes.a: Runtime "a" has neither a runtimeType nor a path. [RuntimeUnspecified] Give it a runtimeType (containerd) or a path (Docker).',
      'error: the configuration broken.json is not valid',
      '',
    ]);
  });

  test('that there is no such configuration, and ends with 2', async () => {
    const { code, stdout, stderr } = await resolve('runc', '--config', 'none.yaml');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: cannot read the configuration: ENOENT.*none\.yaml'\n$/);
  });
});
