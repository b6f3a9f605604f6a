import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { runtimeClass } from '../support/cluster/manifests.ts';
import { eventually } from '../support/eventually.ts';
import { readPrepared } from './prepare/prepared.ts';
import type { NodeSettings } from './stage/containerd-config.ts';
import { codesIn } from './stage/gated-node.ts';
import { outcomesOf } from './stage/outcome.ts';
import { Release } from './stage/release.ts';
import { nodeName } from './stage/start-node.ts';
import { podOf } from './table/row.ts';

const runtimeType = 'io.containerd.runc.v2';
const { crun, versions } = readPrepared();

/** Sound runtimes, and those that lack a part. */
const runtimes: NodeSettings['runtimes'] = {
  runc: { runtimeType },
  crun: { runtimeType, options: { BinaryName: crun } },
  ghost: { runtimeType: 'io.containerd.ghost.v1' },
  nobinary: { runtimeType, options: { BinaryName: path.join(path.dirname(crun), 'no-runc') } },
  nopath: { runtimeType, runtimePath: path.join(path.dirname(crun), 'containerd-shim-none-v2') },
};

/** Seconds are what was promised: the agent's watch, and the time that the API server takes to tell shimgate. */
const withinMs = 10_000;

type Said = {
  readonly metadata: { readonly ownerReferences: readonly { readonly kind: string; readonly name: string }[] };
  readonly status: {
    readonly containerd: { readonly version?: string };
    readonly handlers: readonly { readonly name: string; readonly missing?: readonly object[] }[];
  };
};

jest.setTimeout(120_000);

let release: Release;
let made = 0;

beforeAll(async () => {
  release = await Release.prepare({ runtimes });
  for (const name of ['crun', 'ghost', 'late']) {
    const { exitCode, stderr } = await release.create(runtimeClass(name, name));
    if (exitCode !== 0) throw new Error(stderr);
  }
  const { configurationFile, searchPath } = release.node;
  const places = new Set([path.dirname(configurationFile), path.dirname(crun), ...searchPath]);
  await release.apply('install', {
    image: release.image,
    // Not a runtime is declared: what is known of them the node says itself.
    config: { mode: 'enforce' },
    nodes: {
      enabled: true,
      // In /opt containerd looks first: what is nowhere that is mounted would not be called missing.
      hostPaths: [...places, '/usr', '/opt'],
      configPath: configurationFile,
      searchPath: searchPath.join(path.delimiter),
    },
  });
}, 600_000);

afterAll(async () => {
  await (release as Release | undefined)?.stop();
}, 60_000);

test('the agent is a pod of its own that is not root, and says what the node has, and what of it is missing', async () => {
  const agents = ['get', 'pods', '--namespace=shimgate-nodes', '--output=jsonpath={.items[*].status.phase}'];
  expect(await release.kubectl(...agents)).toBe('Running');
  const { metadata, status } = await eventually(() => said());
  expect(metadata.ownerReferences).toMatchObject([{ kind: 'Node', name: nodeName }]);
  expect(status.containerd.version).toMatch(new RegExp(`^v?${versions.containerd}\\.`));
  expect(status.handlers.map(({ name }) => name)).toEqual(Object.keys(runtimes).toSorted());
  const missing = status.handlers.filter((handler) => handler.missing !== undefined).map(({ name }) => name);
  expect(missing).toEqual(['ghost', 'nobinary', 'nopath']);
  const table = await release.kubectl('get', 'noderuntimes', '--no-headers');
  expect(table.trim().split(/\s+/).slice(0, 5)).toEqual([nodeName, status.containerd.version, 'runc', '5', '3']);
});

test('a pod gets annotations by what the node says, and one whose shim is missing is warned of', async () => {
  const sound = await createPod('crun');
  expect(sound.codes).toEqual([]);
  expect(await annotationsOf(sound.name)).toMatchObject({
    'shimgate.dev/runtime-type': runtimeType,
    'shimgate.dev/options': JSON.stringify({ BinaryName: crun }),
    'shimgate.dev/source': 'node',
  });
  const broken = await createPod('ghost');
  expect(broken.codes).toEqual(['PartsMissingOnNodes']);
  expect([await outcomeOf(sound.name), await outcomeOf(broken.name)]).toEqual(['runs', 'fails']);
});

test('a runtime that is added to containerd is known within seconds, and one that is removed is told', async () => {
  expect((await createPod('late')).codes).toEqual(['UndeclaredHandler']);
  await release.node.restartContainerd({ runtimes: { ...runtimes, late: { runtimeType } } });
  const name = await eventually(async () => {
    const created = await createPod('late');
    expect(await annotationsOf(created.name)).toMatchObject({
      'shimgate.dev/runtime-type': runtimeType,
      'shimgate.dev/source': 'node',
    });
    return created.name;
  }, withinMs);
  expect(await outcomeOf(name)).toBe('runs');

  await release.node.restartContainerd({ runtimes });
  await eventually(async () => {
    expect((await createPod('late')).codes).toEqual(['UndeclaredHandler']);
  }, withinMs);
});

/** What the node says of itself. @throws Error as long as it does not */
async function said(): Promise<Said> {
  const object = JSON.parse(await release.kubectl('get', 'noderuntimes', nodeName, '--output=json')) as Partial<Said>;
  if (object.status === undefined) throw new Error('The node says nothing yet.');
  return object as Said;
}

/** @returns its name, and the codes of what it is warned of @throws Error where it is refused */
async function createPod(handler: string): Promise<{ readonly name: string; readonly codes: readonly string[] }> {
  const name = `${handler}-${++made}`;
  const row = { pod: name, class: handler, warned: [], node: 'runs' } as const;
  const { exitCode, stderr } = await release.create(podOf(row, release.node.image, 'people'));
  if (exitCode !== 0) throw new Error(stderr);
  return { name, codes: codesIn(stderr) };
}

async function annotationsOf(name: string): Promise<Readonly<Record<string, string>>> {
  const asked = ['get', 'pod', name, '--namespace=people', '--output=jsonpath={.metadata.annotations}'];
  const text = await release.kubectl(...asked);
  return text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, string>>);
}

async function outcomeOf(name: string): Promise<string | undefined> {
  return (await outcomesOf(release.node.controlPlane, 'people', 60_000)).get(name)?.kind;
}
