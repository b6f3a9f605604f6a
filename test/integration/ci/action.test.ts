import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { packTar } from '../../../scripts/release/tar.ts';
import { version } from '../../../src/cli/version.ts';
import { runProgram, type ProgramResult } from '../../support/processes/run-program.ts';

const root = path.join(import.meta.dirname, '..', '..', '..');
const cluster = path.join(root, 'test', 'fixtures', 'cluster');

type Step = {
  readonly name: string;
  readonly id?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly env?: Readonly<Record<string, string>>;
};

const { inputs, runs } = parse(await readFile(path.join(root, 'action.yml'), 'utf8')) as {
  readonly inputs: Readonly<Record<string, { readonly default?: string; readonly required?: boolean }>>;
  readonly runs: { readonly steps: readonly Step[] };
};

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'shimgate-ci-'));
  await mkdir(path.join(directory, 'bin'));
  await writeFile(path.join(directory, 'bin', 'shimgate'), program);
  await chmod(path.join(directory, 'bin', 'shimgate'), 0o755);
});

afterEach(() => rm(directory, { recursive: true }));

/** What stands for the executable of a release. */
const program = `#!/bin/sh\nexec ${process.execPath} ${path.join(root, 'dist', 'main.js')} "$@"\n`;

/** A folder as a release has it. */
async function writeRelease(isAltered: boolean): Promise<string> {
  const archive = gzipSync(packTar([{ name: 'shimgate', content: program, isExecutable: true }]));
  const name = `shimgate-${version}-linux-amd64.tar.gz`;
  const digest = createHash('sha256')
    .update(isAltered ? 'another' : archive)
    .digest('hex');
  await writeFile(path.join(directory, name), archive);
  await writeFile(path.join(directory, 'sha256sums.txt'), `${digest}  ${name}\n`);
  return `file://${directory}`;
}

/** Runs a step as a runner does on Linux. @param given what its expressions stand for; inputs have their defaults else */
async function runStep(name: string, given: Readonly<Record<string, string>>): Promise<ProgramResult> {
  const step = runs.steps.find((one) => one.name === name);
  const valueOf = (expression: string) =>
    given[expression] ?? inputs[expression.replace('inputs.', '')]?.default ?? `<${expression}>`;
  const env = Object.fromEntries(
    Object.entries(step?.env ?? {}).map(([key, text]) => [
      key,
      given[key] ?? text.replaceAll(/\$\{\{ ([\w.-]+) \}\}/g, (_, expression: string) => valueOf(expression)),
    ]),
  );
  const script = path.join(directory, 'step.sh');
  await writeFile(script, step?.run ?? 'exit 99');
  // Source: GitHub Actions, "jobs.<job_id>.steps[*].shell": how bash is started.
  return runProgram('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
    cwd: cluster,
    env: {
      PATH: `${path.join(directory, 'bin')}:${process.env['PATH'] ?? ''}`,
      RUNNER_OS: 'Linux',
      RUNNER_ARCH: 'X64',
      GITHUB_PATH: path.join(directory, 'path'),
      GITHUB_OUTPUT: path.join(directory, 'output'),
      ...env,
    },
  });
}

test('every script gets what others choose through its environment, and other actions are named by their commits', () => {
  expect(runs.steps.filter(({ run = '' }) => run.includes('${{'))).toEqual([]);
  const used = runs.steps.flatMap(({ uses }) => uses ?? []);
  expect(used.filter((one) => !/^[\w./-]+@[0-9a-f]{40}$/.test(one))).toEqual([]);
  expect(inputs['version']?.default).toBe(version);
});

describe('the action gets the executable', () => {
  const get = async (isAltered: boolean) => {
    const DOWNLOADS = await writeRelease(isAltered);
    return runStep('Get shimgate, and compare it with its digest', { DOWNLOADS, 'runner.temp': directory });
  };

  test('and has later steps find it', async () => {
    expect(await get(false)).toMatchObject({ exitCode: 0 });
    const to = (await readFile(path.join(directory, 'path'), 'utf8')).trim();
    expect((await runProgram(path.join(to, 'shimgate'), ['--version'])).stdout).toBe(`${version}\n`);
  });

  test('and takes none that is not what the release says', async () => {
    expect((await get(true)).exitCode).toBe(1);
    await expect(readFile(path.join(directory, 'path'))).rejects.toThrow('ENOENT');
  });
});

async function rulesIn(sarif: string): Promise<readonly string[]> {
  const { runs: written } = JSON.parse(await readFile(sarif, 'utf8')) as {
    readonly runs: readonly { readonly results: readonly { readonly ruleId: string }[] }[];
  };
  return written.flatMap(({ results }) => results.map(({ ruleId }) => ruleId));
}

test('the action uploads what either command wrote, where that is asked for', () => {
  const upload = runs.steps.find(({ uses = '' }) => uses.includes('upload-sarif'));
  expect(upload).toMatchObject({
    if: "inputs.upload == 'true'",
    with: { sarif_file: '${{ inputs.sarif }}', category: 'shimgate-${{ inputs.command }}' },
  });
});

describe('the action runs', () => {
  const config = { 'inputs.config': 'configuration.yaml' };
  const run = async (given: Readonly<Record<string, string>>) => {
    const sarif = path.join(directory, 'shimgate.sarif');
    const result = await runStep('Run it', { ...config, 'inputs.sarif': sarif, ...given });
    const output = await readFile(path.join(directory, 'output'), 'utf8').catch(() => '');
    return { ...result, output, sarif };
  };

  test('audit, whose findings it writes for code scanning too, and goes on, so that they are uploaded', async () => {
    const { exitCode, stdout, output, sarif } = await run({ 'inputs.paths': 'objects.yaml\npods.yaml\n' });
    expect([exitCode, output]).toEqual([0, 'code=1\n']);
    expect(stdout).toContain('AbsolutePath');
    expect(await rulesIn(sarif)).toContain('AbsolutePath');
  });

  test('review', async () => {
    const given = { 'inputs.command': 'review', 'inputs.objects': 'objects.yaml', 'inputs.paths': 'pods.yaml' };
    const { exitCode, stdout, output, sarif } = await run(given);
    expect([exitCode, output]).toEqual([0, 'code=1\n']);
    expect(stdout).toContain('Pod default/plain');
    expect(await rulesIn(sarif)).toContain('RuntimeClassNotFound');
  });

  test('and fails at once where something cannot be read, or the command is another one', async () => {
    expect((await run({ 'inputs.paths': 'nosuch.yaml' })).exitCode).toBe(2);
    expect((await run({ 'inputs.paths': 'pods.yaml', 'inputs.command': 'serve' })).exitCode).toBe(2);
  });
});

test.each([
  ['shimgate-review', ['--config', 'configuration.yaml'], ['pods.yaml', 'objects.yaml'], 'RuntimeClass root-shell'],
  ['shimgate-audit', ['--config', 'configuration.yaml'], [], 'AbsolutePath'],
])('the hook %s for pre-commit finds what is wrong in files that changed', async (id, more, files, said) => {
  const hooks = parse(await readFile(path.join(root, '.pre-commit-hooks.yaml'), 'utf8')) as readonly {
    readonly id: string;
    readonly entry: string;
    readonly args: readonly string[];
    readonly pass_filenames?: boolean;
  }[];
  const hook = hooks.find((one) => one.id === id);
  const [command = '', ...words] = hook?.entry.split(' ') ?? [];
  expect(hook?.pass_filenames ?? true).toBe(files.length > 0);
  const args = [...words, ...more, ...(hook?.args ?? []), ...files];
  const { exitCode, stdout } = await runProgram(path.join(directory, 'bin', command), args, { cwd: cluster });
  expect([exitCode, stdout]).toEqual([1, expect.stringContaining(said)]);
});
