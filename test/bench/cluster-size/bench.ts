/**
 * What it costs shimgate to follow a large cluster: memory, and time from start to ready. The cluster is a real API
 * server with objects as large clusters have them; the program is what the chart installs.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startControlPlane } from '../../support/cluster/start-control-plane.ts';
import { Installation } from '../../support/installation/installation.ts';
import type { RunningPod } from '../../support/installation/running-pod.ts';
import { ApiClient } from '../../support/cluster/api-client.ts';
import { eventually } from '../../support/eventually.ts';
import { severalAtATime } from '../../support/several-at-a-time.ts';
import { logEntries } from '../../support/installation/webhook-pages.ts';
import { costOfChange, nodeRuntimes } from './cost-of-change.ts';
import { namespaceObject, nodeObject, nodeRuntimesStatus, nodeStatus } from './large-cluster.ts';

const usage = `Usage: node test/bench/cluster-size/bench.ts [--nodes N] [--namespaces N] [--agents] [--check]

  --nodes        5000 by default
  --namespaces   10000 by default
  --agents       each node says what runtimes it has, 20 handlers; and what it costs when one says something else
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
    agents: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (flags.help) process.stdout.write(usage);
else process.exitCode = await run(Number(flags.nodes), Number(flags.namespaces));

async function run(nodes: number, namespaces: number): Promise<number> {
  const cluster = await startControlPlane();
  const api = new ApiClient(cluster, writers);
  try {
    const config = { mode: 'enforce', runtimes: { 'kata-qemu': { runtimeType: 'io.containerd.kata-qemu.v2' } } };
    const values = { replicas: 1, service: { port: 8443 }, config, nodes: { enabled: flags.agents } };
    const installation = await Installation.install(cluster, { isDirect: true, values });
    const [first] = installation.pods;
    if (first === undefined) throw new Error('there is no pod');
    const emptyReadyMs = await readyMs(first);
    report('in an empty cluster', first, emptyReadyMs);

    // It would make two objects in each namespace, and find that nobody runs the nodes.
    await cluster.stopProcess('kube-controller-manager');
    await progress(`creating ${nodes} nodes`, () =>
      severalAtATime(nodes, writers, (index) => api.expect('POST', '/api/v1/nodes', nodeObject(index))),
    );
    if (flags.agents)
      await progress('what each node says', () => severalAtATime(nodes, writers, (index) => sayOf(api, index)));
    await progress(`creating ${namespaces} namespaces`, () =>
      severalAtATime(namespaces, writers, (index) => api.expect('POST', '/api/v1/namespaces', namespaceObject(index))),
    );
    report('having watched all of that being created', first);
    await installation.stopPod(first);

    const pod = await installation.startPod();
    await pod.untilReady(120_000);
    report(`started with ${nodes} nodes and ${namespaces} namespaces`, pod, await readyMs(pod));
    await sleep(20_000);
    report('20 s later', pod);
    await progress('a heartbeat of every node', () =>
      severalAtATime(nodes, writers, (index) => {
        return api.expect('PATCH', `/api/v1/nodes/${nameOf(index)}/status`, { status: nodeStatus(index, new Date()) });
      }),
    );
    report('after a heartbeat of every node', pod);
    await sleep(20_000);
    const settled = report('20 s later', pod);
    if (flags.agents) {
      const cost = await costOfChange(api, pod, nameOf(0));
      console.log(
        `a pod of a class takes ${cost.podMs.toFixed(2)} ms, ${cost.changedMs.toFixed(2)} after a node said something else`,
      );
    }
    await installation.stop();
    const residentMiB = targets.residentMiB + (flags.agents ? agentsMiB : 0);
    const isMet = settled.residentMiB <= residentMiB && emptyReadyMs <= targets.readyMs;
    return flags.check && !isMet ? 1 : 0;
  } finally {
    api.close();
    await cluster.stop();
  }
}

function nameOf(index: number): string {
  return (nodeObject(index) as { readonly metadata: { readonly name: string } }).metadata.name;
}

async function sayOf(api: ApiClient, index: number): Promise<void> {
  const name = nameOf(index);
  await api.expect('POST', nodeRuntimes, {
    apiVersion: 'shimgate.dev/v1alpha1',
    kind: 'NodeRuntimes',
    metadata: { name },
  });
  await api.expect('PATCH', `${nodeRuntimes}/${name}/status`, { status: nodeRuntimesStatus(index) });
}

type Memory = { readonly residentMiB: number; readonly peakMiB: number };

/** Source: proc(5), /proc/pid/status. */
function memoryOf({ pid }: RunningPod): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
  return { residentMiB: read('VmRSS'), peakMiB: read('VmHWM') };
}

/** Milliseconds from the start of the process until it was ready, as it logs them. */
function readyMs(pod: RunningPod): Promise<number> {
  return eventually(() => {
    const entry = logEntries(pod).find(({ msg }) => msg === 'ready');
    if (entry === undefined) throw new Error('it has not logged that it is ready');
    return Number(entry['ms']);
  });
}

function report(when: string, pod: RunningPod, ready?: number): Memory {
  const memory = memoryOf(pod);
  const start = ready === undefined ? '' : `   start to ready ${Math.round(ready)} ms`;
  const { residentMiB, peakMiB } = memory;
  console.log(`${when.padEnd(52)} resident ${residentMiB.toFixed(0)} MiB   peak ${peakMiB.toFixed(0)} MiB${start}`);
  return memory;
}

async function progress(what: string, work: () => Promise<void>): Promise<void> {
  const started = performance.now();
  await work();
  process.stderr.write(`${what}: ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}
