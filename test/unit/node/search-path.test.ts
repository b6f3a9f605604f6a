import { describe, expect, test } from '@jest/globals';
import { searchPath } from '../../../src/node/search-path.ts';
import { parseToml } from '../../../src/text/parse-toml.ts';

const usual = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin'];

describe('containerd looks for shims', () => {
  test('where systemd does, behind the directory of its own plugin', () => {
    expect(searchPath('/etc/containerd/config.toml', undefined)).toEqual(['/opt/containerd/bin', ...usual]);
    const plugins = parseToml('["io.containerd.internal.v1.opt"]\npath = "/srv/opt"\n', 'x');
    expect(searchPath('', { plugins })[0]).toBe('/srv/opt/bin');
  });

  test('among the programs of its distribution first', () => {
    expect(searchPath('/var/lib/rancher/k3s/agent/etc/containerd/config.toml', undefined)).toEqual([
      '/opt/containerd/bin',
      '/var/lib/rancher/k3s/data/current/bin',
      '/var/lib/rancher/k3s/data/current/bin/aux',
      ...usual,
    ]);
  });

  test('where it is said to look, and nowhere else', () => {
    expect(searchPath('/etc/k0s/containerd.toml', undefined, ['/a', 'b'])).toEqual(['/opt/containerd/bin', '/a']);
  });
});
