import { describe, expect, test } from '@jest/globals';
import { worded } from '../../../src/finding/wording.ts';
import type { ContainerdVersion } from '../../../src/shim/containerd-version.ts';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { importFiles, layFiles } from './lay-files.ts';

const directory = directoryForTests();

const said = async (text: string, version?: ContainerdVersion) => {
  const { result } = await importFiles(await layFiles(directory, { a: text }), ['a'], version);
  return result.findings.map((found) => {
    const { message, fix } = worded(found);
    return `${found.source.line}:${found.source.column} ${found.code} ${message} ${fix}`;
  });
};

describe('a table of a plugin that no containerd has is told, with where it belongs', () => {
  test.each<[string, string, string]>([
    [
      'plugins."io.containerd.grpc.v1.cri.containerd.runtimes.vm"',
      '2:10 KeyIgnored',
      'Quote the id alone: plugins."io.containerd.grpc.v1.cri".containerd.runtimes.vm.',
    ],
    [
      'plugins."io.containerd.cri.v1.images.registry"',
      '2:10 KeyIgnored',
      'Quote the id alone: plugins."io.containerd.cri.v1.images".registry.',
    ],
    [
      'plugins."io.containerd.cri.v1.runtimes".containerd.runtimes.vm',
      '2:62 PluginTableIgnored',
      'no plugin of containerd that has runtimes is called "io.containerd.cri.v1.runtimes"',
    ],
  ])('%s', async (header, place, part) => {
    const [first] = await said(`version = 3\n[${header}]\nruntime_type = "io.containerd.kata.v2"\n`, '2.4');
    expect(first).toContain(place);
    expect(first).toContain(part);
    expect(first).not.toContain('the version that the id is of');
  });

  test('an id that another version reads is still called one', async () => {
    const text = 'version = 4\n[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.vm]\nruntime_type = "a.b.c"\n';
    expect(await said(text)).toEqual([expect.stringContaining('or say the version that the id is of')]);
  });
});

describe('settings of the shim of Linux, which containerd 2 does not have', () => {
  const text = (id: string, key: string, value: string) => `version = 2\n[plugins."${id}"]\n${key} = "${value}"\n`;
  const first = 'io.containerd.runtime.v1.linux';

  test.each([
    ['runtime', 'nvidia-container-runtime', 'as BinaryName'],
    ['shim', '/opt/gvisor/gvisor-containerd-shim', 'with its runtime_path'],
  ])('%s = %j', async (key, value, part) => {
    const findings = await said(text(first, key, value));
    expect(findings).toEqual([expect.stringContaining(`3:1 FormerKey containerd 2 ignores ${key} of the plugin`)]);
    expect(findings[0]).toContain(part);
  });

  test('by the short name of version 1', async () => {
    const findings = await said('[plugins.linux]\nruntime = "nvidia-container-runtime"\n', '2.2');
    expect(findings).toEqual([expect.stringContaining('2:1 FormerKey')]);
  });

  test.each<[string, string, string, ContainerdVersion | undefined]>([
    ['what a dump of 1.x says', 'runtime', 'runc', undefined],
    ['nothing', 'runtime', '', undefined],
    ['a key that says nothing of what runs', 'runtime_root', '/x', undefined],
    ['a containerd that has that shim', 'runtime', 'crun', '1.7'],
  ])('not of %s', async (_name, key, value, version) => {
    expect(await said(text(first, key, value), version)).toEqual([]);
  });
});

describe('what is defined twice is told with both places, as an installer leaves it that ran twice', () => {
  const vm = '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.vm]';
  const type = 'runtime_type = "io.containerd.kata.v2"';
  test.each([
    ['a table', `${vm}\n${type}\n[grpc]\n${vm}\n`, 'This table is defined in line 2 already'],
    [
      'a table in other quotes',
      `${vm}\n[grpc]\n${vm.replaceAll('"', "'")}\n`,
      'This table is defined in line 2 already',
    ],
    ['a table with a comment', `${vm} # ours\n[grpc]\n  ${vm}\n`, 'This table is defined in line 2 already'],
    ['a list where a table is', `${vm}\n[[plugins]]\n`, 'double brackets make a list'],
    ['a table where a value is', `[grpc]\naddress = "x"\n[grpc.address]\n`, 'or is no table there'],
    ['a key', `${vm}\n${type}\n${type}\n`, 'This key is defined twice'],
  ])('%s', async (_name, text, part) => {
    const findings = await said(`version = 2\n${text}`);
    expect(findings).toEqual([expect.stringContaining('UnreadableFile')]);
    expect(findings[0]).toContain(part);
    expect(findings[0]).toContain('containerd does not start with this file');
  });
});
