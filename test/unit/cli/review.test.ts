import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { program, runShimgate } from './run-shimgate.ts';

const pod = (name: string, className: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {runtimeClassName: ${className}}\n`;

const files = {
  'shimgate.yaml': `apiVersion: config.shimgate.dev/v1alpha1
kind: ShimgateConfiguration
injectedAnnotations: [source]
runtimes: {kata-qemu: {runtimeType: io.containerd.kata-qemu.v2}}
`,
  'cluster.yaml': 'apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: kata}\nhandler: kata-qemu\n',
  'good.yaml': `# A pod of the class kata.\n${pod('web', 'kata')}`,
  'mixed.yaml': `${pod('web', 'kata')}---\n${pod('typo', 'kat')}---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: tenant-a}\nspec: {template: {spec: {runtimeClassName: kat}}}\n`,
  'unreadable.yaml': `${pod('web', 'kata')}---\nhello\n`,
  'bundle.yaml': `apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: own}\nhandler: kata-qemu\n---\n${pod('web', 'own')}`,
  'empty.yaml': '# Nothing.\n',
};

const directory = directoryForTests();

beforeAll(async () => {
  for (const [file, content] of Object.entries(files)) await writeFile(join(directory, file), content);
});

const world = ['--config', 'shimgate.yaml', '--objects', 'cluster.yaml'];
const review = (args: readonly string[], stdin?: string) =>
  runShimgate(['review', ...args], { cwd: directory, ...(stdin !== undefined && { stdin }) });

const patchOfKata = [
  {
    op: 'add',
    path: '/metadata/annotations',
    value: { 'shimgate.dev/source': 'configured' },
  },
];

const notFound = {
  code: 'RuntimeClassNotFound',
  fix: 'Did you mean "kata"? Else: Create the RuntimeClass, or correct runtimeClassName: `kubectl get runtimeclasses` lists them.',
};

/** Field for field the contract of the command line. */
const mixed = [
  {
    object: { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'web' },
    source: { file: 'mixed.yaml', line: 1 },
    allowed: true,
    findings: [],
    warnings: [],
    patch: patchOfKata,
  },
  {
    object: { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'typo' },
    source: { file: 'mixed.yaml', line: 6 },
    allowed: false,
    findings: [
      {
        ...notFound,
        severity: 'error',
        field: 'spec.runtimeClassName',
        message: 'Pod default/typo -> RuntimeClass "kat": no such RuntimeClass.',
        chain: ['Pod default/typo', 'RuntimeClass "kat"'],
      },
    ],
    warnings: [],
    patch: [],
  },
  {
    object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'tenant-a', name: 'web' },
    source: { file: 'mixed.yaml', line: 11 },
    allowed: true,
    findings: [
      {
        ...notFound,
        severity: 'warning',
        field: 'spec.template.spec.runtimeClassName',
        message: 'Deployment tenant-a/web (spec.template) -> RuntimeClass "kat": no such RuntimeClass.',
        chain: ['Deployment tenant-a/web', 'RuntimeClass "kat"'],
      },
    ],
    warnings: [
      `Deployment tenant-a/web (spec.template) -> RuntimeClass "kat": no such RuntimeClass. [RuntimeClassNotFound] ${notFound.fix}`,
    ],
    patch: [],
  },
];

describe('review prints', () => {
  test('the verdict on each object as JSON and as YAML, and ends with 1 where one was denied', async () => {
    const json = await review(['-f', 'mixed.yaml', ...world, '-o', 'json']);
    expect([json.code, json.stderr]).toEqual([1, '']);
    expect(JSON.parse(json.stdout)).toEqual(mixed);
    const yaml = await review(['--filename', 'mixed.yaml', ...world, '--output', 'yaml']);
    expect([yaml.code, yaml.stderr]).toEqual([1, '']);
    expect(parse(yaml.stdout)).toEqual(mixed);
  });

  test('the same for people', async () => {
    expect(await review(['-f', 'mixed.yaml', ...world])).toEqual({
      code: 1,
      stdout: `Pod default/web (mixed.yaml:1): allowed
  + shimgate.dev/source: configured
Pod default/typo (mixed.yaml:6): denied
  error   RuntimeClassNotFound at spec.runtimeClassName
          Pod default/typo -> RuntimeClass "kat": no such RuntimeClass.
          ${notFound.fix}
Deployment tenant-a/web (mixed.yaml:11): allowed
  warning RuntimeClassNotFound at spec.template.spec.runtimeClassName
          Deployment tenant-a/web (spec.template) -> RuntimeClass "kat": no such RuntimeClass.
          ${notFound.fix}
3 objects reviewed, 1 denied.
`,
      stderr: '',
    });
  });

  test('what is good, and ends with 0', async () => {
    const { code, stdout, stderr } = await review(['-f', 'good.yaml', ...world, '-o', 'json']);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject([{ source: { file: 'good.yaml', line: 2 }, allowed: true }]);
  });

  test('what comes by standard input', async () => {
    const { code, stdout, stderr } = await review(['-f', '-', ...world, '-o', 'json'], files['mixed.yaml']);
    expect([code, stderr]).toEqual([1, '']);
    expect(JSON.parse(stdout)).toEqual(
      mixed.map((one) => ({ ...one, source: { file: 'stdin', line: one.source.line } })),
    );
  });

  test('a pod that brings its own RuntimeClass as it will be once both are there', async () => {
    const { code, stdout } = await review(['-f', 'bundle.yaml', '--config', 'shimgate.yaml', '-o', 'json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      { object: { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', name: 'own' }, allowed: true, patch: [] },
      { object: { kind: 'Pod' }, allowed: true, patch: patchOfKata },
    ]);
  });

  test('what it can of a manifest that cannot be read as a whole; the rest is an error, and it ends with 2', async () => {
    const { code, stdout, stderr } = await review(['-f', 'unreadable.yaml', ...world, '-o', 'json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject([{ object: { name: 'web' }, allowed: true }]);
    expect(stderr).toBe(
      'unreadable.yaml:6:1: error: This is no Kubernetes object: it has no apiVersion and kind. [UnreadableManifest] Correct the file.\n',
    );
  });

  test('as much as is read of it, and no stack trace where the reader leaves', async () => {
    const many = Array.from({ length: 3000 }, (_, index) => pod(`web-${index}`, 'kat')).join('---\n');
    const child = spawn(process.execPath, [program, 'review', '-f', '-', '-o', 'json'], { stdio: 'pipe' });
    child.stdin.end(many);
    child.stdout.once('data', () => child.stdout.destroy());
    const [stderr] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect([child.exitCode, stderr]).toEqual([1, '']);
  });
});

describe('review says on standard error, and ends with 2,', () => {
  test.each<readonly [string, readonly string[], string]>([
    ['that there is no such manifest', ['-f', 'none.yaml'], 'none.yaml:1:1: error: The file cannot be read: ENOENT'],
    ['that there is no such cluster', ['-f', 'good.yaml', '--objects', 'none.yaml'], 'none.yaml:1:1: error: '],
    [
      'that there is no such configuration',
      ['-f', 'good.yaml', '--config', 'none.yaml'],
      'error: cannot read the conf',
    ],
    ['that there is nothing to review', ['-f', 'empty.yaml'], 'error: no objects in empty.yaml\n'],
    [
      'that standard input is there only once',
      ['-f', '-', '--objects', '-'],
      'error: standard input (-) can be read only once\n',
    ],
  ])('%s', async (_, args, message) => {
    const { code, stderr } = await review(args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

test('an empty name of a class is denied in every mode, as the API server does', async () => {
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { template: { spec: { runtimeClassName: '', containers: [] } } },
  };
  const { code, stdout } = await runShimgate(['review', '-f', '-'], { stdin: JSON.stringify(deployment) });
  expect(code).toBe(1);
  expect(stdout).toContain('denied');
  expect(stdout).toContain('RefusedByApiServer at spec.template.spec.runtimeClassName');
});

test('a configuration among the objects is said to count for nothing', async () => {
  const configuration = 'apiVersion: config.shimgate.dev/v1alpha1\nkind: ShimgateConfiguration\nruntimes: {}\n';
  const { code, stderr } = await runShimgate(['review', '-f', '-'], { stdin: configuration });
  expect([code, stderr]).toEqual([
    0,
    'stdin:1:1: warning: This is a configuration of shimgate, and no object of a cluster: nothing is judged by it. [UnreadableManifest] Give it with --config.\n',
  ]);
});
