/**
 * The load, as a process of its own: it is sent orders, drives what they say, and answers with what it measured. Started
 * with fork; ends when its parent goes.
 */
import { readCpuSeconds } from './process-cpu.ts';
import { KeepAliveConnection, type Target } from './keep-alive-connection.ts';

/** What is sent where. */
export type Load = {
  readonly target: Target;
  /** Body of every request. */
  readonly body: string;
  readonly connections: number;
  /** The server's process, whose processor time is read at both ends. */
  readonly serverPid: number;
};

export type LoadOrder =
  | { readonly kind: 'open'; readonly name: string; readonly load: Load }
  /** Drives what was opened under that name for some milliseconds, and until all that was asked is answered. */
  | { readonly kind: 'drive'; readonly name: string; readonly ms: number };

export type LoadResult = {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** For just these requests; undefined where the system does not tell. */
  readonly serverCpuSeconds: number | undefined;
  readonly loadCpuSeconds: number;
  /** The first answer, for the parent to judge; each other answer was of the same length. */
  readonly answer: string;
};

type Opened = {
  readonly load: Load;
  readonly connections: readonly KeepAliveConnection[];
  latencies: number[];
  answer: Buffer | undefined;
};

const opened = new Map<string, Opened>();

process.on('message', (order: LoadOrder) => {
  void (order.kind === 'open' ? open(order) : drive(order)).then((result) => process.send?.(result));
});
process.once('disconnect', () => {
  process.exit();
});

async function open({ name, load }: LoadOrder & { readonly kind: 'open' }): Promise<string> {
  const onAnswer = (body: Buffer, ms: number) => {
    const answer = (one.answer ??= Buffer.from(body));
    if (body.length !== answer.length) throw new Error(`answers differ: ${answer.toString()} and ${body.toString()}`);
    one.latencies.push(ms);
  };
  const connections = Array.from({ length: load.connections }, () =>
    KeepAliveConnection.open(load.target, load.body, onAnswer),
  );
  const one: Opened = { load, connections: await Promise.all(connections), latencies: [], answer: undefined };
  opened.set(name, one);
  return 'opened';
}

async function drive({ name, ms }: LoadOrder & { readonly kind: 'drive' }): Promise<LoadResult> {
  const one = opened.get(name);
  if (one === undefined) throw new Error(`${name} was not opened`);
  const { serverPid } = one.load;
  one.latencies = [];
  const started = performance.now();
  const [serverCpu, loadCpu] = [readCpuSeconds(serverPid), process.cpuUsage()];
  for (const connection of one.connections) connection.start();
  await new Promise((resolve) => setTimeout(resolve, ms));
  await Promise.all(one.connections.map((connection) => connection.pause()));
  const { user, system } = process.cpuUsage(loadCpu);
  const serverCpuAfter = readCpuSeconds(serverPid);
  const seconds = (performance.now() - started) / 1000;
  const measured = Float64Array.from(one.latencies).sort();
  return {
    requests: measured.length,
    seconds,
    p50Ms: quantile(measured, 0.5),
    p99Ms: quantile(measured, 0.99),
    serverCpuSeconds: serverCpu === undefined || serverCpuAfter === undefined ? undefined : serverCpuAfter - serverCpu,
    loadCpuSeconds: (user + system) / 1e6,
    answer: one.answer?.toString('utf8') ?? '',
  };
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
