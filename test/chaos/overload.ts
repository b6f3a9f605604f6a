/**
 * Asks one replica ten times what it can take, on loopback, for 30 s: requests fall due at that rate whether those before are
 * answered or not, each on a connection of its own as long as there are any. Then has others abuse a replica (abuses.ts)
 * while ordinary pods are created.
 *
 * usage: node test/chaos/overload.ts [--seconds N] [WORD of an abuse...]
 *
 * With words, only the abuses that are named by one. Exits with 1 where the replica ended, answered with anything but a verdict
 * or 429, took longer than the API server waits, or needed more memory than the chart's limit; and where an abuse slows ordinary
 * pods down, or has any refused.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { takeCores } from '../support/load/cores.ts';
import { LoadProcess } from '../support/load/load-process.ts';
import { makeMutatingReview } from '../support/load/pod-review.ts';
import { makeCertificate, startShimgate, stop, type RunningServer } from '../support/load/servers.ts';
import { abuses } from './abuses.ts';
import { AskingConnection, type Answered } from './asking-connection.ts';
import { judgeAbuse } from './judge-abuse.ts';
import { memoryMiB } from '../support/load/process-memory.ts';

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '30' } },
  allowPositionals: true,
});
const seconds = Number(values.seconds);
const times = 10;
const connections = 950;
/** As webhooks are registered. */
const timeoutMs = 10_000;
/** The memory limit of the chart. */
const limitMiB = 384;

const directory = await mkdtemp(path.join(tmpdir(), 'shimgate-overload-'));
const cores = await takeCores();
const certificate = await makeCertificate(directory);
try {
  const wrong: string[] = positionals.length === 0 ? [...(await overloadOne())] : [];
  const isWanted = (name: string) => positionals.length === 0 || positionals.some((word) => name.includes(word));
  for (const abuse of abuses.filter(({ name }) => isWanted(name))) {
    wrong.push(...(await judgeAbuse(abuse, certificate, cores, { ms: (seconds / 2) * 1000, limitMiB })));
  }
  for (const line of wrong) console.log(`WRONG: ${line}`);
  process.exitCode = wrong.length > 0 ? 1 : 0;
} finally {
  await rm(directory, { recursive: true });
}

async function overloadOne(): Promise<readonly string[]> {
  const server = await startShimgate(certificate, cores);
  try {
    const { authority } = certificate;
    const body = await makeMutatingReview();
    const target = { port: server.port, path: '/mutate', authority };
    const closedLoop = new LoadProcess();
    await closedLoop.open('mutate', { target, body, connections: 16, serverPid: server.pid });
    await closedLoop.drive('mutate', 5_000);
    const { requests, seconds: measured } = await closedLoop.drive('mutate', 5_000);
    await closedLoop.end();
    const capacity = requests / measured;
    const resident = memoryMiB(server.pid, 'VmRSS');
    console.log(`what one replica takes: ${capacity.toFixed(0)} requests a second, ${resident} MiB resident`);
    return await overload(server, capacity * times, body, authority);
  } finally {
    await stop(server);
  }
}

/** @returns what should not have been */
async function overload(
  server: RunningServer,
  perSecond: number,
  body: string,
  authority: string,
): Promise<readonly string[]> {
  const head = ['POST /mutate HTTP/1.1', 'Host: localhost', `Content-Length: ${Buffer.byteLength(body)}`];
  const request = Buffer.from(`${head.join('\r\n')}\r\nContent-Type: application/json\r\n\r\n${body}`);
  const answered: Answered[] = [];
  const free: AskingConnection[] = [];
  const all: AskingConnection[] = [];
  let lost = 0;
  const onAnswer = (connection: AskingConnection, answer: Answered) => {
    answered.push(answer);
    free.push(connection);
  };
  let isOver = false;
  const onEnd = () => {
    if (!isOver) lost++;
  };
  while (all.length < connections) {
    const opened = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        // As two API servers do: one address alone may not have so many.
        AskingConnection.open(
          { port: server.port, authority, localAddress: `127.0.0.${1 + (index % 2)}` },
          request,
          onAnswer,
          onEnd,
        ),
      ),
    );
    all.push(...opened);
  }
  free.push(...all);
  console.log(`${connections} connections: ${memoryMiB(server.pid, 'VmRSS')} MiB resident`);

  let [due, asked, waiting] = [0, 0, 0];
  const began = performance.now();
  while (performance.now() - began < seconds * 1000) {
    const now = ((performance.now() - began) / 1000) * perSecond;
    for (; due < now; due++) {
      const connection = free.pop();
      if (connection === undefined) waiting++;
      else {
        asked++;
        connection.ask();
      }
    }
    await sleep(1);
  }
  const openedAt = performance.now();
  while (answered.length + lost < asked && performance.now() - openedAt < timeoutMs) await sleep(10);
  isOver = true;
  for (const connection of all) connection.close();

  const verdicts = answered.filter(({ status }) => status === 200).map(({ ms }) => ms);
  const shed = answered.filter(({ status }) => status === 429).map(({ ms }) => ms);
  console.log(`due ${due}, of which ${waiting} found every connection waiting for an answer; asked ${asked}`);
  for (const [what, latencies] of [
    ['verdicts', verdicts],
    ['429', shed],
  ] as const) {
    const sorted = latencies.toSorted((a, b) => a - b);
    const at = (share: number) =>
      (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0);
    console.log(`${what}: ${sorted.length}, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms`);
  }
  console.log(`memory: ${memoryMiB(server.pid, 'VmRSS')} MiB resident, peak ${memoryMiB(server.pid, 'VmHWM')} MiB`);
  const worst = answered.reduce((most, { ms }) => Math.max(most, ms), 0);
  const others = answered.filter(({ status }) => status !== 200 && status !== 429).length;
  return [
    ...(server.process.exitCode !== null || server.process.signalCode !== null ? ['the replica ended'] : []),
    ...(lost > 0 ? [`${lost} connections were cut`] : []),
    ...(others > 0 ? [`${others} answers were neither a verdict nor 429`] : []),
    ...(answered.length < asked ? [`${asked - answered.length} requests were not answered`] : []),
    ...(verdicts.length === 0 ? ['nobody got a verdict'] : []),
    ...(worst > timeoutMs ? [`an answer took ${worst.toFixed(0)} ms`] : []),
    ...(memoryMiB(server.pid, 'VmHWM') > limitMiB ? [`it needed more than ${limitMiB} MiB`] : []),
  ];
}
