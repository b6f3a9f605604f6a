/**
 * What shimgate adds to the creation of a pod through a real API server. Variants are namespaces of one cluster, so that
 * they can take turns pod by pod within a round: nothing has to be installed or taken away in between.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { makeAuthority, makeServingCertificate } from '../../../src/certificates/make-certificate.ts';
import type { ControlPlane } from '../../support/cluster/control-plane.ts';
import { startControlPlane } from '../../support/cluster/start-control-plane.ts';
import { answeredCounts } from '../../support/cluster/answered-counts.ts';
import { runtimeClass } from '../../support/cluster/manifests.ts';
import type { Installation } from '../../support/installation/installation.ts';
import { answerClasses, answeringRelease, installFor } from './installations.ts';
import { PodCreator } from './pod-creator.ts';

type Variant = { readonly label: string; readonly namespace: string; readonly className: string | undefined };

/** Where two installations judge pods: one that is sent each of them, and one for which the API server answers. */
const [sentNamespace, answeredNamespace] = ['bench-shimgate', 'bench-in-process'];

/** What is compared, and with what. */
const variants = {
  none: { label: 'pod with a class, no webhook', namespace: 'bench-none', className: 'bench' },
  bare: { label: 'pod with a class, a pair that always allows', namespace: 'bench-bare', className: 'bench' },
  patching: { label: 'pod with a class, a pair that patches alike', namespace: 'bench-patching', className: 'bench' },
  shimgate: { label: 'pod with a class, shimgate', namespace: sentNamespace, className: 'bench' },
  inProcess: { label: 'pod with a class, shimgate, in-process', namespace: answeredNamespace, className: 'bench' },
  plainNone: { label: 'pod without a class, no webhook', namespace: 'bench-none', className: undefined },
  plainShimgate: { label: 'pod without a class, shimgate', namespace: sentNamespace, className: undefined },
  plainInProcess: {
    label: 'pod without a class, shimgate, in-process',
    namespace: answeredNamespace,
    className: undefined,
  },
} as const satisfies Readonly<Record<string, Variant>>;

type Name = keyof typeof variants;
const names = Object.keys(variants) as readonly Name[];

const differences: readonly (readonly [string, Name, Name])[] = [
  ['what a bare pair adds', 'bare', 'none'],
  ['what shimgate adds', 'shimgate', 'none'],
  ['what shimgate adds, in-process', 'inProcess', 'none'],
  ['what the patch adds to a bare pair, in the API server', 'patching', 'bare'],
  ['what shimgate adds to a pair that patches alike', 'shimgate', 'patching'],
  ['what shimgate adds to a bare pair', 'shimgate', 'bare'],
  ['what shimgate adds to a pod that no rule concerns', 'plainShimgate', 'plainNone'],
  ['what it adds to such a pod, in-process', 'plainInProcess', 'plainNone'],
];

/** What shimgate writes on a pod of the class. */
const annotations = {
  'shimgate.dev/runtime-type': 'io.containerd.bench.v1',
  'shimgate.dev/shim-binary': 'containerd-shim-bench-v1',
  'shimgate.dev/source': 'configured',
};

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    turns: { type: 'string', default: '100' },
    classes: { type: 'string', multiple: true, default: ['20', '300'] },
    workers: { type: 'string', multiple: true, default: ['1', '4'] },
  },
});
const rounds = Number(options.rounds);
const turnsPerRound = Number(options.turns);
const warmUpTurns = 100;

const cluster = await startControlPlane();
try {
  const installations = await prepare(cluster);
  for (const classes of options.classes.map(Number)) {
    await answerClasses(cluster, classes);
    for (const workers of options.workers.map(Number)) await measureAll(workers, classes);
  }
  await Promise.all(installations.map((installation) => installation.stop()));
} finally {
  await cluster.stop();
}

/** Warms up, measures every round, reports, and proves that no pod was sent that should be answered. */
async function measureAll(workers: number, classes: number): Promise<void> {
  const creator = new PodCreator(cluster, workers);
  await measure(creator, workers, warmUpTurns);
  const before = await answeredCounts(cluster.api, answeringRelease);
  const results: Record<Name, Summary>[] = [];
  for (let round = 1; round <= rounds; round++) {
    process.stderr.write(`${classes} classes, ${workers} worker(s), round ${round} of ${rounds}\n`);
    results.push(await measure(creator, workers, turnsPerRound));
  }
  creator.close();
  const after = await answeredCounts(cluster.api, answeringRelease);
  report(workers, classes, results);
  // The other installation is called twice a pod.
  const calls = after.calls - before.calls - 2 * rounds * turnsPerRound;
  console.log(
    `The API server wrote on ${after.answered - before.answered} pods by itself, and made ${calls} calls for them.`,
  );
  if (calls !== 0) process.exitCode = 1;
}

type Summary = { readonly p50: number; readonly p95: number; readonly p99: number; readonly perSecond: number };

/** One round: every worker creates a pod of each variant in turn, beginning with another one each time. */
async function measure(creator: PodCreator, workers: number, turns: number): Promise<Record<Name, Summary>> {
  const latencies = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  let turn = 0;
  const work = async () => {
    while (turn < turns) {
      const first = turn++;
      for (let step = 0; step < names.length; step++) {
        const name = names[(first + step) % names.length] ?? 'none';
        const { namespace, className } = variants[name];
        latencies[name].push(await creator.create(namespace, className));
      }
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return Object.fromEntries(names.map((name) => [name, summarize(latencies[name], workers)])) as Record<Name, Summary>;
}

function summarize(latencies: readonly number[], workers: number): Summary {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const meanMs = sorted.reduce((sum, one) => sum + one, 0) / sorted.length;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), perSecond: (1000 / meanMs) * workers };
}

function report(workers: number, classes: number, results: readonly Readonly<Record<Name, Summary>>[]): void {
  const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const of = (name: Name, key: keyof Summary) => median(results.map((round) => round[name][key]));
  const cell = (value: number) => value.toFixed(2).padStart(8);
  console.log(
    `\n${workers} worker(s), ${classes} classes, medians of ${rounds} rounds of ${turnsPerRound} pods each; milliseconds`,
  );
  console.log(`${''.padEnd(52)}${['p50', 'p95', 'p99', 'pods/s'].map((head) => head.padStart(8)).join('')}`);
  for (const name of names) {
    const cells = [of(name, 'p50'), of(name, 'p95'), of(name, 'p99'), of(name, 'perSecond')].map(cell);
    console.log(`${variants[name].label.padEnd(52)}${cells.join('')}`);
  }
  console.log('Differences at p50 within a round: median (least to most)');
  for (const [label, more, less] of differences) {
    const added = results.map((round) => round[more].p50 - round[less].p50);
    console.log(
      `${label.padEnd(52)}${cell(median(added))}  (${Math.min(...added).toFixed(2)} to ${Math.max(...added).toFixed(2)})`,
    );
  }
  for (const [label, name] of [
    ['what shimgate adds, in parts of what a bare pair adds', 'shimgate'],
    ['the same, in-process', 'inProcess'],
  ] as const) {
    const parts = results.map(({ none, bare, [name]: one }) => (one.p50 - none.p50) / (bare.p50 - none.p50));
    console.log(`${label.padEnd(52)}${cell(median(parts))}`);
  }
}

/** Namespaces, a class, a pair of webhooks that does nothing, one that patches, and shimgate twice: each for one namespace. */
async function prepare(controlPlane: ControlPlane): Promise<readonly Installation[]> {
  const namespaces = [...new Set(names.map((name) => variants[name].namespace))];
  const { caBundle, url } = await startAllowServer(controlPlane);
  const webhook = (kind: string, namespace: string, path: string, extra: object = {}) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name: namespace },
    webhooks: [
      {
        name: `${namespace}.bench.example`,
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        clientConfig: { url: `${url}${path}`, caBundle },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['pods'] }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        ...extra,
      },
    ],
  });
  const pair = (namespace: string, mutatingPath: string) => [
    webhook('MutatingWebhookConfiguration', namespace, mutatingPath, { reinvocationPolicy: 'IfNeeded' }),
    webhook('ValidatingWebhookConfiguration', namespace, 'allow'),
  ];
  const items = [
    ...namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    runtimeClass('bench', 'bench'),
    ...pair('bench-bare', 'allow'),
    ...pair('bench-patching', 'patch'),
  ];
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const { exitCode, stderr } = await controlPlane.kubectl(['apply', '-f', '-'], { input: list });
  if (exitCode !== 0) throw new Error(stderr);
  await Promise.all(namespaces.map((namespace) => untilServiceAccount(controlPlane, namespace)));
  return [
    await installFor(controlPlane, 'shimgate', sentNamespace, false),
    await installFor(controlPlane, answeringRelease, answeredNamespace, true),
  ];
}

/** Pods are refused until the namespace's default ServiceAccount is there. */
async function untilServiceAccount(controlPlane: ControlPlane, namespace: string): Promise<void> {
  const args = ['wait', '--for=create', 'serviceaccount/default', '--namespace', namespace, '--timeout=30s'];
  const { exitCode, stderr } = await controlPlane.kubectl(args);
  if (exitCode !== 0) throw new Error(stderr);
}

async function startAllowServer(
  controlPlane: ControlPlane,
): Promise<{ readonly url: string; readonly caBundle: string }> {
  const validity = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 60 * 60_000) };
  const authority = await makeAuthority('bench', validity);
  const serving = await makeServingCertificate(authority, ['127.0.0.1'], validity);
  const { root } = controlPlane.description.directory;
  const files = [path.join(root, 'allow.crt'), path.join(root, 'allow.key')] as const;
  await writeFile(files[0], serving.cert);
  await writeFile(files[1], serving.key, { mode: 0o600 });
  const args = [...files, JSON.stringify(annotations)];
  const child = fork(path.join(import.meta.dirname, 'allow-server.ts'), args, { env: controlPlane.env });
  const [port] = (await once(child, 'message')) as [number];
  child.unref();
  child.channel?.unref();
  return { url: `https://127.0.0.1:${port}/`, caBundle: Buffer.from(authority.cert).toString('base64') };
}
