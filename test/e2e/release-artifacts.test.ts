import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { spawn, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { version } from '../../src/cli/version.ts';
import { ensureReleaseBinaries } from '../support/binaries/ensure-binaries.ts';
import { freePorts } from '../support/cluster/loopback.ts';
import { pod, runtimeClass } from '../support/cluster/manifests.ts';
import { eventually } from '../support/eventually.ts';
import { Installation } from '../support/installation/installation.ts';
import { runProgram } from '../support/processes/run-program.ts';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { pushImage, writeSmallImage } from './release/image-layout.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';

jest.setTimeout(600_000);

const root = path.join(import.meta.dirname, '..', '..');
const archive = `shimgate-${version}-linux-amd64.tar.gz`;

let cluster: LeasedCluster;
let directory: string;
let release: string;
let tools: Awaited<ReturnType<typeof ensureReleaseBinaries>>;
let registry: ChildProcess;
let host: string;

const make = async (to: string) => {
  const env = { ...process.env, TARGETS: 'linux/amd64', REGISTRY: host, IMAGE_LAYOUT: path.join(directory, 'image') };
  const args = [path.join(root, 'scripts', 'release', 'release.ts'), to];
  const made = await runProgram(process.execPath, args, { cwd: root, env, timeoutMs: 0 });
  expect({ exitCode: made.exitCode, stderr: made.stderr }).toEqual({ exitCode: 0, stderr: '' });
};

beforeAll(async () => {
  cluster = await LeasedCluster.lease();
  tools = await ensureReleaseBinaries();
  directory = await mkdtemp(path.join(tmpdir(), 'shimgate-release-'));
  release = path.join(directory, 'one');
  const [port = 0] = await freePorts('127.0.0.1', 1);
  host = `127.0.0.1:${port}`;
  registry = spawn(tools.registry, [`-port=${port}`], { stdio: 'ignore' });
  await once(registry, 'spawn');
  await writeSmallImage(path.join(directory, 'image'));
  await make(release);
}, 15 * 60_000);

afterAll(async () => {
  registry.kill();
  await rm(directory, { recursive: true, force: true });
  await cluster.release();
});

describe('make release', () => {
  test('writes the same files twice, with their digests', async () => {
    const again = path.join(directory, 'two');
    await make(again);
    const [one, two] = await Promise.all(
      [release, again].map((at) => readFile(path.join(at, 'sha256sums.txt'), 'utf8')),
    );
    expect(two).toBe(one);
    const checked = await runProgram('sha256sum', ['--check', '--strict', 'sha256sums.txt'], { cwd: release });
    expect(checked.exitCode).toBe(0);
    const listed = (one ?? '')
      .trim()
      .split('\n')
      .map((line) => line.split('  ')[1]);
    expect([...listed, 'sha256sums.txt'].toSorted()).toEqual((await readdir(release)).toSorted());
    await rm(again, { recursive: true });
  });

  test('tells of each package in it, and of its licence', async () => {
    const [licences = '', bill = ''] = await Promise.all(
      ['THIRD-PARTY-LICENSES.txt', `shimgate-${version}.cdx.json`].map((file) =>
        readFile(path.join(release, file), 'utf8'),
      ),
    );
    const { bomFormat, components } = JSON.parse(bill) as {
      readonly bomFormat: string;
      readonly components: readonly { readonly group?: string; readonly name: string; readonly version: string }[];
    };
    expect(bomFormat).toBe('CycloneDX');
    const known = new Set(
      components.map((one) => `${one.group === undefined ? '' : `${one.group}/`}${one.name}@${one.version}`),
    );
    const named = [...licences.matchAll(/^={80}\n(\S+) (\S+) \(/gm)].map(([, name, of]) => `${name}@${of}`);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((one) => !known.has(one))).toEqual([]);
  });
});

describe('the executable', () => {
  let unpacked: string;

  beforeAll(async () => {
    unpacked = path.join(directory, 'executable');
    await mkdir(unpacked);
    expectSilence(
      await runProgram('tar', ['--extract', `--file=${path.join(release, archive)}`, `--directory=${unpacked}`]),
    );
  });

  const audit = ['audit', '--objects', 'test/fixtures/cluster', '--config', 'test/fixtures/cluster/configuration.yaml'];
  test.each([
    ['resolve', ['resolve', 'io.containerd.kata.v2', '-o', 'json']],
    ['audit', [...audit, '-o', 'sarif', '--fail-on', 'never']],
    ['a refusal', ['resolve', '/bin/sh']],
    ['completion', ['complete', '--', 'explain', 'Undecl']],
    ['an error of usage', ['nosuch']],
  ])('says what dist says, without a Node and whatever NODE_OPTIONS asks for: %s', async (_, args) => {
    const env = { PATH: '/nowhere', NODE_OPTIONS: '--require /nowhere/nothing.js' };
    const alone = await runProgram(path.join(unpacked, 'shimgate'), args, { cwd: root, env });
    const dist = await runProgram(process.execPath, [path.join(root, 'dist', 'main.js'), ...args], {
      cwd: root,
      env: {},
    });
    expect(alone).toEqual(dist);
  });

  test('comes with the licences of all that is in it', async () => {
    expect((await readdir(unpacked)).toSorted()).toEqual(
      ['LICENSE', 'LICENSE.node', 'THIRD-PARTY-LICENSES.txt', 'kubectl_complete-shimgate', 'shimgate'].toSorted(),
    );
  });
});

test('the npm package installs without another one, and runs', async () => {
  const prefix = path.join(directory, 'npm');
  await mkdir(prefix);
  // Whoever runs this may have npm say nothing.
  const args = ['install', '--loglevel=notice', '--offline', '--no-audit', '--no-fund', `--prefix=${prefix}`];
  const installed = await runProgram('npm', [...args, path.join(release, `shimgate-${version}-npm.tgz`)], {
    cwd: prefix,
    timeoutMs: 120_000,
  });
  expect(installed.stdout).toContain('added 1 package');
  const shimgate = path.join(prefix, 'node_modules', '.bin', 'shimgate');
  expect((await runProgram(shimgate, ['--version'])).stdout).toBe(`${version}\n`);
});

test('krew takes the manifest, and installs the plugin from the archive', async () => {
  const manifest = path.join(release, 'shimgate.yaml');
  const checked = await runProgram(tools['validate-krew-manifest'], ['-skip-install', '-manifest', manifest]);
  expect({ exitCode: checked.exitCode, stderr: checked.stderr }).toMatchObject({ exitCode: 0 });
  const env = { ...process.env, KREW_ROOT: path.join(directory, 'krew'), HOME: directory };
  const args = ['install', `--manifest=${manifest}`, `--archive=${path.join(release, archive)}`];
  const installed = await runProgram(tools.krew, args, { env });
  expect({ exitCode: installed.exitCode, stderr: installed.stderr }).toMatchObject({ exitCode: 0 });
  const PATH = `${path.join(directory, 'krew', 'bin')}:${process.env['PATH'] ?? ''}`;
  const { kubectl } = cluster.description.binaries;
  const said = await runProgram(kubectl, ['shimgate', 'resolve', 'runc', '-o', 'json'], {
    env: { ...cluster.env, PATH },
  });
  expect(JSON.parse(said.stdout)).toMatchObject({ source: 'stock' });
});

test('the manifests are taken by kubectl and kustomize, with the image that is published', async () => {
  const unpacked = path.join(directory, 'manifests');
  await mkdir(unpacked);
  const file = path.join(release, `shimgate-${version}-manifests.tar.gz`);
  expectSilence(await runProgram('tar', ['--extract', `--file=${file}`, `--directory=${unpacked}`]));
  for (const folder of ['deploy', 'overlays/namespace-rules']) {
    const built = await cluster.kubectl(['kustomize', path.join(unpacked, `shimgate-${version}`, folder)]);
    expectSilence(built);
    expect(built.stdout).toContain(`image: ${host}/shimgate:${version}`);
  }
});

test('the chart makes sense on its own: presets are in it, and nothing names a checkout', async () => {
  const unpacked = path.join(directory, 'chart');
  await mkdir(unpacked);
  const file = path.join(release, `shimgate-${version}.tgz`);
  expectSilence(await runProgram('tar', ['--extract', '--gzip', `--file=${file}`, `--directory=${unpacked}`]));
  const chart = path.join(unpacked, 'shimgate');
  const presets = await readdir(path.join(chart, 'presets'));
  expect(presets.toSorted()).toEqual(['gvisor.yaml', 'kata-deploy.yaml', 'nvidia.yaml', 'spin.yaml']);
  for (const preset of presets) {
    const args = ['lint', '--strict', chart, `--values=${path.join(chart, 'presets', preset)}`];
    expect((await runProgram(cluster.description.binaries.helm, args)).exitCode).toBe(0);
  }
  expect(parse(await readFile(path.join(chart, 'Chart.yaml'), 'utf8'))).toMatchObject({
    version,
    annotations: {
      'artifacthub.io/images': `- name: shimgate\n  image: ${host}/shimgate:${version}\n  platforms:\n    - linux/amd64\n    - linux/arm64\n`,
    },
  });
  for (const text of ['README.md', 'templates/NOTES.txt'])
    expect(await readFile(path.join(chart, text), 'utf8')).not.toMatch(
      /charts\/shimgate(?! --version)|deploy\/samples| docs\//,
    );
});

test('the image goes to the registry as it is, under the name and digest that the chart and the lists for mirrors have', async () => {
  const layout = path.join(directory, 'pushed');
  await mkdir(layout);
  const file = path.join(release, `shimgate-${version}-image.tar`);
  expectSilence(await runProgram('tar', ['--extract', `--file=${file}`, `--directory=${layout}`]));
  const digest = await pushImage(layout, host, 'shimgate', version);
  expect(await readFile(path.join(release, 'images.txt'), 'utf8')).toBe(`${host}/shimgate:${version}@${digest}\n`);
  const [images, charts] = parseAllDocuments(await readFile(path.join(release, 'hauler.yaml'), 'utf8')).map(
    (document) => document.toJS() as { readonly spec: object },
  );
  expect(images?.spec).toEqual({ images: [{ name: `${host}/shimgate:${version}@${digest}` }] });
  expect(charts?.spec).toEqual({ charts: [{ name: 'shimgate', repoURL: `oci://${host}/charts`, version }] });
});

describe.each(['helm', 'helm3'] as const)('the chart, from a registry by %s', (program) => {
  test('installs to a webhook that answers', async () => {
    const helm = program === 'helm' ? cluster.description.binaries.helm : tools.helm3;
    const type = (...args: readonly string[]) => runProgram(helm, args, { env: cluster.env });
    const pushed = await type(
      'push',
      path.join(release, `shimgate-${version}.tgz`),
      `oci://${host}/charts`,
      '--plain-http',
    );
    expect(pushed.exitCode).toBe(0);
    const where = ['--namespace=shimgate', '--create-namespace', `--version=${version}`, '--plain-http'];
    const values = ['--set=replicas=1', '--set=settleSeconds=0', '--set=idleSeconds=0'];
    const installed = await type('install', 'shimgate', `oci://${host}/charts/shimgate`, ...where, ...values);
    expect(installed.exitCode).toBe(0);
    expect(installed.stdout).toContain(`helm upgrade shimgate oci://${host}/charts/shimgate --version ${version} `);
    const jsonpath = '{.spec.template.spec.containers[*].image}';
    const read = ['get', 'deployment', 'shimgate', '--namespace=shimgate', `--output=jsonpath=${jsonpath}`];
    expect((await cluster.kubectl(read)).stdout).toBe(`${host}/shimgate:${version}`);
    const installation = await Installation.join(cluster);
    try {
      const user = await KubectlUser.inNewNamespace(cluster, `people-${program}`);
      expectSilence(await user.apply(runtimeClass(program, 'runc')));
      await eventually(async () => {
        expectSilence(await user.apply(pod('web', { runtimeClassName: program })));
      });
      expect(await user.podAnnotations('web')).toMatchObject({ 'shimgate.dev/source': 'stock' });
    } finally {
      await installation.stop();
      await type('uninstall', 'shimgate', '--namespace=shimgate');
    }
  });
});
