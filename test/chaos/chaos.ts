/**
 * What becomes of pod creations while things go wrong, on a real API server: two replicas run as the chart's Deployment says,
 * a forwarder on the Service's address that follows readiness two seconds late, failurePolicy Fail, and a steady load.
 *
 * usage: node test/chaos/chaos.ts [--rate PER_SECOND] [WORD...]    runs the scenarios whose name has one of the words, or all
 *
 * Exits with 1 where a creation failed because of the webhook in a scenario in which none may.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { pod } from '../support/cluster/manifests.ts';
import { PodLoad, type LoadReport } from '../support/cluster/pod-load.ts';
import { inProcessScenarios } from './in-process-scenarios.ts';
import { scenarios, type Scenario } from './scenarios.ts';
import { answer, className, onStage, type Stage } from './stage.ts';

type Result = LoadReport & { readonly scenario: Scenario; readonly remark: string; readonly callingErrors: number };

const { values, positionals } = parseArgs({
  options: { rate: { type: 'string', default: '50' } },
  allowPositionals: true,
});
const perSecond = Number(values.rate);
const chosen = [...scenarios, ...inProcessScenarios].filter(
  ({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)),
);

const results = await onStage(async (stage) => {
  const done: Result[] = [];
  let isInProcess = false;
  for (const scenario of chosen) {
    const wanted = scenario.isInProcess ?? false;
    if (wanted !== isInProcess) await answer(stage, wanted);
    isInProcess = wanted;
    done.push(await play(stage, scenario, done.length + 1));
  }
  return done;
});

console.log(`\n${perSecond} creations a second; latencies in milliseconds\n`);
console.log('| while | creations | failed | by the webhook | p50 | p99 | worst | |');
console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |');
for (const { scenario, creations, failures, p50, p99, worst, remark } of results) {
  const latencies = [p50, p99, worst].map((ms) => ms.toFixed(0)).join(' | ');
  const counts = `${creations} | ${failures.length} | ${ofWebhook(failures).length}`;
  console.log(`| ${scenario.name} | ${counts} | ${latencies} | ${remark}${spanOf(failures)} |`);
}
const wrong = results.filter(({ scenario, failures, callingErrors }) => {
  const countedErrors = scenario.provokesFailedCalls === true ? 0 : callingErrors;
  return !scenario.mayFail && ofWebhook(failures).length + countedErrors > 0;
});
for (const { scenario, failures, callingErrors } of wrong) {
  console.log(
    `\nWhile ${scenario.name}, creations failed because of the webhook (the API server counts ${callingErrors}):`,
  );
  for (const { atMs, text } of ofWebhook(failures).slice(0, 5)) console.log(`  after ${Math.round(atMs)} ms: ${text}`);
}
process.exitCode = wrong.length > 0 ? 1 : 0;

async function play(stage: Stage, scenario: Scenario, number: number): Promise<Result> {
  const { client } = stage;
  process.stderr.write(`${scenario.name}\n`);
  const namespace = `chaos-${number}`;
  await client.makeNamespace(namespace);
  await untilCalm(stage, namespace);
  const errorsBefore = await client.callingWebhookErrors();
  let remark = '';
  const report = await PodLoad.during(client, { namespace, className, perSecond }, async (load) => {
    remark = await scenario.run(stage, load, namespace);
  });
  const errorsAfter = await client.callingWebhookErrors();
  // An API server that was started anew counts anew.
  const callingErrors = errorsAfter - (errorsAfter < errorsBefore ? 0 : errorsBefore);
  return { ...report, scenario, remark, callingErrors };
}

/** Waits until what the scenario before has left behind is over. @throws Error where it does not end */
async function untilCalm({ client }: Stage, namespace: string): Promise<void> {
  const deadline = performance.now() + 120_000;
  for (let quick = 0, turn = 0; quick < 20; turn++) {
    const asked = performance.now();
    if (asked > deadline) throw new Error('Creations are slow for two minutes, though nothing happens.');
    const probe = pod(`calm-${turn}`, { runtimeClassName: className });
    const { status } = await client.send('POST', `/api/v1/namespaces/${namespace}/pods`, probe);
    quick = status === 201 && performance.now() - asked < 200 ? quick + 1 : 0;
    await sleep(50);
  }
}

function ofWebhook(failures: LoadReport['failures']): LoadReport['failures'] {
  return failures.filter(({ isWebhooks }) => isWebhooks);
}

/** For how long creations failed because of the webhook. */
function spanOf(failures: LoadReport['failures']): string {
  const times = ofWebhook(failures).map(({ atMs }) => atMs);
  if (times.length === 0) return '';
  return `; from the first failure to the last ${Math.round(Math.max(...times) - Math.min(...times))} ms`;
}
