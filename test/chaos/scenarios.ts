import { setTimeout as sleep } from 'node:timers/promises';
import { WatchBrake } from '../support/installation/watch-brake.ts';
import { askToRenew, certificateData, deleteCertificate } from '../support/installation/certificate-renewal.ts';
import { DirectQuestions } from '../support/installation/direct-question.ts';
import { eventually } from '../support/eventually.ts';
import { pod } from '../support/cluster/manifests.ts';
import type { PodLoad } from '../support/cluster/pod-load.ts';
import { registrations } from '../support/installation/registration.ts';
import { metric } from '../support/installation/webhook-pages.ts';
import { className, configuration, configure, type Stage } from './stage.ts';

export type Scenario = {
  /** What happens, as the end of a sentence. */
  readonly name: string;
  /** Whether a creation may fail because of the webhook. */
  readonly mayFail: boolean;
  /** Whether the API server is to answer by itself; else every pod is sent. */
  readonly isInProcess?: true;
  /** Whether the scenario itself asks for calls that fail, beside the load. */
  readonly provokesFailedCalls?: true;
  /**
   * @param namespace where the load makes its pods
   * @returns what is worth saying about it
   * @throws Error where something else than a creation failed
   */
  readonly run: (stage: Stage, load: PodLoad, namespace: string) => Promise<string>;
};

const second = 1_000;

export const scenarios: readonly Scenario[] = [
  {
    name: 'nothing happens',
    mayFail: false,
    run: async () => {
      await sleep(20 * second);
      return '20 s';
    },
  },
  {
    name: 'both replicas are replaced, three times',
    mayFail: false,
    run: async ({ installation }) => {
      const before = [...installation.pods];
      const ends: Promise<void>[] = [];
      for (let round = 0; round < 3; round++) ends.push(...(await installation.restartPods()));
      await Promise.all(ends);
      if (before.some(({ exitCode }) => exitCode !== 0)) throw new Error('A replica did not end by itself.');
      return `${ends.length} replicas ended by themselves`;
    },
  },
  {
    name: 'the certificate is renewed every 5 s for a minute, and its CA changed in the middle of it',
    mayFail: false,
    run: renewCertificates,
  },
  {
    name: 'the configuration changes to a valid one and to an invalid one, with one watch held back by 60 s',
    mayFail: false,
    run: holdWatchBack,
  },
  { name: 'the API server is gone for 60 s', mayFail: false, run: loseApiServer },
  {
    name: 'etcd stands still for 10 s',
    mayFail: false,
    run: async ({ cluster }) => {
      cluster.pauseProcess('etcd');
      await sleep(10 * second);
      cluster.resumeProcess('etcd');
      await sleep(10 * second);
      return 'SIGSTOP';
    },
  },
  {
    name: 'the Secret is deleted',
    mayFail: false,
    run: async ({ client, installation }, load) => {
      const before = await certificateData(client, installation);
      const from = load.elapsedMs;
      await deleteCertificate(client, installation);
      await eventually(async () => {
        if ((await certificateData(client, installation))['tls.crt'] !== before['tls.crt']) throw new Error('another');
      });
      const ms = Math.round(load.elapsedMs - from);
      await sleep(5 * second);
      return `the same certificates were there again after ${ms} ms`;
    },
  },
  { name: 'every caBundle is emptied', mayFail: true, run: emptyBundles },
  {
    name: 'one replica is killed (SIGKILL)',
    mayFail: true,
    run: async ({ installation }) => {
      const [victim] = installation.pods;
      if (victim === undefined) throw new Error('There is no replica.');
      await installation.stopPod(victim, 'SIGKILL');
      await sleep(10 * second);
      await installation.startPod();
      await Promise.all(installation.pods.map((one) => one.untilReady()));
      await sleep(3 * second);
      return 'endpoints follow after 2 s';
    },
  },
];

async function renewCertificates({ client, installation }: Stage): Promise<string> {
  const first = await certificateData(client, installation);
  const seen = new Set<string>();
  for (let round = 0; round < 12; round++) {
    await askToRenew(client, installation, round === 5 ? 'authority' : 'certificate');
    await sleep(5 * second);
    seen.add((await certificateData(client, installation))['tls.crt'] ?? '');
  }
  const last = await certificateData(client, installation);
  if (last['ca.crt'] === first['ca.crt']) throw new Error('The CA was not changed.');
  if (seen.size < 11) throw new Error(`There were only ${seen.size} certificates.`);
  return `${seen.size} certificates, two CAs`;
}

async function holdWatchBack(stage: Stage, load: PodLoad): Promise<string> {
  const { cluster, installation } = stage;
  const brake = await WatchBrake.start(cluster.server);
  try {
    // Both are there before the others go, so that the API server's next connections lead to both.
    const goes = [...installation.pods];
    const held = await installation.startPod({ apiServer: brake.url });
    const other = await installation.startPod();
    await Promise.all([held.untilReady(), other.untilReady()]);
    await sleep(5 * second);
    const ends = goes.map((one) => installation.stopPod(one));
    await sleep(8 * second);
    const reads = (result: string) => metric(held, 'shimgate_config_reload_total', { result });
    const asked = await metric(held, 'shimgate_admission_requests_total');
    brake.hold();
    const from = load.elapsedMs;
    await configure(stage, configuration('1'));
    await sleep(25 * second);
    await configure(stage, 'mode: [');
    await sleep(60 * second - (load.elapsedMs - from));
    const answered = (await metric(held, 'shimgate_admission_requests_total')) - asked;
    if (answered === 0) throw new Error('The replica was asked nothing.');
    brake.release();
    await eventually(async () => {
      if ((await reads('failure')) === 0) throw new Error('It has not heard of the invalid one.');
    });
    await configure(stage, configuration('2'));
    await sleep(5 * second);
    // The brake goes with its replica.
    await (await installation.startPod()).untilReady();
    await Promise.all([...ends, installation.stopPod(held)]);
    return `the replica that was held back answered ${answered} requests meanwhile`;
  } finally {
    await brake.stop();
  }
}

async function loseApiServer({ cluster, installation }: Stage, load: PodLoad): Promise<string> {
  const questions = await DirectQuestions.open(cluster, installation);
  await sleep(5 * second);
  await cluster.stopProcess('kube-apiserver', 'at once');
  const until = load.elapsedMs + 60 * second;
  let verdicts = 0;
  while (load.elapsedMs < until) {
    for (const replica of installation.pods) {
      const { allowed } = await questions.ask(replica, '/mutate', 'default', pod('x', { runtimeClassName: className }));
      if (!allowed) throw new Error(`${replica.identity.name} said no while the API server was gone.`);
      verdicts++;
    }
    await sleep(200);
  }
  await cluster.startProcess('kube-apiserver');
  const [back, before] = [load.elapsedMs, load.succeeded];
  await eventually(() => {
    if (load.succeeded === before) throw new Error('No creation has succeeded yet.');
  });
  const ms = Math.round(load.elapsedMs - back);
  await sleep(10 * second);
  return `${verdicts} verdicts meanwhile, asked straight; the first creation ${ms} ms after the API server was ready`;
}

async function emptyBundles({ client, installation }: Stage, load: PodLoad): Promise<string> {
  await sleep(3 * second);
  const from = load.elapsedMs;
  for (const kind of registrations) {
    const path = `/apis/admissionregistration.k8s.io/v1/${kind}s/${installation.release}`;
    const read = async () =>
      JSON.parse(await client.expect('GET', path)) as {
        readonly webhooks: readonly {
          readonly clientConfig: { readonly caBundle?: string; readonly service: object };
        }[];
      };
    const { webhooks } = await read();
    const emptied = webhooks.map((webhook) => ({
      ...webhook,
      clientConfig: { service: webhook.clientConfig.service },
    }));
    await client.expect('PATCH', path, { webhooks: emptied });
    await eventually(async () => {
      if ((await read()).webhooks.some(({ clientConfig }) => clientConfig.caBundle === undefined))
        throw new Error('empty');
    });
  }
  const ms = Math.round(load.elapsedMs - from);
  await sleep(5 * second);
  return `written again in both configurations within ${ms} ms`;
}
