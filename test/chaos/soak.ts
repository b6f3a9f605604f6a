/**
 * A cluster's daily life in fast motion, on a real API server: pods are created, changed and deleted, RuntimeClasses come and
 * go, the configuration changes, certificates are renewed every minute and the CA every third.
 *
 * usage: node test/chaos/soak.ts [--seconds N] [--agents] [--in-process] [--audit]
 *
 * With --agents nodes say what they have, and say something else every second; with --in-process the API server answers ordinary
 * pods by itself; with --audit the cluster is audited every minute, into reports.
 *
 * Exits with 1 where something failed because of the webhook, or memory or handles grew over the second half.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ApiClient } from '../support/cluster/api-client.ts';
import { askToRenew } from '../support/installation/certificate-renewal.ts';
import { pod, runtimeClass } from '../support/cluster/manifests.ts';
import { changeNode, makeNodes } from './agents.ts';
import { auditOnce, installReports } from './audits.ts';
import { heapFloors, sampleOf, slopeOf, type Sample } from './replica-sample.ts';
import { className, configuration, configure, onStage, type Stage } from './stage.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    agents: { type: 'boolean', default: false },
    'in-process': { type: 'boolean', default: false },
    audit: { type: 'boolean', default: false },
  },
});
/** What the chart has besides its defaults. */
const more = {
  ...(values.agents && { nodes: { enabled: true } }),
  ...(values['in-process'] && { inProcess: { enabled: true } }),
  ...(values.audit && { audit: { enabled: true } }),
};
const durationMs = Number(values.seconds) * 1000;
const namespace = 'soak';
const sampleMs = 5_000;
/** Growth over the second half that is no leak: V8 takes and gives back by the megabyte. */
const growthMiB = 24;
const growthHandles = 20;

/** How often, in milliseconds, and what. */
type Habit = readonly [number, (stage: Stage, turn: number) => Promise<void>];

const habits: readonly Habit[] = [
  [50, ({ client }, turn) => livePod(client, `pod-${turn}`)],
  [1_000, ({ client }, turn) => liveClass(client, `class-${turn}`)],
  [15_000, (stage, turn) => configure(stage, turn % 4 === 3 ? 'mode: [' : configuration(String(turn)))],
  [
    60_000,
    ({ client, installation }, turn) => askToRenew(client, installation, turn % 3 === 2 ? 'authority' : 'certificate'),
  ],
  ...(values.agents ? [[1_000, ({ client }, turn) => changeNode(client, turn)] satisfies Habit] : []),
  ...(values.audit ? [[60_000, (stage) => auditOnce(stage)] satisfies Habit] : []),
];

const { errors, done, histories, callingErrors } = await onStage(async (stage) => {
  const { client, installation } = stage;
  await client.makeNamespace(namespace);
  if (values.agents) await makeNodes(client);
  if (values.audit) await installReports(stage);
  const failures: string[] = [];
  const open = new Set<Promise<void>>();
  let count = 0;
  const timers = habits.map(([ms, act]) => {
    let turn = 0;
    return setInterval(() => {
      const acting = act(stage, turn++)
        .then(() => {
          count++;
        })
        .catch((error: unknown) => {
          failures.push(error instanceof Error ? error.message : String(error));
        })
        .finally(() => open.delete(acting));
      open.add(acting);
    }, ms);
  });
  const samples = new Map<string, Sample[]>(installation.pods.map(({ identity }) => [identity.name, []]));
  const began = performance.now();
  while (performance.now() - began < durationMs) {
    await sleep(sampleMs);
    const atMs = performance.now() - began;
    for (const replica of installation.pods) samples.get(replica.identity.name)?.push(await sampleOf(replica, atMs));
    process.stderr.write(`${Math.round(atMs / 1000)} s, ${count} done, ${failures.length} failed\r`);
  }
  for (const timer of timers) clearInterval(timer);
  await Promise.all(open);
  return { errors: failures, done: count, histories: samples, callingErrors: await client.callingWebhookErrors() };
}, more);

console.log(`\n${values.seconds} s: ${done} done, ${errors.length} failed, ${callingErrors} calls failed`);
for (const error of new Set(errors.map((text) => text.slice(0, 300)))) console.log(`  ${error}`);
let isWrong = errors.length + callingErrors > 0;
for (const [name, samples] of histories) {
  const half = samples.slice(Math.floor(samples.length / 2));
  const [first, middle, last] = [samples[0], half[0], half.at(-1)];
  if (first === undefined || middle === undefined || last === undefined) throw new Error('There are too few samples.');
  const sizes = [first, middle, last].map(({ residentMiB }) => residentMiB.toFixed(0)).join(', ');
  const slope = slopeOf(half);
  const grown = (slope * (last.atMs - middle.atMs)) / 3_600_000;
  const delays = samples.map(({ delayMs }) => delayMs).filter((ms) => !Number.isNaN(ms));
  const worst = Math.max(...delays).toFixed(0);
  const median = (delays.toSorted((a, b) => a - b)[Math.floor(delays.length / 2)] ?? 0).toFixed(0);
  console.log(
    `${name}: resident ${sizes} MiB at start, middle and end; over the second half ${slope.toFixed(1)} MiB an hour ` +
      `(${grown.toFixed(1)} MiB); least heap in use by quarters ` +
      `${heapFloors(samples)
        .map((mebibytes) => mebibytes.toFixed(1))
        .join(', ')} MiB; event loop p99 ${median} ms, worst of 5 s ${worst} ms; ` +
      `handles ${first.handles}, ${middle.handles}, ${last.handles}`,
  );
  if (grown > growthMiB || last.handles - middle.handles > growthHandles) isWrong = true;
}
process.exitCode = isWrong ? 1 : 0;

async function livePod(client: ApiClient, name: string): Promise<void> {
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  await client.expect('POST', pods, pod(name, { runtimeClassName: className }));
  await client.expect('PATCH', `${pods}/${name}`, { metadata: { annotations: { 'example.com/seen': 'yes' } } });
  await client.expect('DELETE', `${pods}/${name}`);
}

async function liveClass(client: ApiClient, name: string): Promise<void> {
  const classes = '/apis/node.k8s.io/v1/runtimeclasses';
  await client.expect('POST', classes, runtimeClass(name, className));
  await sleep(500);
  await client.expect('PATCH', `${classes}/${name}`, { metadata: { labels: { seen: 'yes' } } });
  await client.expect('DELETE', `${classes}/${name}`);
}
