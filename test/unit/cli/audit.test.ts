import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { program, runShimgate } from './run-shimgate.ts';

const root = join(import.meta.dirname, '../../..');
const fixtures = 'test/fixtures/audit';
const given = [
  '--config',
  `${fixtures}/configuration.yaml`,
  '--objects',
  `${fixtures}/cluster.yaml`,
  '--objects',
  `${fixtures}/workloads.yaml`,
];
const audit = (args: readonly string[], stdin?: string) =>
  runShimgate(['audit', ...args], { cwd: root, ...(stdin !== undefined && { stdin }) });

type Document = {
  readonly source: string;
  readonly configuration: string;
  readonly isInterrupted: boolean;
  readonly objects: Readonly<Record<string, number>>;
  readonly totals: Readonly<Record<string, number>>;
  readonly codes: readonly { readonly severity: string; readonly code: string; readonly count: number }[];
  readonly classes: readonly {
    readonly runtimeClass?: string;
    readonly pods: number;
    readonly fault?: { readonly at: string };
  }[];
  readonly findings: readonly {
    readonly severity: string;
    readonly code: string;
    readonly object: { readonly kind: string; readonly namespace?: string; readonly name: string };
    readonly source?: { readonly file: string; readonly line: number };
  }[];
};

const { code, stdout, stderr } = await audit([...given, '-o', 'json']);
const document = JSON.parse(stdout) as Document;

describe('audit -o json', () => {
  test('ends with 1 for errors, and writes nothing but the document', () => {
    expect([code, stderr]).toEqual([1, '']);
    expect(Object.keys(document)).toEqual([
      'source',
      'configuration',
      'isInterrupted',
      'objects',
      'totals',
      'codes',
      'classes',
      'findings',
    ]);
  });

  test('has every finding, worst first, as a person who read the manifests would expect', () => {
    const lines = document.findings.map(
      ({ severity, code: found, object, source }) =>
        `${severity} ${found} ${[object.kind, [object.namespace, object.name].filter(Boolean).join('/')].join(' ').trim()}${source === undefined ? '' : ` ${source.file.split('/').at(-1) ?? ''}:${source.line}`}`,
    );
    expect(lines).toEqual(
      readFileSync(join(root, fixtures, 'expected.txt'), 'utf8')
        .trimEnd()
        .split('\n'),
    );
  });

  test('counts what it has', () => {
    expect(document.objects).toEqual({ Namespace: 5, Node: 3, RuntimeClass: 6, Pod: 10, Deployment: 1, CronJob: 1 });
    const total = (severity: string) => document.findings.filter((found) => found.severity === severity).length;
    expect(document.totals).toEqual({ error: total('error'), warning: total('warning'), info: total('info') });
    for (const group of document.codes) {
      const ofGroup = document.findings.filter(
        (found) => found.code === group.code && found.severity === group.severity,
      );
      expect(ofGroup).toHaveLength(group.count);
    }
  });

  test('says of each class where the way to its nodes is broken', () => {
    expect(document.classes.map(({ runtimeClass = '(none)', pods, fault }) => [runtimeClass, pods, fault?.at])).toEqual(
      [
        ['nosuch', 1, 'class'],
        ['root-shell', 0, 'handler'],
        ['kat', 0, 'class'],
        ['kata', 4, 'nodes'],
        ['typo', 1, 'handler'],
        ['gvisor', 0, 'nodes'],
        ['runc', 0, 'nodes'],
        ['kata-again', 0, undefined],
        ['(none)', 4, undefined],
      ],
    );
  });
});

test('audit -o yaml says the same', async () => {
  const yaml = await audit([...given, '-o', 'yaml']);
  expect([yaml.code, yaml.stderr]).toEqual([1, '']);
  expect(parse(yaml.stdout)).toEqual(document);
});

describe('the table of an audit', () => {
  test('fits 80 columns without colour, has each code once with its number, and the totals last', async () => {
    const table = await audit(given);
    expect([table.code, table.stderr]).toEqual([1, '']);
    const lines = table.stdout.trimEnd().split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(table.stdout).not.toContain('\u001b');
    for (const { severity, code: found, count } of document.codes) {
      expect(lines.filter((line) => line === `${severity.padEnd(7)} ${found} (${count})`)).toHaveLength(1);
    }
    expect(lines.at(-1)).toBe('4 errors, 16 warnings, 15 infos');
  });

  test('shows as many findings of each code as --limit says, and how many there are besides', async () => {
    const short = await audit([...given, '--limit', '1']);
    expect(short.stdout).toContain(
      'info    UnusedRuntimeClass (4)\n  - No pod and no pod template names RuntimeClass "kata-again".\n  … and 3 more\n',
    );
    const all = await audit([...given, '--limit', '0']);
    expect(all.stdout).not.toContain('… and');
  });

  test('has each finding on one line with -o wide, with field, file and chain', async () => {
    const wide = await audit([...given, '-o', 'wide']);
    expect(wide.stdout).toContain(
      `  - Pod default/lost -> RuntimeClass "nosuch": no such RuntimeClass. (spec.runtimeClassName) ${fixtures}/workloads.yaml:24 [Pod default/lost -> RuntimeClass "nosuch"]\n`,
    );
    expect(wide.stdout).toMatch(/^kata +kata-qemu +io\.containerd\.kata-qemu\.v2 +4 +2\/3 +warning$/m);
  });

  test('shows no control character of a manifest as it is', async () => {
    const name = '"\\e[31mred\\u202e"';
    const { stdout: shown } = await audit(
      ['--objects', '-', '-o', 'wide'],
      `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: ${name}}\nspec: {runtimeClassName: ${name}}\n`,
    );
    for (const character of ['\u001b', '\u202e']) expect(shown).not.toContain(character);
    expect(shown).toContain('RuntimeClassNotFound (1)');
  });

  test('says of a sound cluster that nothing was found', async () => {
    const { code: exitCode, stdout: table } = await audit(
      ['--objects', '-'],
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n',
    );
    expect([exitCode, table]).toEqual([
      0,
      'CLASS  HANDLER SHIM                  PODS NODES STATE\n(none) runc    io.containerd.runc.v2 1    -     ok\n\nRead: Pod 1.\n0 errors, 0 warnings, 0 infos\n',
    ]);
  });
});

describe('an audit ends', () => {
  const warning = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {shimgate.dev/mode: x}}\n';
  const info = 'apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: a}\nhandler: runc\n';
  const error = 'apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: a}\nhandler: a/b\n';

  test.each([
    [1, error, []],
    [0, error, ['--fail-on', 'never']],
    [0, warning, []],
    [1, warning, ['--fail-on', 'warning']],
    [0, info, ['--fail-on', 'warning']],
    [1, info, ['--fail-on', 'info']],
    [1, 'hello: world\n', []],
  ])('with %d for %j and %j', async (expected, manifest, args) => {
    expect((await audit(['--objects', '-', ...args], manifest)).code).toBe(expected);
  });

  test('is 2 where there was nothing to look at, as after a command that failed in the pipe', async () => {
    const { code, stdout } = await audit(['--objects', '-', '--fail-on', 'never'], '');
    expect(code).toBe(2);
    expect(stdout).toContain('UnreadableManifest (1)\n  - -:1: There are no objects here.\n');
  });

  test('with 2 where a file cannot be read, with all that the others say', async () => {
    const { code: exitCode, stdout: table } = await audit(['--objects', 'none.yaml', '--objects', '-'], error);
    expect(exitCode).toBe(2);
    expect(table).toContain('RelativePath (1)');
    expect(table).toContain('  - none.yaml:1: The file cannot be read: ENOENT');
  });

  test.each([
    [
      'a configuration that is none',
      ['--objects', '-', '--config', 'none.yaml'],
      'error: cannot read the configuration: ENOENT',
    ],
    ['a configuration that is not valid', ['--objects', '-', '--config', `${fixtures}/cluster.yaml`], 'is not valid\n'],
    ['a limit that is no number', ['--limit', '-1'], 'It must be a number.'],
    [
      'standard input that is there only once',
      ['--objects', '-', '--objects', '-'],
      'error: standard input (-) can be read only once\n',
    ],
  ])('with 2 for %s', async (_, args, message) => {
    const ended = await audit(args, '');
    expect([ended.code, ended.stdout]).toEqual([2, '']);
    expect(ended.stderr).toContain(message);
  });

  test('in order where the reader leaves', async () => {
    const pods = Array.from(
      { length: 3000 },
      (_, index) => `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p-${index}"},"spec":{"runtimeClassName":"x"}}`,
    );
    const child = spawn(process.execPath, [program, 'audit', '--objects', '-', '-o', 'json'], { stdio: 'pipe' });
    child.stdin.end(pods.join('\n'));
    child.stdout.once('data', () => child.stdout.destroy());
    const [said] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect([child.exitCode, said]).toEqual([1, '']);
  });

  test('with 130 on Ctrl-C, with what was found so far', async () => {
    const child = spawn(process.execPath, [program, 'audit', '--objects', '-'], { stdio: 'pipe' });
    const output = text(child.stdout);
    const bad = `${JSON.stringify({ kind: 'Pod' })}\n`.repeat(500);
    child.stdin.write(bad);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    child.kill('SIGINT');
    child.stdin.write(bad);
    await once(child, 'close');
    expect(child.exitCode).toBe(130);
    expect(await output).toContain('UnreadableManifest (');
    expect(await output).toContain('Interrupted: not everything was read.\n');
  });
});
