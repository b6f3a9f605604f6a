import { describe, expect, test } from '@jest/globals';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { messageOf, worded } from '../../../src/finding/wording.ts';
import { importFiles, layFiles } from './lay-files.ts';

const directory = directoryForTests();

const runtime = '[plugins."io.containerd.cri.v1.runtime"';
const images = '[plugins."io.containerd.cri.v1.images"';
const kata = 'runtime_type = "io.containerd.kata.v2"\n';
/** A file of version 3 with one runtime. */
const three = (keys: string, section = '') =>
  `version = 3\n${runtime}.containerd.runtimes.vm]\n${kata}${keys}${section}`;
const lazy = '[proxy_plugins.lazy]\ntype = "snapshot"\naddress = "/run/lazy.sock"\n';

describe('a snapshotter is there where', () => {
  const general = (name: string, more: string, top = '') =>
    `version = 3\n${top}${images}]\nsnapshotter = "${name}"\nuse_local_image_pull = true\n${more}`;

  test.each([
    ['containerd has it', general('erofs', ''), true],
    ['a proxy plugin declares it', general('lazy', lazy), true],
    ['it has a table of its own', general('lazy', '[plugins."io.containerd.snapshotter.v1.lazy"]\n'), true],
    [
      'it is configured',
      general('devmapper', '[plugins."io.containerd.snapshotter.v1.devmapper"]\npool_name = "p"\n'),
      true,
    ],
    ['k3s has it', general('stargz', '', 'root = "/var/lib/rancher/k3s/agent/containerd"\n'), true],
    ['nobody has it', general('lazy', ''), false],
    ['a proxy plugin stands for something else', general('lazy', lazy.replace('snapshot', 'diff')), false],
    [
      'it is not configured',
      general('devmapper', '[plugins."io.containerd.snapshotter.v1.devmapper"]\nroot_path = "/x"\n'),
      false,
    ],
    ['it is disabled', general('native', '', 'disabled_plugins = ["io.containerd.snapshotter.v1.native"]\n'), false],
    ['another distribution than k3s has none', general('stargz', ''), false],
  ])('%s', async (_name, text, isThere) => {
    const node = await layFiles(directory, { m: text });
    expect((await importFiles(node, ['m'])).said.map((found) => found.split(' ')[1])).toEqual(
      isThere ? [] : ['SnapshotterMissing'],
    );
  });

  test('a runtime that has none of that name is all that is said of it', async () => {
    const node = await layFiles(directory, { m: three('snapshotter = "nosuch"\n') });
    expect((await importFiles(node, ['m'])).said).toEqual(['m:4:1 RuntimeSnapshotterMissing']);
  });
});

describe('the file that base_runtime_spec names', () => {
  const spec = three('base_runtime_spec = "/etc/spec.json"\n');

  test.each([
    ['is there', { 'etc/spec.json': '{"ociVersion": "1.1.0"}' }, 0],
    ['is missing', {}, 1],
    ['is no JSON', { 'etc/spec.json': 'ociVersion: 1.1.0\n' }, 1],
  ])('%s', async (_name, files, count) => {
    const node = await layFiles(directory, { 'etc/containerd/config.toml': spec, ...files });
    const found = (await importFiles(node, [''])).result.findings.filter(({ code }) => code === 'BaseSpecMissing');
    expect(found.map(({ severity, source }) => [severity, source.line])).toEqual(count === 0 ? [] : [['error', 4]]);
  });

  test('may be on another machine, where a file was given by itself', async () => {
    const node = await layFiles(directory, { m: three('base_runtime_spec = "/nosuch/spec.json"\n') });
    const found = (await importFiles(node, ['m'])).result.findings.find(({ code }) => code === 'BaseSpecMissing');
    expect(found && worded(found)).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining('not on this machine'),
    });
  });
});

test('what several runtimes share is said once, with their number', async () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const table = (name: string) =>
    `${runtime}.containerd.runtimes.${name}]\n${kata}snapshotter = "native"\nprivileged_without_host_devices = true\noptions = { BinaryName = "/usr/bin/crun" }\n`;
  const node = await layFiles(directory, { m: `version = 4\n${names.map(table).join('')}` });
  const { result, said } = await importFiles(node, ['m']);
  expect(said).toEqual(['m:4:1 RuntimePullsFail', 'm:5:1 NotCarriedOver', 'm:6:13 RuncOptionForOtherShim']);
  for (const found of result.findings)
    expect(messageOf(found)).toMatch(
      /runtimes "[ab]", "[bc]"(, "c")? and (2 more|"e")|"[ab]", "[bc]", "[cd]" and (1|2) more/,
    );
});

test('a file of version 4 moves the socket, unless the address is where version 4 has it, or the default', async () => {
  const address = (path: string) => `version = 4\n[grpc]\naddress = "${path}"\n`;
  const said = async (text: string) => (await importFiles(await layFiles(directory, { m: text }), ['m'])).said;
  expect(await said(address('/run/k3s/containerd.sock'))).toEqual(['m:3:1 SocketIgnored']);
  expect(await said(address('/run/containerd/containerd.sock'))).toEqual([]);
  expect(
    await said(`${address('/run/x.sock')}[plugins."io.containerd.server.v1.grpc"]\naddress = "/run/x.sock"\n`),
  ).toEqual([]);
  expect(await said(address('/run/x.sock').replace('4', '3'))).toEqual([]);
});
