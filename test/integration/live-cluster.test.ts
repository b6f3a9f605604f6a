import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { ClusterConnection } from '../../src/cluster/connection.ts';
import { LiveCluster } from '../../src/cluster/live-cluster.ts';
import type { HandlerPresence } from '../../src/policy/node-handlers.ts';
import { eventually } from '../support/eventually.ts';
import { makeTemporaryDirectory } from '../support/mounted-directory.ts';
import { ListWatchServer, refusal, silence, writeKubeconfig } from './list-watch-server.ts';

const paths = {
  classes: '/apis/node.k8s.io/v1/runtimeclasses',
  namespaces: '/api/v1/namespaces',
  nodes: '/api/v1/nodes',
  said: '/apis/shimgate.dev/v1alpha1/noderuntimes',
};

/** More than a page of each. */
const nodes = 120;

let directory: string;
let server: Server;
let cluster: LiveCluster;
let collections: Readonly<Record<keyof typeof paths, ListWatchServer>>;

beforeEach(async () => {
  directory = await makeTemporaryDirectory();
  collections = {
    classes: await ListWatchServer.start(),
    namespaces: await ListWatchServer.start(),
    nodes: await ListWatchServer.start(),
    said: await ListWatchServer.start(),
  };
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://here');
    const found = Object.entries(paths).find(([, path]) => path === pathname)?.[0] as keyof typeof paths | undefined;
    if (found === undefined) response.writeHead(404).end();
    else collections[found].answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const kubeconfig = join(directory, 'kubeconfig');
  await writeKubeconfig(kubeconfig, server);
  cluster = new LiveCluster(ClusterConnection.open(kubeconfig), pino({ level: 'silent' }), true);
  collections.classes.put('kata', { handler: 'kata' });
  for (let index = 0; index < nodes; index++) {
    collections.nodes.put(`node-${index}`, {});
    say(`node-${index}`, index % 2 === 0 ? 'io.containerd.kata.v2' : 'io.containerd.kata.v3');
  }
});

afterEach(async () => {
  await cluster.close();
  server.closeAllConnections();
  server.close();
  for (const collection of Object.values(collections)) await collection.stop();
  await rm(directory, { recursive: true });
});

/** Has a node say what its runtime kata is. */
function say(name: string, runtimeType: string): void {
  const read = { type: 'ConfigurationRead', status: 'True', reason: 'Read', message: '', lastTransitionTime: '' };
  collections.said.put(name, { status: { conditions: [read], handlers: [{ name: 'kata', runtimeType }] } });
}

async function untilKnown(): Promise<void> {
  cluster.start();
  await eventually(() => {
    expect(cluster.isKnown).toBe(true);
    expect(Object.values(collections).map(({ openWatches }) => openWatches)).toEqual([1, 1, 1, 1]);
  });
}

function presence(): HandlerPresence {
  const runtimeClass = cluster.state.runtimeClass('kata');
  if (runtimeClass === undefined) throw new Error('there is no class');
  return cluster.state.handlerPresence(runtimeClass);
}

function counts({ said }: HandlerPresence): Readonly<Record<string, number>> {
  return Object.fromEntries(said.having.map(({ shim, count }) => [shim.runtimeType ?? '', count]));
}

describe('when one of many nodes says something else', () => {
  test('nothing is worked out again but how many say what', async () => {
    await untilKnown();
    const [before, usable] = [presence(), cluster.state.usableNodes];
    const asked = collections.said.asked.length;
    expect(counts(before)).toEqual({ 'io.containerd.kata.v2': 60, 'io.containerd.kata.v3': 60 });

    say('node-0', 'io.containerd.kata.v3');
    await eventually(() => {
      expect(counts(presence())).toEqual({ 'io.containerd.kata.v3': 61, 'io.containerd.kata.v2': 59 });
    });
    // What comes of the nodes themselves is the very same: neither was it made again nor compared.
    expect(cluster.state.usableNodes).toBe(usable);
    expect(presence().atPulls).toBe(before.atPulls);
    expect(collections.said.asked).toHaveLength(asked);

    collections.nodes.put('node-0', { spec: { unschedulable: true, taints: [{ key: 'x', effect: 'NoSchedule' }] } });
    await eventually(() => {
      expect(presence().reachable).toBe(nodes - 1);
    });
    expect(cluster.state.usableNodes).not.toBe(usable);
    expect(presence().atPulls).not.toBe(before.atPulls);
  });

  test('the world stays where it says the same as before', async () => {
    await untilKnown();
    const { state } = cluster;
    say('node-0', 'io.containerd.kata.v2');
    say('node-1', 'io.containerd.kata.v2');
    await eventually(() => {
      expect(counts(presence())).toEqual({ 'io.containerd.kata.v2': 61, 'io.containerd.kata.v3': 59 });
    });
    const changed = cluster.state;
    expect(changed).not.toBe(state);
    say('node-0', 'io.containerd.kata.v2');
    const version = collections.said.bookmark();
    collections.said.endWatches('politely');
    await eventually(() => {
      expect(collections.said.asked.at(-1)?.query['resourceVersion']).toBe(version);
    });
    expect(cluster.state).toBe(changed);
  });
});

describe('when the watch of what nodes say has expired', () => {
  test('the new list brings no second table of what was known', async () => {
    await untilKnown();
    const before = presence();
    collections.said.delete('node-0');
    collections.said.endWatches('politely');
    collections.said.compact();
    await eventually(() => {
      expect(counts(presence())).toEqual({ 'io.containerd.kata.v3': 60, 'io.containerd.kata.v2': 59 });
      expect(collections.said.openWatches).toBe(1);
    });
    const shims = ({ said }: HandlerPresence) => new Set(said.having.map(({ shim }) => shim));
    expect([...shims(before)].every((shim) => shims(presence()).has(shim))).toBe(true);
    expect(presence().atPulls).toBe(before.atPulls);
  });
});

describe('a replica is not asked before it knows what nodes say', () => {
  const said = () => cluster.checks.find(({ name }) => name === 'sync NodeRuntimes');

  test('while that is being read', async () => {
    collections.said.listFaults.push(silence);
    cluster.start();
    await eventually(() => {
      expect(cluster.checks.map(({ failure }) => failure())).toEqual([undefined, undefined, undefined, 'not read yet']);
    });
    expect(cluster.isKnown).toBe(false);
  });

  test('and is, where it cannot be read', async () => {
    collections.said.listFaults.push(refusal(403, 'noderuntimes is forbidden'));
    cluster.start();
    await eventually(() => {
      expect(cluster.isKnown).toBe(true);
    });
    expect(cluster.checks.map(({ failure }) => failure())).toEqual([undefined, undefined, undefined, undefined]);
    expect(said()?.detail?.()).toBe('noderuntimes is forbidden');
  });
});
