import { readdirSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readConfiguration } from '../../src/config/read-configuration.ts';
import { importPaths, readNodes } from '../../src/import/import-paths.ts';
import { writeConfiguration } from '../../src/import/write-configuration.ts';
import { resolveRuntimeName } from '../../src/shim/runtimes-table.ts';
import { messageOf } from '../../src/finding/wording.ts';
import { makeTemporaryDirectory } from '../support/mounted-directory.ts';
import { ensureBinaries } from '../support/binaries/ensure-binaries.ts';
import { configurationFiles } from './containerd/arbitrary-configurations.ts';
import { mistakenFiles } from './containerd/arbitrary-mistakes.ts';
import { takenFiles, type ConfigurationFiles } from './containerd/configurations.ts';
import { takenImports } from './containerd/configurations-with-imports.ts';
import { askContainerd, judgedForm, pinnedVersion, type Verdict } from './containerd/judge.ts';
import { criFailure, loaded, notLoaded } from './containerd/loading-of-cri.ts';
import { refused } from './containerd/refused-configurations.ts';
import { crictlInfo, runContainerd } from './containerd/run-containerd.ts';
import { runProgram } from '../support/processes/run-program.ts';

/** Enough to find what has been found so far within seconds; more where someone asks for more. */
const generatedRuns = Number(process.env['SHIMGATE_E2E_RUNS'] ?? 300);

const fixtures = join(import.meta.dirname, '../fixtures/import/nodes');

const installers = readdirSync(fixtures, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() && !entry.name.endsWith('docker') ? [entry.name] : [],
);

let directory: string;
let count = 0;

beforeAll(async () => {
  await ensureBinaries();
  directory = await makeTemporaryDirectory();
}, 1_800_000);

afterAll(async () => {
  await rm(directory, { recursive: true });
});

/** Lays a configuration out in a directory of its own. @returns what containerd is started with */
async function lay(files: ConfigurationFiles): Promise<string> {
  const node = join(directory, String(count++));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(node, name)), { recursive: true });
    await writeFile(join(node, name), text);
  }
  return join(node, 'config.toml');
}

async function isTaken(files: ConfigurationFiles): Promise<string> {
  const main = await lay(files);
  await judge(main);
  return main;
}

/** Compares what import reads with what containerd reads. */
async function judge(main: string): Promise<void> {
  const verdict = await askContainerd(main);
  if (verdict.kind === 'refused') throw new Error(`containerd refuses it: ${verdict.reason}`);
  const { nodes, findings } = await readNodes([main], process.stdin, { version: pinnedVersion });
  const { kind: _kind, ignored: _ignored, hasNoSnapshotter, ...expected } = verdict;
  expect(nodes.map(judgedForm)).toEqual([expected]);
  expect(findings.filter(({ code }) => code === 'ContainerdRefuses' || code === 'UnreadableFile')).toEqual([]);
  expect(findings.some(({ code }) => code === 'DefaultRuntimeMissing')).toBe(expected.defaultRuntime === undefined);
  expect(findings.some(({ code }) => code === 'SnapshotterUnset')).toBe(hasNoSnapshotter);
  await resolvesAsContainerdWould(main, verdict);
}

/** What import writes is a configuration, and each name in it resolves to what containerd would run. */
async function resolvesAsContainerdWould(main: string, verdict: Extract<Verdict, { kind: 'taken' }>): Promise<void> {
  const result = await importPaths([main]);
  const read = readConfiguration(Buffer.from(writeConfiguration(result, 'yaml')), 'imported.yaml');
  if (read.configuration === undefined) throw new Error(JSON.stringify(read.findings));
  const leftOut = Object.keys(verdict.runtimes).filter((name) => !result.runtimes.has(name));
  const reported = result.findings.filter(({ code }) => code === 'RuntimeLeftOut').map(messageOf);
  for (const name of leftOut) expect(reported).toContainEqual(expect.stringContaining(JSON.stringify(name)));
  for (const [name, { type, path, options, snapshotter }] of Object.entries(verdict.runtimes)) {
    if (leftOut.includes(name)) continue;
    const resolution = resolveRuntimeName(read.configuration.runtimes, name);
    expect(resolution).toEqual({
      kind: 'resolved',
      shim: {
        name,
        source: 'configured',
        runtimeType: type,
        shimBinary: [path, type].find((file) => file.startsWith('/')) ?? binaryName(type),
        ...(path !== '' && { runtimePath: path }),
        ...(Object.keys(options as object).length > 0 && { options }),
        ...(snapshotter !== 'overlayfs' && { snapshotter }),
      },
    });
  }
}

/** Source: containerd, pkg/shim/util.go, BinaryName. */
function binaryName(type: string): string {
  return `containerd-shim-${type.split('.').slice(-2).join('-')}`;
}

describe('import reads what containerd reads', () => {
  test.each([...takenFiles, ...takenImports])('of %s', async (_name, files) => {
    await isTaken(files);
  });
});

test(
  'import reads what containerd reads, of configurations that nobody thought of',
  async () => {
    await fc.assert(
      fc.asyncProperty(configurationFiles, async (files) => {
        const main = await isTaken(files);
        await rm(dirname(main), { recursive: true });
      }),
      { numRuns: generatedRuns },
    );
  },
  generatedRuns * 1000,
);

test(
  'import says that containerd refuses where it does, and nowhere else, of values of the wrong type',
  async () => {
    await fc.assert(
      fc.asyncProperty(mistakenFiles, async (files) => {
        const main = await lay(files);
        const { findings } = await readNodes([main]);
        const isRefused = findings.some(({ code }) => code === 'ContainerdRefuses' || code === 'UnreadableFile');
        const verdict = await askContainerd(main);
        expect({ isRefused }).toEqual({ isRefused: verdict.kind === 'refused' });
        await rm(dirname(main), { recursive: true });
      }),
      { numRuns: generatedRuns },
    );
  },
  generatedRuns * 1000,
);

/** The installers' files, laid out anew: an absolute import then stands below the directory. */
async function layNode(name: string): Promise<string> {
  const source = join(fixtures, name, 'node');
  const node = join(directory, String(count++));
  const files = (await readdir(source, { recursive: true })).filter((file) => file.endsWith('.toml'));
  for (const file of files) {
    const text = await readFile(join(source, file), 'utf8');
    await mkdir(dirname(join(node, file)), { recursive: true });
    await writeFile(
      join(node, file),
      text.replace(/^imports = \[\s*"\//m, (match) => match.replace('"/', `"${node}/`)),
    );
  }
  const main = [
    'etc/containerd/config.toml',
    ...files.filter((file) => file.endsWith('agent/etc/containerd/config.toml')),
  ];
  return join(node, main.at(-1) ?? '');
}

describe('import reads what containerd reads, of a node as', () => {
  test.each(installers)('%s has it', async (name) => {
    await judge(await layNode(name));
  });
});

describe('a containerd that runs', () => {
  test('has, by what crictl info prints, what import reads in its files', async () => {
    const main = await lay({
      'config.toml': `version = 3
imports = ["*.d/*.toml"]
[plugins."io.containerd.cri.v1.runtime".containerd]
default_runtime_name = "kata"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.kata]
runtime_type = "io.containerd.kata.v2"
runtime_path = "/opt/kata/bin/shim"
pod_annotations = ["io.katacontainers.*"]
snapshotter = "native"
options = { A = "x", Nested = { list = [1, "a", true] } }
`,
      'a.d/a.toml':
        'version = 2\n[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]\nSystemdCgroup = true\n',
    });
    const log = await runContainerd(main, dirname(main));
    await writeFile(join(dirname(main), 'crictl.json'), crictlInfo(log));
    const [files, running] = [await importPaths([main]), await importPaths([join(dirname(main), 'crictl.json')])];
    expect(running.findings).toEqual([]);
    expect(writeConfiguration({ ...running, sources: [] }, 'json')).toBe(
      writeConfiguration({ ...files, sources: [] }, 'json'),
    );
  }, 60_000);

  test.each(notLoaded)(
    'does not load CRI where import says %s: %s',
    async (code, text) => {
      const main = await lay({ 'config.toml': `version = 3\n${text}` });
      expect(await runContainerd(main, dirname(main))).toMatch(criFailure);
      const { findings } = await readNodes([main], process.stdin, { version: pinnedVersion });
      expect(findings.filter(({ severity }) => severity !== 'info').map((found) => found.code)).toEqual([code]);
    },
    60_000,
  );

  test.each(loaded)(
    'loads CRI with %s, of which import says no more than that pods do not start',
    async (_name, text) => {
      const main = await lay({ 'config.toml': `version = 3\n${text}` });
      expect(await runContainerd(main, dirname(main))).not.toMatch(criFailure);
      const { findings } = await readNodes([main], process.stdin, { version: pinnedVersion });
      expect(findings.map((found) => found.code)).not.toContain('CriNotLoaded');
      expect(findings.map((found) => found.code)).not.toContain('SnapshotterMissing');
      expect(findings).not.toEqual([]);
    },
    60_000,
  );
});

describe('import says that containerd refuses', () => {
  test.each(refused)('%s', async (_name, files) => {
    const main = await lay(files);
    expect((await askContainerd(main)).kind).toBe('refused');
    const { findings } = await readNodes([main]);
    expect(findings.filter(({ severity }) => severity === 'error')).not.toEqual([]);
  });

  test('an import that is missing, which config dump passes over', async () => {
    const main = await lay({ 'config.toml': 'version = 3\nimports = ["nosuch.toml"]\n' });
    const { containerd } = await ensureBinaries();
    const { exitCode, stderr } = await runProgram(containerd, ['--config', main]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining('no such file') });
    const { findings } = await readNodes([main]);
    expect(findings.map(({ code, source }) => [code, source.line, source.column])).toEqual([['ImportRefused', 2, 12]]);
  });
});

describe('import says what containerd ignores', () => {
  test.each([
    ['a misspelt key', 'runtimetype = "x"', 'KeyIgnored'],
    ['a key of containerd 1.x', 'runtime_engine = "/usr/bin/kata"', 'FormerKey'],
  ])('%s', async (_name, line, code) => {
    const text = `version = 3\n[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.kata]\nruntime_type = "a.b.c"\n${line}\n`;
    const main = await lay({ 'config.toml': text });
    const verdict = await askContainerd(main);
    expect(verdict.kind === 'taken' && verdict.ignored).toHaveLength(1);
    const { findings } = await readNodes([main]);
    expect(findings.map((found) => [found.code, found.source.line])).toEqual([[code, 4]]);
  });
});
