import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { spawn, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { version } from '../../src/cli/version.ts';
import { ensureReleaseBinaries } from '../support/binaries/ensure-binaries.ts';
import { freePorts } from '../support/cluster/loopback.ts';
import { Installation } from '../support/installation/installation.ts';
import { runProgram, type ProgramResult } from '../support/processes/run-program.ts';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { writeSmallImage } from './release/image-layout.ts';
import { KubectlUser } from './scenarios/kubectl-user.ts';
import { reportReady } from './scenarios/report-ready.ts';

jest.setTimeout(300_000);

const root = path.join(import.meta.dirname, '..', '..');

let cluster: LeasedCluster;
let directory: string;
let release: string;
let registry: ChildProcess;
let host: string;
let env: NodeJS.ProcessEnv;

/** A release, a registry with its chart, and the programs that a user has: nothing of the checkout. */
beforeAll(async () => {
  cluster = await LeasedCluster.lease();
  const { krew, registry: program } = await ensureReleaseBinaries();
  directory = await mkdtemp(path.join(tmpdir(), 'shimgate-installed-'));
  release = path.join(directory, 'release');
  const [port = 0] = await freePorts('127.0.0.1', 1);
  host = `127.0.0.1:${port}`;
  registry = spawn(program, [`-port=${port}`], { stdio: 'ignore' });
  await once(registry, 'spawn');
  await writeSmallImage(path.join(directory, 'image'));
  const args = [path.join(root, 'scripts', 'release', 'release.ts'), release];
  const of = { TARGETS: 'linux/amd64', REGISTRY: host, IMAGE_LAYOUT: path.join(directory, 'image') };
  const made = await runProgram(process.execPath, args, { cwd: root, env: { ...process.env, ...of }, timeoutMs: 0 });
  expect({ exitCode: made.exitCode, stderr: made.stderr }).toEqual({ exitCode: 0, stderr: '' });

  const { helm, kubectl } = cluster.description.binaries;
  const bin = path.join(directory, 'bin');
  await mkdir(bin);
  for (const [name, file] of Object.entries({ helm, kubectl, 'kubectl-krew': krew })) {
    await symlink(file, path.join(bin, name));
  }
  const npm = { npm_config_prefix: path.join(directory, 'npm'), npm_config_offline: 'true' };
  const KREW_ROOT = path.join(directory, 'krew');
  const PATH = [bin, path.join(npm.npm_config_prefix, 'bin'), path.join(KREW_ROOT, 'bin'), process.env['PATH']].join(
    ':',
  );
  env = { ...process.env, ...cluster.env, ...npm, KREW_ROOT, HOME: directory, PATH };
  const chart = path.join(release, `shimgate-${version}.tgz`);
  const pushed = await runProgram(helm, ['push', chart, `oci://${host}/charts`, '--plain-http'], { env });
  expect(pushed.exitCode).toBe(0);
}, 15 * 60_000);

afterAll(async () => {
  (registry as typeof registry | undefined)?.kill();
  await rm(directory, { recursive: true, force: true });
  await (cluster as LeasedCluster | undefined)?.release();
});

const readme = await readFile(path.join(root, 'README.md'), 'utf8');
const [, section = ''] = readme.split('From a release, with nothing of this checkout:');
const blocks = [...section.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = '']) => block.trim().split('\n'));

/** Types the line of README that begins so, in a folder. What is published is had from the release and the registry here. */
async function type(beginning: string, folder: string): Promise<ProgramResult> {
  const lines = blocks.flat().filter((line) => line.startsWith(beginning));
  expect([beginning, lines.length]).toEqual([beginning, 1]);
  const here = lines
    .join('')
    .replace(/https:\/\/\S+?\/releases\/download\/v[\d.]+\//, `file://${release}/`)
    .replace(
      /oci:\/\/ghcr\.io\/shimgate\/\S+/,
      (reference) => `${reference.replace('ghcr.io/shimgate', host)} --plain-http`,
    );
  const { exitCode, stdout, stderr } = await runProgram('bash', ['-c', here], { cwd: folder, env, timeoutMs: 240_000 });
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  return { exitCode, stdout, stderr };
}

/** What a user has after typing it: pods run, and the API server is answered. */
async function expectAnswers(install: () => Promise<unknown>, uninstall: readonly string[]): Promise<void> {
  await install();
  const installation = await Installation.join(cluster);
  try {
    await reportReady(new KubectlUser(cluster, 'shimgate'));
    await type('kubectl --namespace shimgate rollout status ', release);
    const checked = await runProgram(path.join(directory, 'empty', 'shimgate'), ['check'], { env });
    expect({ exitCode: checked.exitCode, stderr: checked.stderr }).toEqual({ exitCode: 0, stderr: '' });
  } finally {
    await installation.stop();
    const [program = '', ...args] = uninstall;
    expect((await runProgram(program, args, { env, cwd: release })).exitCode).toBe(0);
  }
}

describe('with nothing but what README says to type', () => {
  test('the executable comes, is the one of the release, and says that the chart from the registry answers', async () => {
    const empty = path.join(directory, 'empty');
    await mkdir(empty);
    await type('curl ', empty);
    expect((await type('sha256sum ', empty)).stdout).toBe(`shimgate-${version}-linux-amd64.tar.gz: OK\n`);
    expect(blocks[0]?.at(-1)).toBe('./shimgate check');
    await expectAnswers(
      () => type('helm install shimgate oci://', empty),
      ['helm', 'uninstall', 'shimgate', '--namespace=shimgate'],
    );
  });

  test('the chart that is a file answers', async () => {
    await expectAnswers(
      () => type('helm install shimgate shimgate-', release),
      ['helm', 'uninstall', 'shimgate', '--namespace=shimgate'],
    );
  });

  test('the manifests without Helm answer', async () => {
    await expectAnswers(
      () => type('tar ', release),
      ['kubectl', 'delete', '--kustomize', `shimgate-${version}/deploy`, '--ignore-not-found'],
    );
  });

  test.each([
    ['npm install ', 'shimgate'],
    ['kubectl krew install ', 'kubectl shimgate'],
  ])('%s brings the command line as %s', async (command, program) => {
    await type(command, release);
    const said = await runProgram('bash', ['-c', `${program} resolve runc --output json`], { cwd: directory, env });
    expect(said.stderr).toBe('');
    expect(JSON.parse(said.stdout)).toMatchObject({ source: 'stock' });
  });
});
