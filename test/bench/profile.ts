import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Table from 'cli-table3';
import type { Cores } from '../support/load/cores.ts';
import { readProfile, type CpuProfile, type SelfTime } from './cpu-profile.ts';
import { patchIn } from './expected-answers.ts';
import { LoadProcess } from '../support/load/load-process.ts';
import { makeMutatingReview } from '../support/load/pod-review.ts';
import { profileGroups } from './profile-groups.ts';
import { makeCertificate, startShimgate, stop } from '../support/load/servers.ts';

const warmUpMs = 3_000;
const measureMs = 10_000;
const shownFunctions = 40;

/**
 * Runs /mutate in a server under --cpu-prof.
 *
 * @param directory an empty one, for certificate and profile
 * @returns a table of where the time went, by group and by function
 */
export async function profile(directory: string, cores: Cores): Promise<string> {
  const certificate = await makeCertificate(directory);
  const load = new LoadProcess();
  const flags = ['--cpu-prof', `--cpu-prof-dir=${directory}`, '--cpu-prof-interval=500'];
  const server = await startShimgate(certificate, cores, { nodeFlags: flags });
  try {
    await load.open('mutate', {
      target: { port: server.port, path: '/mutate?timeout=10s', authority: certificate.authority },
      body: await makeMutatingReview(),
      connections: 8,
      serverPid: server.pid,
    });
    await load.drive('mutate', warmUpMs);
    const steadyFrom = clockMicroseconds();
    const { answer, requests } = await load.drive('mutate', measureMs);
    patchIn(answer);
    const steadyTo = clockMicroseconds();
    await load.end();
    await stop(server);
    const file = (await readdir(directory)).find((name) => name.endsWith('.cpuprofile')) ?? '';
    const text = await readFile(join(directory, file), 'utf8');
    const times = await readProfile(JSON.parse(text) as CpuProfile, steadyFrom, steadyTo);
    return describe(
      times.filter(({ group }) => group !== 'idle'),
      requests,
    );
  } finally {
    await load.end();
    await stop(server);
  }
}

/** The clock that V8 stamps its samples with. */
function clockMicroseconds(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

function describe(times: readonly SelfTime[], requests: number): string {
  const total = sum(times);
  const row = (name: readonly string[], one: number) => [
    ...name,
    ((one / total) * 100).toFixed(1),
    (one / requests).toFixed(2),
  ];
  const style = { head: [], border: [], compact: true };
  const groups = new Table({
    head: ['group', '% of time', 'µs/request'],
    colAligns: ['left', 'right', 'right'],
    style,
  });
  const byGroup = profileGroups
    .map((group) => ({ group, spent: sum(times.filter((time) => time.group === group)) }))
    .filter(({ spent }) => spent > 0)
    .toSorted((a, b) => b.spent - a.spent);
  for (const { group, spent } of byGroup) groups.push(row([group], spent));
  const functions = new Table({
    head: ['function', 'where', 'group', '% of time', 'µs/request'],
    colAligns: ['left', 'left', 'left', 'right', 'right'],
    style,
  });
  for (const { name, where, group, microseconds } of times.slice(0, shownFunctions)) {
    functions.push(row([name, where, group], microseconds));
  }
  return `POST /mutate, ${requests} requests; the profiler itself slows the server.\n${groups.toString()}\n${functions.toString()}\n`;
}

function sum(times: readonly SelfTime[]): number {
  return times.reduce((total, { microseconds }) => total + microseconds, 0);
}
