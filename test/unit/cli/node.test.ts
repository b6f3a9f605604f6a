import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { layNode, shim } from '../../support/lay-node.ts';
import { runShimgate } from './run-shimgate.ts';

let root: string;

beforeAll(async () => {
  root = await layNode({
    '/etc/containerd/config.toml':
      'version = 3\n[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.kata]\nruntime_type = "io.containerd.kata.v2"\n',
    '/usr/bin/containerd-shim-runc-v2': shim,
    '/usr/bin/runc': shim,
    '/other/config.toml': 'version = 3\n',
  });
});

describe('shimgate node --once', () => {
  test('prints the object of the node, and what is missing makes it end with 1', async () => {
    const { code, stdout, stderr } = await runShimgate(['node', '--once', '--root', root]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(parse(stdout)).toMatchObject({
      apiVersion: 'shimgate.dev/v1alpha1',
      kind: 'NodeRuntimes',
      status: {
        containerd: { configurationFile: '/etc/containerd/config.toml' },
        defaultRuntime: 'runc',
        handlers: [
          { name: 'kata', missing: [{ what: 'Shim', value: 'containerd-shim-kata-v2' }] },
          { name: 'runc', runtimeType: 'io.containerd.runc.v2' },
        ],
        summary: { handlers: 2, handlerNames: 'kata,runc', problems: 1 },
      },
    });
  });

  test('prints the same as JSON, of another place, and ends with 0 where all is there', async () => {
    const args = ['node', '--once', '--root', root, '--config-path', '/other/config.toml', '-o', 'json'];
    const { code, stdout } = await runShimgate(args);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      status: { containerd: { configurationFile: '/other/config.toml' }, summary: { handlerNames: 'runc' } },
    });
  });

  test('ends with 2 where there is no configuration', async () => {
    const { code, stdout } = await runShimgate(['node', '--once', '--root', root, '--config-path', '/none.toml']);
    expect(code).toBe(2);
    expect(parse(stdout)).toMatchObject({ status: { handlers: [] } });
  });

  test.each([
    ['--config-path', 'relative.toml'],
    ['--host-path', 'etc'],
    ['--search-path', '/usr/bin:bin'],
  ])('refuses %s %s', async (option, value) => {
    const { code, stderr } = await runShimgate(['node', '--once', option, value]);
    expect(code).toBe(2);
    expect(stderr).toContain('It must be an absolute path on the node.');
  });
});
