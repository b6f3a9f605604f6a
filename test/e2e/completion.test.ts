import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { chart } from '../support/installation/installation.ts';
import { runProgram, type ProgramResult } from '../support/processes/run-program.ts';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { expectSilence, KubectlUser, linesOf } from './scenarios/kubectl-user.ts';

jest.setTimeout(60_000);

const pressTab = path.join(import.meta.dirname, 'fixtures', 'press-tab.zsh');
const program = path.join(import.meta.dirname, '..', '..', 'dist', 'main.js');

let cluster: LeasedCluster;
let directory: string;
let env: NodeJS.ProcessEnv;

const inShell = (shell: string, args: readonly string[]): Promise<ProgramResult> =>
  runProgram(shell, args, { cwd: directory, env });

beforeAll(async () => {
  cluster = await LeasedCluster.lease();
  await KubectlUser.inNewNamespace(cluster, 'tenant-a');
  expectSilence(await cluster.helm(['install', 'shimgate', chart, '--namespace=shimgate', '--create-namespace']));
  directory = await mkdtemp(path.join(cluster.description.directory.root, 'shells-'));
  const bin = path.join(directory, 'bin');
  await mkdir(bin);
  await mkdir(path.join(directory, 'manifests'));
  for (const name of ['deploy.yaml', 'settings.yaml', 'notes.txt']) await writeFile(path.join(directory, name), '');
  for (const name of ['shimgate', 'kubectl-shimgate']) {
    const script = `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`;
    await writeFile(path.join(bin, name), script, { mode: 0o755 });
  }
  env = { ...cluster.env, PATH: `${bin}:${cluster.env['PATH'] ?? ''}`, HOME: directory, TERM: 'dumb' };
  for (const shell of ['bash', 'zsh', 'fish', 'kubectl']) {
    const { stdout } = await inShell('shimgate', ['completion', shell]);
    const file = shell === 'kubectl' ? path.join(bin, 'kubectl_complete-shimgate') : path.join(directory, shell);
    await writeFile(file, stdout, { mode: 0o755 });
  }
}, 15 * 60_000);

afterAll(async () => {
  await cluster.release();
});

/** What each shell makes of a line at TAB where just one word can be meant. */
const completed: readonly (readonly [typed: string, becomes: string])[] = [
  ['shimgate rev', 'shimgate review '],
  ['shimgate explain UndeclaredH', 'shimgate explain UndeclaredHandler '],
  ['shimgate audit -n ten', 'shimgate audit -n tenant-a '],
  ['shimgate audit --config-map shim', 'shimgate audit --config-map shimgate/shimgate '],
  ['shimgate review -f dep', 'shimgate review -f deploy.yaml '],
  ['shimgate audit --config set', 'shimgate audit --config settings.yaml '],
  ['shimgate audit --fail-on nev', 'shimgate audit --fail-on never '],
];

describe.each(['bash', 'zsh', 'fish'])('%s, sourced twice and on a terminal,', (shell) => {
  test.each(completed)('makes of %j at TAB %j', async (typed, becomes) => {
    const { exitCode, stdout, stderr } = await inShell('zsh', ['-f', pressTab, shell, typed]);
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: `${becomes}\n`, stderr: '' });
  });
});

describe('kubectl', () => {
  const complete = async (...words: readonly string[]) =>
    linesOf((await inShell(cluster.description.binaries.kubectl, ['__complete', 'shimgate', ...words])).stdout);

  test('completes what its plugin does', async () => {
    expect(await complete('audit', '--fail-on', '')).toEqual(['error', 'warning', 'info', 'never', ':4']);
    expect(await complete('audit', '-n', 'tenant')).toEqual(['tenant-a', ':4']);
    expect(await complete('review', '-f', '')).toEqual([':0']);
    expect(await complete('audit', '--config', '')).toEqual(['yaml', 'yml', 'json', ':8']);
    expect((await complete('res'))[0]).toMatch(/^resolve\t/);
  });
});
