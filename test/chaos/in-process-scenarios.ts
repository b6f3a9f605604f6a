import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { pod } from '../support/cluster/manifests.ts';
import { storedAnnotations } from '../support/cluster/stored-annotations.ts';
import type { PodLoad } from '../support/cluster/pod-load.ts';
import type { Scenario } from './scenarios.ts';
import { className, configuration, configure, type Stage } from './stage.ts';

const second = 1_000;

/** Those in which the API server answers ordinary pods by itself. */
export const inProcessScenarios: readonly Scenario[] = [
  {
    name: 'all replicas are gone for 60 s (SIGKILL), and the API server answers by itself',
    mayFail: false,
    isInProcess: true,
    // What cannot be answered is refused, and is asked for on purpose.
    provokesFailedCalls: true,
    run: loseAllReplicas,
  },
  {
    name: 'the configuration changes every 8 s, and the API server answers by itself',
    mayFail: false,
    isInProcess: true,
    run: changeAnswers,
  },
];

async function loseAllReplicas({ client, installation }: Stage, load: PodLoad, namespace: string): Promise<string> {
  await sleep(5 * second);
  await Promise.all([...installation.pods].map((one) => installation.stopPod(one, 'SIGKILL')));
  const before = load.succeeded;
  const until = load.elapsedMs + 60 * second;
  let refused = 0;
  while (load.elapsedMs < until) {
    const create = (manifest: object) => client.send('POST', `/api/v1/namespaces/${namespace}/pods`, manifest);
    const unknown = await create(pod('unknown', { runtimeClassName: 'unknown' }));
    if (unknown.status !== 403) throw new Error(`A pod of an unknown class: ${unknown.status} ${unknown.text}`);
    const annotations = { 'shimgate.dev/source': 'spoofed' };
    const spoofed = await create(pod('spoofed', { runtimeClassName: className, annotations }));
    if (spoofed.status !== 500) throw new Error(`A pod with a spoofed annotation: ${spoofed.status} ${spoofed.text}`);
    refused += 2;
    await sleep(second);
  }
  const created = load.succeeded - before;
  await installation.startPods();
  await sleep(5 * second);
  await checkAnnotations(client, namespace, ['0']);
  return `${created} pods created meanwhile, with their annotations; ${refused} unknown or spoofed ones refused`;
}

async function changeAnswers(stage: Stage, load: PodLoad, namespace: string): Promise<string> {
  const generations = ['0', '1', '2', '3', '4', '5', '6', '0'];
  for (const generation of generations) {
    await configure(stage, configuration(generation));
    await sleep(8 * second);
  }
  const seen = await checkAnnotations(stage.client, namespace, generations);
  return `${load.succeeded} pods, each with annotations of one of ${seen} generations`;
}

/** @returns how many sets of annotations there are @throws Error for a set that was never right */
async function checkAnnotations(
  client: Stage['client'],
  namespace: string,
  generations: readonly string[],
): Promise<number> {
  const right = generations.map((generation) => ({
    'example.com/generation': generation,
    'shimgate.dev/runtime-type': 'io.containerd.kata.v2',
    'shimgate.dev/shim-binary': 'containerd-shim-kata-v2',
    'shimgate.dev/source': 'configured',
  }));
  const stored = await storedAnnotations(client, namespace);
  const wrong = stored.filter((one) => !right.some((other) => isDeepStrictEqual(one, other)));
  if (wrong.length > 0) throw new Error(`Pods are stored with ${JSON.stringify(wrong[0])}.`);
  return stored.length;
}
