import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readConfiguration } from '../../../src/config/read-configuration.ts';
import { makeTemporaryDirectory } from '../../support/mounted-directory.ts';
import { runcOptions } from '../import/runc-options.ts';
import { runShimgate } from './run-shimgate.ts';

let directory: string;

const kata = `version = 3
[plugins."io.containerd.cri.v1.runtime".containerd]
default_runtime_name = "kata"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.kata]
runtime_type = "io.containerd.kata.v2"
runtime_path = "/opt/kata/bin/containerd-shim-kata-v2"
snapshotter = "nydus"
pod_annotations = ["io.katacontainers.*"]
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.kata.options]
ConfigPath = "/opt/kata/configuration.toml"
[plugins."io.containerd.cri.v1.images"]
use_local_image_pull = true
[plugins."io.containerd.cri.v1.images".runtime_platforms.kata]
snapshotter = "nydus"
[proxy_plugins.nydus]
type = "snapshot"
address = "/run/nydus.sock"
`;

const imported = {
  apiVersion: 'config.shimgate.dev/v1alpha1',
  kind: 'ShimgateConfiguration',
  defaultRuntime: 'kata',
  runtimes: {
    kata: {
      runtimeType: 'io.containerd.kata.v2',
      runtimePath: '/opt/kata/bin/containerd-shim-kata-v2',
      options: { ConfigPath: '/opt/kata/configuration.toml' },
      snapshotter: 'nydus',
      podAnnotations: ['io.katacontainers.*'],
    },
    runc: {
      runtimeType: 'io.containerd.runc.v2',
      options: runcOptions,
      podAnnotations: [],
    },
  },
};

beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  await writeFile(join(directory, 'kata.toml'), kata);
  await writeFile(join(directory, 'refused.toml'), 'version = 3\nimports = ["nosuch.toml"]\n');
  await writeFile(join(directory, 'ignored.toml'), 'version = 3\nfoo = 1\n');
  await writeFile(
    join(directory, 'old-id.toml'),
    'version = 3\n[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.sandboxed]\nruntime_type = "io.containerd.runsc.v1"\n',
  );
  await writeFile(
    join(directory, 'lost.toml'),
    'version = 3\n[plugins."io.containerd.cri.v1.images"]\nsnapshotter = "nosuch"\n',
  );
  await writeFile(join(directory, 'broken.toml'), 'version = 3\na = [1,\n');
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

const importNodes = (...args: readonly string[]) => runShimgate(['import', ...args], { cwd: directory });

test('a configuration is written in YAML, and says where it is from', async () => {
  const { code, stdout, stderr } = await importNodes('kata.toml');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^# Written by shimgate import, from:\n# {3}kata\.toml\n\napiVersion/);
  expect(parse(stdout)).toEqual(imported);
});

test('a configuration is written in JSON', async () => {
  const { code, stdout } = await importNodes('kata.toml', '-o', 'json');
  expect({ code, value: JSON.parse(stdout) as unknown }).toEqual({ code: 0, value: imported });
});

test('what is written is read without an error, and resolves to what containerd would run', async () => {
  const { stdout } = await importNodes('kata.toml');
  expect(readConfiguration(Buffer.from(stdout), 'f').findings.filter(({ severity }) => severity === 'error')).toEqual(
    [],
  );
  await writeFile(join(directory, 'imported.yaml'), stdout);
  const resolved = await runShimgate(['resolve', 'kata', '--config', 'imported.yaml', '-o', 'json'], {
    cwd: directory,
  });
  expect(JSON.parse(resolved.stdout)).toEqual({
    name: 'kata',
    source: 'configured',
    runtimeType: 'io.containerd.kata.v2',
    shimBinary: '/opt/kata/bin/containerd-shim-kata-v2',
    runtimePath: '/opt/kata/bin/containerd-shim-kata-v2',
    options: { ConfigPath: '/opt/kata/configuration.toml' },
    snapshotter: 'nydus',
  });
});

describe('--containerd-version', () => {
  test.each([
    ['reads the files as that version does', '2.1', '# Written by shimgate import, from:\n#   old-id.toml\n', false],
    ['takes a patch release', 'v2.4.2', 'runtimeType: io.containerd.runsc.v1', true],
    ['is guessed from the files', undefined, 'old-id.toml, as containerd 2.3 and 2.4 read it', true],
  ])('%s', async (_name, version, written, hasRuntime) => {
    const args = version === undefined ? [] : ['--containerd-version', version];
    const { code, stdout } = await importNodes('old-id.toml', ...args);
    expect(code).toBe(0);
    expect(stdout).toContain(written);
    expect(stdout.includes('sandboxed:')).toBe(hasRuntime);
  });

  test.each(['latest', '1.5', '2', ''])('is refused where it is none that is known: %j', async (version) => {
    const { code, stdout, stderr } = await importNodes('kata.toml', '--containerd-version', version);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('It must be a version of containerd from 1.6 on');
  });
});

describe('the exit code', () => {
  test.each([
    ['is 0 where something is ignored', ['ignored.toml'], 0, 'ignored.toml:2:1: warning: '],
    ['is 1 where containerd refuses something', ['refused.toml'], 1, 'refused.toml:2:12: error: '],
    ['is 1 where CRI does not load', ['lost.toml'], 1, 'lost.toml:3:1: error: '],
    [
      'is 2 where a file cannot be read, the others are imported all the same',
      ['broken.toml', 'kata.toml'],
      2,
      'broken.toml:',
    ],
    [
      'is 2 where a file is missing',
      ['nosuch.toml', 'kata.toml'],
      2,
      'nosuch.toml:1:1: error: The file does not exist.',
    ],
  ])('%s', async (_name, args, code, said) => {
    const ended = await importNodes(...args);
    expect(ended).toEqual({
      code,
      stdout: expect.stringContaining('kind: ShimgateConfiguration'),
      stderr: expect.stringContaining(said),
    });
  });

  test('is 2 where nothing can be read, and nothing is written', async () => {
    const { code, stdout, stderr } = await importNodes('broken.toml');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('error: nothing could be imported from broken.toml\n');
  });
});
