import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { messageOf, worded } from '../../../src/finding/wording.ts';
import { importPaths } from '../../../src/import/import-paths.ts';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { importFiles, layFiles } from './lay-files.ts';

const directory = directoryForTests();

const vm = `version = 3
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.vm]
runtime_type = "io.containerd.kata.v2"
`;

describe('TOML of other programs is no node, and called what it is', () => {
  test.each([
    ['[crio.runtime]\ndefault_runtime = "crun"\n', 'a configuration of CRI-O'],
    ['server = "https://mirror.example.com"\n', "a registry's hosts.toml"],
    ['[host."https://mirror.example.com"]\ncapabilities = ["pull"]\n', "a registry's hosts.toml"],
    ['[hypervisor.clh]\npath = "/opt/clh"\n', "a configuration of Kata Containers' runtime"],
    ['log_level = "debug"\n[runsc_config]\nnetwork = "host"\n', "a configuration of gVisor's shim"],
    ['[nvidia-container-cli]\nload-kmods = true\n', "a configuration of NVIDIA's container runtime"],
    ['unqualified-search-registries = ["registry.example.com"]\n', 'a registries.conf'],
    ['[engine]\nruntime = "crun"\n', 'a containers.conf'],
    ['version = 1\nroot = "/var/lib/nydus"\n[remote]\nconvert = true\n', 'a configuration of a snapshotter'],
    ['root = "/var/lib/buildkit"\n[worker.oci]\nenabled = true\n', 'a configuration of BuildKit'],
    ['[settings.kubernetes]\nmax-pods = 10\n', "Bottlerocket's settings"],
  ])('%j', async (text, name) => {
    const node = await layFiles(directory, { a: text, b: vm });
    const { result, said } = await importFiles(node, ['a', 'b']);
    expect(said).toEqual(['a:1:1 UnreadableFile']);
    expect(result.findings.map(messageOf)[0]).toContain(`The file is ${name}`);
    expect(result.sources).toHaveLength(1);
  });

  test.each(['[package]\nname = "x"\n', 'version = 4\n[[package]]\nname = "x"\n', 'colour = "red"\n'])(
    'nor is TOML without a key of containerd: %j',
    async (text) => {
      const { result, said } = await importFiles(await layFiles(directory, { a: text }), ['a']);
      expect([said, result.sources]).toEqual([['a:1:1 UnreadableFile'], []]);
    },
  );

  test.each([
    '',
    '# nothing but a comment\n',
    'version = 2\n',
    'root = "/data"\nstate = "/run"\n',
    'version = 3\n[plugin."io.containerd.cri.v1.runtime"]\n',
    'disabled_plugins = ["io.containerd.internal.v1.opt"]\n[unheard_of]\n',
    '[Plugins]\n',
  ])('containerd takes this for its own: %j', async (text) => {
    const { result } = await importFiles(await layFiles(directory, { a: text }), ['a']);
    expect(result.sources).toHaveLength(1);
  });
});

describe('no message shows what a file holds that is none of the kinds', () => {
  test.each([
    ['notes with a line of YAML', 'token = "hidden"\nnext = hidden\napiVersion: v1\n'],
    ['notes that are no TOML either', 'hidden: !hidden [hidden\n'],
    ['notes that call themselves a manifest', 'kind: x\napiVersion: *hidden\n"hidden\n'],
    ['a template', 'a = {{ .Hidden }}\nhidden = hidden\n'],
    ['JSON of something else', '{"hidden": hidden}'],
    ['a broken configuration', 'version = 3\nhidden = hidden\n'],
    ['TOML of something else', '[hidden]\nhidden = "hidden"\n'],
  ])('%s', async (_name, text) => {
    const { result } = await importFiles(await layFiles(directory, { a: text }), ['a']);
    expect(result.findings.length).toBeGreaterThan(0);
    expect(JSON.stringify(result.findings)).not.toMatch(/hidden/i);
  });
});

test('a template that nobody rendered is one error that says so', async () => {
  const text = '{{ template "base" . }}\n[plugins]\n  {{- if .Gpu }}\n  a = {{ .A }}\n  {{- end }}\n';
  const manifest = 'apiVersion: v1\nkind: {{ .Kind }}\nmetadata:\n  name: {{ .Name }}\n';
  const node = await layFiles(directory, { 'a.tmpl': text, 'b.yaml': manifest });
  const { result } = await importFiles(node, ['a.tmpl', 'b.yaml']);
  expect(result.findings.map((found) => [found.severity, messageOf(found).slice(0, 42)])).toEqual([
    ['error', 'This is a template that was not rendered: '],
    ['error', 'This is a template that was not rendered: '],
  ]);
});

test('nesting without end is an error, and ends nothing', async () => {
  const node = await layFiles(directory, {
    keys: `version = 3\nplugins.${'a.'.repeat(20_000)}b = 1\n`,
    tables: `version = 3\nplugins = ${'{a='.repeat(250)}1${'}'.repeat(250)}\n`,
    lists: `version = 3\nplugins = ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`,
    header: `version = 3\n[plugins.${'a.'.repeat(20_000)}b]\n`,
  });
  const { said } = await importFiles(node, ['keys', 'tables', 'lists', 'header']);
  expect(said.map((one) => one.split(' ')[1])).toEqual(Array.from({ length: 4 }, () => 'UnreadableFile'));
});

describe('a node is known by its places', () => {
  test.each([
    'etc/containerd/config.toml',
    'etc/cri/containerd.toml',
    'etc/k0s/containerd.toml',
    'var/snap/microk8s/current/args/containerd.toml',
    'var/snap/k8s/common/etc/containerd/config.toml',
    'var/lib/rancher/k3s/agent/etc/containerd/config.toml',
    'var/lib/rancher/rke2/agent/etc/containerd/config.toml',
    'usr/share/containerd/config.toml',
    'Program Files/containerd/config.toml',
  ])('%s', async (path) => {
    const { result } = await importFiles(await layFiles(directory, { [path]: vm }), ['']);
    expect([...result.runtimes.keys()]).toEqual(['runc', 'vm']);
  });

  test("Talos' containerd for itself, and Flatcar's default beside a file of one's own, say nothing of pods", async () => {
    const talos = { 'etc/containerd/config.toml': '', 'etc/cri/containerd.toml': vm };
    const flatcar = { 'usr/share/containerd/config.toml': '', 'etc/containerd/config.toml': vm };
    for (const files of [talos, flatcar]) {
      const { result, said } = await importFiles(await layFiles(directory, files), ['']);
      expect([said, result.sources.length]).toEqual([[], 1]);
    }
  });
});

describe('root and file given apart', () => {
  const files = {
    'srv/containerd.toml': 'version = 3\nimports = ["/srv/more/*.toml"]\n',
    'srv/more/a.toml': vm,
  };

  test.each([
    ['as on the node', () => '/srv/containerd.toml'],
    ['as on the node, without its slash', () => 'srv/containerd.toml'],
    ['as it is here', (root: string) => join(root, 'srv/containerd.toml')],
  ])('the file is called %s', async (_name, path) => {
    const root = await layFiles(directory, files);
    const { runtimes, findings } = await importPaths([path(root)], Readable.from([]), { root });
    expect([[...runtimes.keys()], findings]).toEqual([['runc', 'vm'], []]);
  });

  test('a file is not looked for outside of the root', async () => {
    const root = await layFiles(directory, files);
    const { findings } = await importPaths(['../../etc/passwd'], Readable.from([]), { root });
    expect(findings.map(messageOf)).toEqual(['The file does not exist.']);
  });
});

describe('what could not be looked up is not called broken', () => {
  const copy = (imports: string) => layFiles(directory, { 'copy/a.toml': `version = 3\nimports = ["${imports}"]\n` });

  test('a file that is imported by a copy', async () => {
    const { result, said } = await importFiles(await copy('/nosuch/x.toml'), ['copy/a.toml']);
    expect(said).toEqual(['copy/a.toml:2:12 ImportNotLookedUp']);
    expect(result.findings.map(worded)[0]).toMatchObject({
      severity: 'warning',
      message: 'The import "/nosuch/x.toml" could not be looked up: it is not among the files that were given.',
    });
  });

  test('a pattern in a copy', async () => {
    const { result } = await importFiles(await copy('/nosuch/*.toml'), ['copy/a.toml']);
    expect(result.findings.map((found) => [found.severity, messageOf(found)])).toEqual([
      ['info', 'The import "/nosuch/*.toml" could not be looked up: no file that was given matches it.'],
    ]);
  });

  test('what a node makes while it runs', async () => {
    const text = 'version = 3\nimports = ["/run/k0s/containerd-cri.toml", "/etc/k0s/nosuch.toml"]\n';
    const { said } = await importFiles(await layFiles(directory, { 'etc/k0s/containerd.toml': text }), ['']);
    expect(said.map((one) => one.split(' ')[1])).toEqual(['ImportNotLookedUp', 'ImportRefused']);
  });
});

test('a dump that imports the file that was dumped is complete', async () => {
  const dump = `imports = ["/etc/containerd/config.toml", "/etc/containerd/more/a.toml"]\n${vm}`;
  const { result, said } = await importFiles(await layFiles(directory, { 'dump.toml': dump }), ['dump.toml']);
  expect([said, [...result.runtimes.keys()]]).toEqual([[], ['runc', 'vm']]);
});

test('nothing on standard input is not a configuration that says nothing', async () => {
  const { sources, findings } = await importPaths(['-'], Readable.from([Buffer.from(' \n')]));
  expect([sources, findings.map(messageOf)]).toEqual([[], ['There is nothing on standard input.']]);
});
