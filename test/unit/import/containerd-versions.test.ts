import { describe, expect, test } from '@jest/globals';
import { knownVersions, type ContainerdVersion } from '../../../src/shim/containerd-version.ts';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { messageOf } from '../../../src/finding/wording.ts';
import { importFiles, layFiles } from './lay-files.ts';

const directory = directoryForTests();

const old = '[plugins."io.containerd.grpc.v1.cri".containerd';
const runtime = '[plugins."io.containerd.cri.v1.runtime".containerd';
const runc = (section: string) => `${section}.runtimes.runc]\nruntime_type = "io.containerd.runc.v2"\n`;
const vm = (section: string, name = 'vm') => `${section}.runtimes.${name}]\nruntime_type = "io.containerd.kata.v2"\n`;

type Files = Readonly<Record<string, string>>;

/** The names that versions have, in the order 1.7, 2.0 to 2.2, 2.3 and 2.4; `refused` where containerd does not start. */
const tables: readonly (readonly [string, Files, readonly [string, string, string]])[] = [
  ['version 2, ids of version 2', { m: `version = 2\n${vm(old)}${runc(old)}` }, ['runc vm', 'runc vm', 'runc vm']],
  ['version 2, ids of version 3', { m: `version = 2\n${vm(runtime)}` }, ['runc', 'runc vm', 'runc vm']],
  ['version 3, ids of version 2', { m: `version = 3\n${vm(old)}` }, ['refused', 'runc', 'runc vm']],
  ['version 3, both ids', { m: `version = 3\n${vm(old, 'lost')}${vm(runtime)}` }, ['refused', 'runc vm', 'runc vm']],
  ['version 4', { m: `version = 4\n${vm(runtime)}` }, ['refused', 'refused', 'runc vm']],
  ['no version, short ids', { m: vm('[plugins.cri.containerd') }, ['vm', 'runc', 'runc vm']],
  ['version 1, short ids', { m: `version = 1\n${vm('[plugins.cri.containerd')}` }, ['vm', 'runc', 'runc vm']],
  ['no version, ids of version 2', { m: vm(old) }, ['runc', 'runc', 'runc vm']],
  ['no version, ids of version 3', { m: vm(runtime) }, ['runc', 'runc vm', 'runc vm']],
  ['runtimes without runc', { m: `version = 2\n${vm(old)}` }, ['vm', 'runc vm', 'runc vm']],
  [
    'a drop-in with one runtime, of the same version',
    { m: `version = 2\nimports = ["d"]\n${runc(old)}`, d: `version = 2\n${vm(old)}` },
    ['vm', 'runc vm', 'runc vm'],
  ],
  [
    'version 2, and a drop-in of version 3',
    { m: `version = 2\nimports = ["d"]\n${vm(old, 'main')}`, d: `version = 3\n${vm(runtime)}` },
    ['refused', 'runc vm', 'main runc vm'],
  ],
  [
    'version 3, and a drop-in of version 2',
    { m: `version = 3\nimports = ["d"]\n${vm(runtime, 'main')}`, d: `version = 2\n${vm(old)}` },
    ['refused', 'main runc', 'main runc vm'],
  ],
  [
    'version 2, and a drop-in without one, ids of version 2',
    { m: `version = 2\nimports = ["d"]\n${vm(old, 'main')}`, d: vm(old) },
    ['vm', 'main runc vm', 'main runc vm'],
  ],
  [
    'version 3, and a drop-in without one, ids of version 3',
    { m: `version = 3\nimports = ["d"]\n${vm(runtime, 'main')}`, d: vm(runtime) },
    ['refused', 'main runc vm', 'main runc vm'],
  ],
  [
    'version 3, and a drop-in without one, ids of version 2',
    { m: `version = 3\nimports = ["d"]\n${vm(runtime, 'main')}`, d: vm(old) },
    ['refused', 'main runc', 'main runc vm'],
  ],
  [
    'version 2, and a drop-in without one, ids of version 3',
    { m: `version = 2\nimports = ["d"]\n${vm(old, 'main')}`, d: vm(runtime) },
    ['main', 'runc vm', 'main runc vm'],
  ],
  [
    'the tables of runtimes that 1.x had',
    {
      m: `version = 2\n${runc(old)}${old}.default_runtime]\nruntime_type = "a.b.c"\n${old}.untrusted_workload_runtime]\nruntime_type = "a.b.c"\n`,
    },
    ['default runc untrusted', 'runc', 'runc'],
  ],
];

const groups: readonly (readonly ContainerdVersion[])[] = [['1.7'], ['2.0', '2.1', '2.2'], ['2.3', '2.4']];

describe('the runtimes of a node, by its containerd, with', () => {
  test.each(tables)('%s', async (_name, files, expected) => {
    const node = await layFiles(directory, files);
    for (const [index, versions] of groups.entries()) {
      for (const version of versions) {
        const { result } = await importFiles(node, ['m'], version);
        const isRefused = result.findings.some(({ code }) => code === 'ContainerdRefuses');
        const names = isRefused ? 'refused' : [...result.runtimes.keys()].toSorted().join(' ');
        expect([version, names]).toEqual([version, expected[index]]);
      }
    }
  });

  /** Where versions differ and nobody said which it is, something is said, and it names the versions. */
  test.each(tables)('%s: what differs is said where the version is not known', async (_name, files, expected) => {
    const node = await layFiles(directory, files);
    const { result } = await importFiles(node, ['m']);
    const answers = new Set(expected.filter((names) => names !== 'refused'));
    const said = result.findings.filter(({ severity }) => severity !== 'info').map(messageOf);
    const isSaid = said.some((message) => /\b[12]\.\d\b|containerd [12]\b/.test(message));
    expect({ isSaid, source: result.sources[0]?.includes(', as containerd ') }).toEqual({
      isSaid: answers.size > 1 || expected.includes('vm'),
      source: answers.size > 1,
    });
  });
});

test('the snapshotter of a file of version 2 that has no runtimes is forgotten from 2.0 on, and kept before', async () => {
  const node = await layFiles(directory, { m: `version = 2\n${old}]\nsnapshotter = "native"\n` });
  const { result: first } = await importFiles(node, ['m'], '1.7');
  expect(first.runtimes.get('runc')?.snapshotter).toBe('native');
  expect(first.findings).toEqual([]);
  const { result, said } = await importFiles(node, ['m'], '2.4');
  expect(result.runtimes.get('runc')?.snapshotter).toBeUndefined();
  expect(said).toEqual(['m:3:1 PluginTableIgnored']);
});

describe('a version is guessed from', () => {
  /** A file by which pulls fail from 2.1 on, and what tells the version besides. */
  test.each([
    ['nothing, in a file of version 2', 'version = 2\n', '', '2.1 to 2.4'],
    ['version 3, and a key of 2.1 that says nothing', 'version = 3\n', 'cgroup_writable = false\n', '2.1 to 2.4'],
    ['a key of 2.1', 'version = 3\n', 'cgroup_writable = true\n', undefined],
    ['version 4', 'version = 4\n', '', undefined],
    ['a key of 2.4', 'version = 3\n', 'disable_pause_image_pull = true\n', undefined],
  ])('%s', async (_name, version, key, affected) => {
    const text = `${version}${vm(runtime)}${key}[plugins."io.containerd.cri.v1.images"]\nsnapshotter = "native"\n`;
    const node = await layFiles(directory, { m: text });
    const { result } = await importFiles(node, ['m']);
    const found = result.findings.find(({ code }) => code === 'PullsFail');
    expect(found?.severity).toBe(affected === undefined ? 'error' : 'warning');
    if (affected !== undefined) expect(found && messageOf(found)).toContain(`containerd ${affected} pull`);
  });
});

describe('a file of a version that containerd does not know is refused', () => {
  test.each<[number, ContainerdVersion, boolean]>([
    [3, '1.6', true],
    [3, '1.7', true],
    [3, '2.0', false],
    [4, '2.2', true],
    [4, '2.3', false],
    [5, '2.4', true],
  ])('version %j by %s: %j', async (said, version, isRefused) => {
    const node = await layFiles(directory, { m: `version = ${said}\n` });
    expect((await importFiles(node, ['m'], version)).said).toEqual(isRefused ? ['m:1:1 ContainerdRefuses'] : []);
  });
});

test.each<[string, boolean]>([
  ['my/a.b.c', true],
  ['./a.b.c', true],
  ['my/b.c', false],
  ['x/y', false],
  ['./containerd-shim-runc-v2', false],
])('the relative type %j is left out; that 1.6 runs it all the same: %j', async (type, runs) => {
  const node = await layFiles(directory, {
    m: `version = 2\n${runc(old)}${old}.runtimes.odd]\nruntime_type = "${type}"\n`,
  });
  for (const version of knownVersions) {
    const { result, said } = await importFiles(node, ['m'], version);
    expect(said).toEqual(['m:5:1 RuntimeLeftOut']);
    const isSaid = result.findings.map(messageOf)[0]?.endsWith('containerd 1.6 runs it all the same.');
    expect([version, isSaid]).toEqual([version, runs && version === '1.6']);
  }
});
