import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { importPaths } from '../../../src/import/import-paths.ts';
import { messageOf } from '../../../src/finding/wording.ts';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { importFiles, layFiles } from './lay-files.ts';

const directory = directoryForTests();

const containerd = (text: string) => `version = 3\n[plugins."io.containerd.cri.v1.runtime".containerd${text}`;
const kata = (type = 'io.containerd.kata.v2', more = '') =>
  containerd(`.runtimes.kata]\nruntime_type = "${type}"\n${more}`);

describe('of several nodes', () => {
  test('what they agree on is the table, however it is written', async () => {
    const node = await layFiles(directory, {
      a: kata(
        'io.containerd.kata.v2',
        '[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.kata.options]\nA = 1\nB = 2\n',
      ),
      b: 'version = 2\n[plugins."io.containerd.grpc.v1.cri".containerd.runtimes]\nkata = { options = { B = 2, A = 1 }, runtime_type = "io.containerd.kata.v2", sandboxer = "podsandbox" }\n',
    });
    const { result, said } = await importFiles(node, ['a', 'b']);
    expect(said).toEqual([]);
    expect(result.runtimes.get('kata')).toEqual({
      runtimeType: 'io.containerd.kata.v2',
      options: { A: 1, B: 2 },
      podAnnotations: [],
    });
    expect(result.defaultRuntime).toBe('runc');
  });

  test('a runtime in which they differ is left out, and the files are named', async () => {
    const node = await layFiles(directory, {
      a: kata(),
      b: kata(),
      c: kata('io.containerd.kata.v2', 'snapshotter = "nydus"\n'),
    });
    const { result, said } = await importFiles(node, ['a', 'b', 'c']);
    expect([...result.runtimes.keys()]).toEqual(['runc']);
    expect(said).toEqual(['c:4:1 RuntimeSnapshotterMissing', 'a:2:61 NodesDiffer']);
    expect(result.findings.map(messageOf)[1]).toMatch(
      /^Runtime "kata" differs between nodes, and is left out: snapshotter is not set in \S+\/a, \S+\/b, "nydus" in \S+\/c\.$/,
    );
  });

  test('they also differ in the part of a long value that is not shown', async () => {
    const withSnapshotter = (end: string) =>
      kata('io.containerd.kata.v2', `snapshotter = "${'x'.repeat(300)}${end}"\n`);
    const node = await layFiles(directory, { a: withSnapshotter('1'), b: withSnapshotter('2') });
    const { result, said } = await importFiles(node, ['a', 'b']);
    expect([...result.runtimes.keys()]).toEqual(['runc']);
    expect(said).toEqual(['a:2:61 NodesDiffer', 'a:4:1 RuntimeSnapshotterMissing', 'b:4:1 RuntimeSnapshotterMissing']);
  });

  test('a runtime that only some have is imported, and the files are named', async () => {
    const node = await layFiles(directory, { a: '', b: '', c: '', d: '', e: kata() });
    const { result, said } = await importFiles(node, ['a', 'b', 'c', 'd', 'e']);
    expect([...result.runtimes.keys()]).toEqual(['kata', 'runc']);
    expect(said).toEqual(['e:2:61 NotOnEveryNode']);
    expect(result.findings.map(messageOf)[0]).toMatch(/ is in \S+\/e, and not in \S+\/a, \S+\/b, \S+\/c, 1 more\.$/);
  });

  test('runtimes that the same nodes have, and the same nodes lack, are one finding', async () => {
    const both = `${kata()}[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.more]\nruntime_type = "a.b.c"\n`;
    const node = await layFiles(directory, { a: '', b: both, c: both, d: kata('a.b.c').replace('kata]', 'own]') });
    const { result } = await importFiles(node, ['a', 'b', 'c', 'd']);
    expect(result.findings.map((found) => messageOf(found).replaceAll(/\S+\//g, ''))).toEqual([
      'Runtimes "kata" and "more" are in b, c, and not in a, d.',
      'Runtime "own" is in d, and not in a, b, c.',
    ]);
  });

  test('which are directories, the same path in each is another file', async () => {
    const node = await layFiles(directory, {
      'a/etc/containerd/config.toml': kata(),
      'b/etc/containerd/config.toml': kata('io.containerd.other.v2'),
    });
    const { result, said } = await importFiles(node, ['a', 'b']);
    expect(result.sources).toHaveLength(2);
    expect(said).toEqual(['a/etc/containerd/config.toml:2:61 NodesDiffer']);
  });

  test('a default in which they differ is left out', async () => {
    const node = await layFiles(directory, {
      a: kata(),
      b: `${kata()}[plugins."io.containerd.cri.v1.runtime".containerd]\ndefault_runtime_name = "kata"\n`,
    });
    const { result, said } = await importFiles(node, ['a', 'b']);
    expect(result.defaultRuntime).toBeUndefined();
    expect(said).toEqual(['a:1:1 NodesDiffer']);
  });

  test('a broken file does not stop the others', async () => {
    const node = await layFiles(directory, { a: 'x', b: kata(), c: '{"runtimes": ' });
    const { result, said } = await importFiles(node, ['a', 'nosuch', 'b', 'c']);
    expect([...result.runtimes.keys()]).toEqual(['kata', 'runc']);
    expect(said.map((one) => one.split(' ')[1])).toEqual(['UnreadableFile', 'UnreadableFile', 'UnreadableFile']);
  });

  test("Docker's runc is there without a word", async () => {
    const node = await layFiles(directory, { a: '', b: '{"runtimes": {}}' });
    expect((await importFiles(node, ['a', 'b'])).said).toEqual([]);
  });
});

describe('with RuntimeClasses', () => {
  const classes = (...handlers: readonly string[]) =>
    handlers
      .map(
        (handler) =>
          `apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: of-${handler}}\nhandler: ${handler}\n`,
      )
      .join('---\n');

  test.each<[string, string, readonly string[]]>([
    ['each that matches is fine', classes('kata', 'runc'), []],
    ['a class without its handler is said', classes('kata', 'nosuch'), ['classes:6:1 ClassWithoutHandler']],
    ['a handler without a class is said, but not the default', classes('runc'), ['node:2:61 HandlerWithoutClass']],
    ['other objects are left alone', 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n', []],
    ['a broken manifest is said', 'apiVersion: v1\nkind: [\n', ['classes:3:1 UnreadableManifest']],
  ])('%s', async (_name, manifest, expected) => {
    const node = await layFiles(directory, { node: kata(), classes: manifest });
    expect((await importFiles(node, ['node', 'classes'])).said).toEqual(expected);
  });

  test('handlers without a class are one finding, and of one that no class can name that is said', async () => {
    const more = ['a', 'b', 'My_VM'].map((name) => containerd(`.runtimes.${name}]\nruntime_type = "a.b.c"\n`));
    const text = ['version = 3', ...more.map((one) => one.slice(one.indexOf('\n') + 1))].join('\n');
    const node = await layFiles(directory, { node: text, classes: classes('runc') });
    const { result } = await importFiles(node, ['node', 'classes']);
    expect(result.findings.map((found) => [messageOf(found), found.fix])).toEqual([
      [
        'No RuntimeClass names the handlers "a" and "b".',
        'Create RuntimeClasses for them, or give their manifests too.',
      ],
      [
        'No RuntimeClass can name the handler "My_VM": the API server takes lower-case letters, digits and - only, 63 at most.',
        'Rename the runtime on the nodes.',
      ],
    ]);
  });

  test('in JSON', async () => {
    const object = { kind: 'RuntimeClass', apiVersion: 'node.k8s.io/v1', metadata: { name: 'x' }, handler: 'nosuch' };
    const node = await layFiles(directory, { node: '', classes: JSON.stringify(object) });
    expect((await importFiles(node, ['node', 'classes'])).said).toEqual(['classes:1:1 ClassWithoutHandler']);
  });
});

describe('standard input', () => {
  test('is read as a file is', async () => {
    const { runtimes, sources } = await importPaths(
      ['-'],
      Readable.from([Buffer.from('{"runtimes": {"crun": '), Buffer.from('{"path": "/crun"}}}')]),
    );
    expect([sources, Object.fromEntries(runtimes)]).toEqual([['stdin'], { crun: { path: '/crun' } }]);
  });

  test('is not read without end', async () => {
    const { findings } = await importPaths(
      ['-'],
      Readable.from(Array.from({ length: 20 }, () => Buffer.alloc(100_000, ' '))),
    );
    expect(findings.map(messageOf)).toEqual(['The file is larger than 1 MiB.']);
  });
});
