import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { Installation } from '../support/installation/installation.ts';
import { runProgram } from '../support/processes/run-program.ts';
import { podOf, rows, type Row } from './pods.ts';
import { readPrepared } from './prepare/prepared.ts';
import { containersOf, runtimeOf } from './stage/containers.ts';
import { nodeName, RealNode } from './stage/real-node.ts';
import { outcomesOf, type PodOutcome } from './stage/outcome.ts';
import { nodeRuntimes } from './stage/runtimes.ts';

const namespace = 'pods';
const startMs = 180_000;
const program = join(import.meta.dirname, '..', '..', 'dist', 'main.js');

let node: RealNode;
let installation: Installation | undefined;
let warnings: ReadonlyMap<string, readonly string[]>;
let outcomes: ReadonlyMap<string, PodOutcome>;

beforeAll(async () => {
  const runtimes = nodeRuntimes(readPrepared());
  node = await RealNode.start({ runtimes });
  const { controlPlane } = node;
  const imported = await runProgram(process.execPath, [program, 'import', node.configurationFile, '-o', 'json']);
  const { apiVersion: _, kind: __, ...config } = JSON.parse(imported.stdout) as Readonly<Record<string, unknown>>;
  const values = {
    config: { ...config, mode: 'warn', undeclaredHandlers: 'reported' },
    replicas: 1,
    nodeSelector: { 'shimgate.dev/none': '' },
  };
  installation = await Installation.install(controlPlane, { values });
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const classes = [...new Set(rows.flatMap((row) => row.class ?? []))];
  await apply(
    ...classes.map((name) => ({
      apiVersion: 'node.k8s.io/v1',
      kind: 'RuntimeClass',
      metadata: { name },
      handler: name,
    })),
  );
  await eventually(async () => {
    const found = await controlPlane.kubectl(['get', 'serviceaccount', 'default', '-n', namespace]);
    if (found.exitCode !== 0) throw new Error(found.stderr);
  });
  const said = new Map<string, readonly string[]>();
  for (const comesLast of [undefined, true]) {
    for (const row of rows.filter((one) => one.comesLast === comesLast)) {
      said.set(row.pod, codesIn(await apply(podOf(row, namespace, node.image))));
    }
    outcomes = await outcomesOf(controlPlane, namespace, 90_000);
  }
  warnings = said;
  process.stdout.write(`${table()}\n`);
}, startMs);

afterAll(async () => {
  await installation?.stop();
  await (node as RealNode | undefined)?.stop();
}, 60_000);

describe('what shimgate says of a pod in warn mode is what the node does with it', () => {
  test.each(rows)('$pod', ({ pod, warned, node: expected }) => {
    const outcome = outcomes.get(pod);
    expect([pod, warnings.get(pod)]).toEqual([pod, warned]);
    if (expected === 'runs') expect(outcome).toMatchObject({ kind: 'runs' });
    else expect(outcome).toMatchObject({ kind: 'fails', message: expect.stringMatching(expected) });
    expect(warned.length > 0).toBe(outcome?.kind === 'fails');
  });
});

describe('a pod that runs', () => {
  const running = rows.filter((row) => row.node === 'runs');

  test.each(running)('$pod: runs on the shim, and with the options, that its annotations say', async (row) => {
    const { annotations, uid } = await stored(row.pod);
    const { runtimeType, options } = await runtimeOf(node, uid);
    // A pod that chooses no runtime gets the node's default, and no annotations.
    if (row.class === undefined && row.annotations === undefined) {
      expect(Object.keys(annotations).filter((key) => key.startsWith('shimgate.dev/'))).toEqual([]);
      expect(runtimeType).toBe('io.containerd.runc.v2');
      return;
    }
    expect(annotations['shimgate.dev/runtime-type']).toBe(runtimeType);
    const said = JSON.parse(annotations['shimgate.dev/options'] ?? '{}') as Readonly<Record<string, unknown>>;
    const strings = Object.values(said).filter((value) => typeof value === 'string' && value !== '');
    expect(options.filter((text) => text !== '')).toEqual(strings);
  });

  test.each(running)('$pod: its annotations stand in the OCI specs where podAnnotations lets them', async (row) => {
    const passes = (key: string) =>
      row.class === 'annotated' && (key.startsWith('shimgate.dev/') || key.startsWith('team.example/'));
    const { annotations, uid } = await stored(row.pod);
    const expected = Object.fromEntries(Object.entries(annotations).filter(([key]) => passes(key)));
    for (const id of await containersOf(node, uid)) {
      const spec = await readJson<{ readonly annotations: Readonly<Record<string, string>> }>(
        join(node.bundle(id), 'config.json'),
      );
      const own = Object.entries(spec.annotations).filter(([key]) => key in annotations);
      expect([id, Object.fromEntries(own)]).toEqual([id, expected]);
    }
  });
});

describe('import', () => {
  test('reads one table from the file of the node, from containerd config dump and from crictl info', async () => {
    const { containerd } = node.controlPlane.description.binaries;
    const dump = await runProgram(containerd, ['--config', node.configurationFile, 'config', 'dump']);
    const info = await node.crictl(['info']);
    const tables = await Promise.all([
      importedRuntimes([node.configurationFile]),
      importedRuntimes(['-'], dump.stdout),
      importedRuntimes(['-'], info.stdout),
    ]);
    const [ofFile = {}, ofDump = {}, ofInfo = {}] = tables.map(typesOf);
    expect(ofDump).toEqual(ofFile);
    expect(ofInfo).toEqual(ofFile);
  });
});

test('a runtime that a restarted containerd has besides is known without a restart of shimgate', async () => {
  await apply({ apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'late' }, handler: 'late' });
  const late: Row = { pod: 'late-before', class: 'late', warned: ['UndeclaredHandler'], node: 'runs' };
  expect(codesIn(await apply(podOf(late, namespace, node.image)))).toEqual(late.warned);
  await node.restartContainerd({
    runtimes: { ...nodeRuntimes(node.prepared), late: { runtimeType: 'io.containerd.runc.v2' } },
  });
  // It goes on warning that nobody declared the handler; but now it knows that the node has it.
  const pod = await eventually(async () => {
    const name = `late-${Date.now()}`;
    await apply(podOf({ ...late, pod: name }, namespace, node.image));
    const { annotations } = await stored(name);
    if (annotations['shimgate.dev/source'] !== 'node') throw new Error('shimgate does not know of the handler yet.');
    return name;
  }, 60_000);
  await eventually(async () => {
    const outcome = (await outcomesOf(node.controlPlane, namespace, 60_000)).get(pod);
    if (outcome?.kind !== 'runs') throw new Error('The pod does not run yet.');
  });
}, 150_000);

type Stored = { readonly annotations: Readonly<Record<string, string>>; readonly uid: string };

async function stored(pod: string): Promise<Stored> {
  const { stdout } = await node.controlPlane.kubectl(['get', 'pod', pod, '-n', namespace, '-o', 'json']);
  const { metadata } = JSON.parse(stdout) as { readonly metadata: Partial<Stored> & { readonly uid: string } };
  return { annotations: metadata.annotations ?? {}, uid: metadata.uid };
}

async function importedRuntimes(paths: readonly string[], input?: string): Promise<Readonly<Record<string, object>>> {
  const args = [program, 'import', ...paths, '-o', 'json'];
  const { stdout, stderr } = await runProgram(process.execPath, args, input === undefined ? {} : { input });
  if (stdout === '') throw new Error(stderr);
  return (JSON.parse(stdout) as { readonly runtimes: Readonly<Record<string, object>> }).runtimes;
}

function typesOf(runtimes: Readonly<Record<string, object>>): object {
  return Object.fromEntries(Object.entries(runtimes).toSorted(([a], [b]) => a.localeCompare(b)));
}

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8')) as T;
}

async function apply(...objects: readonly object[]): Promise<string> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  const { exitCode, stderr } = await node.controlPlane.kubectl(['apply', '-f', '-'], { input });
  if (exitCode !== 0) throw new Error(stderr);
  return stderr;
}

function codesIn(text: string): readonly string[] {
  return [...text.matchAll(/\[([A-Z][A-Za-z]+)\]/g)].map(([, code = '']) => code);
}

function table(): string {
  const lines = rows.map(({ pod }) => {
    const outcome = outcomes.get(pod);
    const done = outcome?.kind === 'fails' ? `fails: ${outcome.message.slice(-90)}` : 'runs';
    return `  ${pod.padEnd(22)} ${(warnings.get(pod)?.join(', ') ?? '').padEnd(28)} ${done}`;
  });
  return [`  ${'pod'.padEnd(22)} ${'shimgate'.padEnd(28)} ${nodeName}`, ...lines].join('\n');
}
