import { describe, expect, test } from '@jest/globals';
import { layNode, shim } from '../../support/lay-node.ts';
import { describeNode } from './describe-laid-node.ts';

const table = (id: string, runtimes: string) => `version = 3\n[plugins."${id}".containerd]\n${runtimes}`;
const cri = 'io.containerd.cri.v1.runtime';
const runtime = (name: string, lines: string, options = '') =>
  `[plugins."${cri}".containerd.runtimes.${name}]\n${lines}\n${options === '' ? '' : `[plugins."${cri}".containerd.runtimes.${name}.options]\n${options}\n`}`;

const stock = { '/usr/local/bin/containerd-shim-runc-v2': shim, '/usr/local/sbin/runc': shim };

describe('a node says', () => {
  test('what its runtimes are, as its containerd has them', async () => {
    const root = await layNode({
      ...stock,
      '/etc/containerd/config.toml': table(
        cri,
        `default_runtime_name = "kata"\n${runtime(
          'kata',
          'runtime_type = "io.containerd.kata.v2"\nruntime_path = "/opt/kata/bin/containerd-shim-kata-v2"\npod_annotations = ["io.katacontainers.*"]',
          'ConfigPath = "/opt/kata/configuration.toml"',
        )}`,
      ),
      '/opt/kata/bin/containerd-shim-kata-v2': shim,
      '/opt/kata/configuration.toml': '',
    });
    const { status, conditions } = await describeNode(root, { version: '2.3' });
    expect(status).toEqual({
      containerd: { possibleVersions: ['2.3'], configurationFile: '/etc/containerd/config.toml' },
      defaultRuntime: 'kata',
      handlers: [
        {
          name: 'kata',
          runtimeType: 'io.containerd.kata.v2',
          shimBinary: '/opt/kata/bin/containerd-shim-kata-v2',
          runtimePath: '/opt/kata/bin/containerd-shim-kata-v2',
          options: '{"ConfigPath":"/opt/kata/configuration.toml"}',
          podAnnotations: ['io.katacontainers.*'],
        },
        {
          name: 'runc',
          runtimeType: 'io.containerd.runc.v2',
          shimBinary: 'containerd-shim-runc-v2',
          podAnnotations: [],
        },
      ],
      problems: [],
      summary: { handlers: 2, handlerNames: 'kata,runc', problems: 0 },
    });
    expect(conditions).toEqual([
      { type: 'ConfigurationRead', status: 'True', reason: 'Read', message: 'Read from /etc/containerd/config.toml.' },
      {
        type: 'PartsPresent',
        status: 'True',
        reason: 'AllPresent',
        message: 'All that the configuration names is there.',
      },
    ]);
  });

  test.each([
    ['a shim that is not installed', 'runtime_type = "io.containerd.ghost.v1"', '', 'Shim', 'containerd-shim-ghost-v1'],
    ['a shim by path', 'runtime_type = "/opt/x/shim"', '', 'Shim', '/opt/x/shim'],
    [
      'runtime_path',
      'runtime_type = "io.containerd.kata.v2"\nruntime_path = "/opt/none"',
      '',
      'RuntimePath',
      '/opt/none',
    ],
    [
      'BinaryName',
      'runtime_type = "io.containerd.runc.v2"',
      'BinaryName = "/usr/bin/crun"',
      'BinaryName',
      '/usr/bin/crun',
    ],
    [
      'BinaryName that is looked up',
      'runtime_type = "io.containerd.runc.v2"',
      'BinaryName = "youki"',
      'BinaryName',
      'youki',
    ],
    [
      'ConfigPath',
      'runtime_type = "io.containerd.there.v1"',
      'ConfigPath = "/etc/none.toml"',
      'ConfigPath',
      '/etc/none.toml',
    ],
    [
      'a snapshotter that nothing declares',
      'runtime_type = "io.containerd.runc.v2"\nsnapshotter = "nydus"',
      '',
      'Snapshotter',
      'nydus',
    ],
    ['a shim that may not be run', 'runtime_type = "io.containerd.plain.v1"', '', 'Shim', 'containerd-shim-plain-v1'],
  ])('that %s is missing', async (_, lines, options, what, value) => {
    const root = await layNode({
      ...stock,
      '/usr/bin/containerd-shim-there-v1': shim,
      '/usr/bin/containerd-shim-plain-v1': 'no program',
      '/etc/containerd/config.toml': table(cri, runtime('x', lines, options)),
    });
    const { status, conditions } = await describeNode(root);
    expect(status.handlers?.find(({ name }) => name === 'x')?.missing).toEqual([{ what, value }]);
    expect(status.handlers?.find(({ name }) => name === 'runc')).not.toHaveProperty('missing');
    expect(conditions[1]).toMatchObject({
      status: 'False',
      reason: 'PartsMissing',
      message: `No pod of handler "x" starts here: x: ${what} ${value}.`,
    });
    expect(status.summary?.problems).toBeGreaterThan(0);
  });

  test('nothing of what it cannot look at', async () => {
    const root = await layNode({
      ...stock,
      '/etc/containerd/config.toml': `imports = ["/run/more.toml"]\n${table(cri, runtime('x', 'runtime_type = "io.containerd.x.v1"'))}`,
    });
    const { status, conditions } = await describeNode(root, {}, ['/etc', '/usr']);
    expect(status.handlers?.find(({ name }) => name === 'x')).toMatchObject({
      unseen: [{ what: 'Shim', value: 'containerd-shim-x-v1' }],
    });
    expect(status.handlers?.every(({ missing }) => missing === undefined)).toBe(true);
    expect(conditions).toMatchObject([
      { type: 'ConfigurationRead', status: 'False', reason: 'ImportsUnseen' },
      { type: 'PartsPresent', status: 'Unknown', reason: 'PartsUnseen' },
    ]);
  });

  test.each([[['/etc/containerd', '/usr', '/opt']], [undefined]])(
    'that a shim is missing, where the chart mounts %s',
    async (hostPaths) => {
      const root = await layNode({
        ...stock,
        '/etc/containerd/config.toml': table(cri, runtime('x', 'runtime_type = "io.containerd.x.v1"')),
      });
      const { status } = await describeNode(root, {}, hostPaths);
      expect(status.handlers?.find(({ name }) => name === 'x')).toMatchObject({
        missing: [{ what: 'Shim', value: 'containerd-shim-x-v1' }],
      });
    },
  );

  test('what a link leads to, as on the node', async () => {
    const root = await layNode({
      ...stock,
      '/etc/containerd/config.toml': { link: '/opt/site/config.toml' },
      '/opt/site/config.toml': table(cri, runtime('x', 'runtime_type = "io.containerd.x.v1"')),
      '/usr/local/bin/containerd-shim-x-v1': { link: '/opt/x/bin/shim' },
      '/opt/x/bin/shim': shim,
      '/opt/secret': { link: '../../../../../../../../../../etc/hostname' },
    });
    const { status } = await describeNode(root);
    expect(status.handlers?.map(({ name, missing }) => [name, missing])).toEqual([
      ['runc', undefined],
      ['x', undefined],
    ]);
  });

  test('which problem is in which line, and not what stands there', async () => {
    const root = await layNode({
      ...stock,
      '/etc/containerd/config.toml': table(
        cri,
        runtime('x', 'runtime_type = "io.containerd.runc.v2"\nsecretly = "token-abc"', 'Typo = "hunter2"'),
      ),
    });
    const described = await describeNode(root);
    expect(described.status.problems?.length).toBeGreaterThan(0);
    expect(described.status.problems?.[0]).toMatchObject({
      file: '/etc/containerd/config.toml',
      line: expect.any(Number),
    });
    expect(JSON.stringify(described.status.problems)).not.toMatch(/token-abc|hunter2/);
  });

  test('that nothing was found, or that what was found is none', async () => {
    const nothing = await describeNode(await layNode({ '/etc/os-release': '' }));
    expect(nothing.conditions[0]).toMatchObject({ status: 'False', reason: 'NotFound' });
    expect(nothing.status.handlers).toEqual([]);
    const broken = await describeNode(await layNode({ '/etc/containerd/config.toml': 'version = [' }));
    expect(broken.conditions[0]).toMatchObject({ status: 'False', reason: 'Refused' });
    expect(broken.conditions[1]).toMatchObject({ status: 'Unknown' });
  });

  test("the configuration of its distribution, where Docker's package left one too", async () => {
    const root = await layNode({
      '/etc/containerd/config.toml': 'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n',
      '/var/lib/rancher/k3s/agent/etc/containerd/config.toml': 'version = 3\n',
      '/var/lib/rancher/k3s/data/current/bin/containerd-shim-runc-v2': shim,
      '/var/lib/rancher/k3s/data/current/bin/runc': shim,
    });
    const { status, conditions } = await describeNode(root);
    expect(status.containerd?.configurationFile).toBe('/var/lib/rancher/k3s/agent/etc/containerd/config.toml');
    expect(conditions).toMatchObject([
      { status: 'True', message: expect.stringContaining('/etc/containerd/config.toml') },
      { status: 'True' },
    ]);
  });

  test('no more than the object takes', async () => {
    const many = Array.from({ length: 80 }, (_, index) =>
      runtime(
        `r${index}`,
        `runtime_type = "io.containerd.${'x'.repeat(2000)}.v1"\npod_annotations = [${'"a",'.repeat(200)}]`,
        `Text = "${'y'.repeat(5000)}"`,
      ),
    );
    const root = await layNode({ '/etc/containerd/config.toml': table(cri, many.join('')) });
    const { status } = await describeNode(root);
    expect(status.summary?.handlers).toBe(81);
    expect(status.handlers).toHaveLength(64);
    expect(status.problems?.length).toBeLessThanOrEqual(64);
    expect(JSON.stringify(status).length).toBeLessThan(400_000);
    expect(status.handlers?.[0]).not.toHaveProperty('options');
  });
});
