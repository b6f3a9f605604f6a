/**
 * What it costs shimgate to follow a large cluster: memory, and time from start to ready. The cluster is a real API
 * server with objects as large clusters have them; the program is what the chart installs.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ClusterConnection } from '../../../src/cluster/connection.ts';
import { writeOwnObject } from '../../../src/node/own-object.ts';
import { startControlPlane } from '../../support/cluster/start-control-plane.ts';
import { Installation } from '../../support/installation/installation.ts';
import type { RunningPod } from '../../support/installation/running-pod.ts';
import { ApiClient } from '../../support/cluster/api-client.ts';
import { memoryMiB } from '../../support/load/process-memory.ts';
import { severalAtATime } from '../../support/several-at-a-time.ts';
import { costOfChange } from './cost-of-change.ts';
import { namespaceObject, nodeDescription, nodeObject, nodeStatus } from './large-cluster.ts';
import { readyMs } from './ready.ts';
import { judgeDifferences, startReplica, takeTurns, type Kind } from './turns.ts';

const usage = `Usage: node test/bench/cluster-size/bench.ts [--nodes N] [--namespaces N] [--rounds N] [--check]

Each node says what runtimes it has, 20 handlers, as its agent does. Replicas that follow it and replicas that do not
are started in turns.

  --nodes        5000 by default
  --namespaces   10000 by default
  --rounds       of both kinds of replicas; 5 by default
  --check        exit with 1 where a target is missed
`;

/** Objects that are written at a time. */
const writers = 16;

/** What nodes say may take so much more. */
const agentsMiB = 40;
const targets = { residentMiB: 200, readyMs: 1_500 };

const { values: flags } = parseArgs({
  options: {
    nodes: { type: 'string', default: '5000' },
    namespaces: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    check: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (flags.help) process.stdout.write(usage);
else process.exitCode = await run(Number(flags.nodes), Number(flags.namespaces), Number(flags.rounds));

async function run(nodes: number, namespaces: number, rounds: number): Promise<number> {
  const cluster = await startControlPlane();
  const api = new ApiClient(cluster, writers);
  try {
    const config = { mode: 'enforce', runtimes: { 'kata-qemu': { runtimeType: 'io.containerd.kata-qemu.v2' } } };
    const values = { replicas: 1, service: { port: 8443 }, config, nodes: { enabled: true } };
    const installation = await Installation.install(cluster, { isDirect: true, knowsMemoryLimit: true, values });
    const [first] = installation.pods;
    if (first === undefined) throw new Error('there is no pod');
    const emptyReadyMs = await readyMs(first);
    report('in an empty cluster', first, emptyReadyMs);

    // It would make two objects in each namespace, and find that nobody runs the nodes.
    await cluster.stopProcess('kube-controller-manager');
    await fill(api, ClusterConnection.open(cluster.kubeconfigPath), nodes, namespaces);
    report('having watched all of that being created', first);
    await installation.stopPod(first);

    console.log(`\nStarted with ${nodes} nodes, of 20 handlers each, and ${namespaces} namespaces`);
    const differences = await takeTurns(installation, rounds);
    const isWithin = judgeDifferences(differences, agentsMiB);

    const without = await beat(api, installation, 'without', nodes);
    await installation.stopPod(without.pod, 'SIGKILL');
    const following = await beat(api, installation, 'with', nodes);
    const cost = await costOfChange(api, following.pod, nameOf(0));
    console.log(
      `a pod of a class takes ${cost.podMs.toFixed(2)} ms, ${cost.changedMs.toFixed(2)} after a node said something else`,
    );
    await installation.stop();
    const isSmall = without.residentMiB <= targets.residentMiB;
    return flags.check && !(isWithin && isSmall && emptyReadyMs <= targets.readyMs) ? 1 : 0;
  } finally {
    api.close();
    await cluster.stop();
  }
}

async function fill(api: ApiClient, agents: ClusterConnection, nodes: number, namespaces: number): Promise<void> {
  await progress(`creating ${nodes} nodes, and what each says`, () =>
    severalAtATime(nodes, writers, async (index) => {
      const created = await api.expect('POST', '/api/v1/nodes', nodeObject(index));
      const { metadata } = JSON.parse(created) as {
        readonly metadata: { readonly name: string; readonly uid: string };
      };
      await writeOwnObject(agents, metadata, nodeDescription(index), new Date(0).toISOString());
    }),
  );
  await progress(`creating ${namespaces} namespaces`, () =>
    severalAtATime(namespaces, writers, (index) => api.expect('POST', '/api/v1/namespaces', namespaceObject(index))),
  );
}

/** Starts a replica that is there while every node has a heartbeat. */
async function beat(
  api: ApiClient,
  installation: Installation,
  kind: Kind,
  nodes: number,
): Promise<{ readonly pod: RunningPod; readonly residentMiB: number }> {
  console.log(`\n${kind} what nodes say`);
  const pod = await startReplica(installation, kind);
  await sleep(20_000);
  report('20 s after it was ready', pod);
  await progress('a heartbeat of every node', () =>
    severalAtATime(nodes, writers, (index) =>
      api.expect('PATCH', `/api/v1/nodes/${nameOf(index)}/status`, { status: nodeStatus(index, new Date()) }),
    ),
  );
  report('after a heartbeat of every node', pod);
  await sleep(20_000);
  return { pod, residentMiB: report('20 s later', pod) };
}

function nameOf(index: number): string {
  return (nodeObject(index) as { readonly metadata: { readonly name: string } }).metadata.name;
}

/** @returns the MiB that it holds */
function report(when: string, pod: RunningPod, ready?: number): number {
  const residentMiB = memoryMiB(pod.pid, 'VmRSS');
  const start = ready === undefined ? '' : `   start to ready ${Math.round(ready)} ms`;
  console.log(`${when.padEnd(44)} resident ${residentMiB} MiB   peak ${memoryMiB(pod.pid, 'VmHWM')} MiB${start}`);
  return residentMiB;
}

async function progress(what: string, work: () => Promise<void>): Promise<void> {
  const started = performance.now();
  await work();
  process.stderr.write(`${what}: ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}
