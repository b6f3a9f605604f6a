/**
 * The load, as a process of its own: it is sent an order, drives it, and answers with what it measured. Started with
 * fork; ends when its parent goes.
 */
import { readCpuSeconds } from './process-cpu.ts';
import { KeepAliveConnection, type Target } from './keep-alive-connection.ts';

export type LoadOrder = {
  readonly target: Target;
  /** Body of every request. */
  readonly body: string;
  readonly connections: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** The server's process, whose processor time is read at both ends. */
  readonly serverPid: number;
};

export type LoadResult = {
  /** Answered while it was measured. */
  readonly requests: number;
  /** Answered in all, the warm-up included. */
  readonly answered: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Undefined where the system does not tell. */
  readonly serverCpuSeconds: number | undefined;
  readonly loadCpuSeconds: number;
  /** The first answer, for the parent to judge; each other answer was of the same length. */
  readonly answer: string;
};

process.on('message', (order: LoadOrder) => {
  void drive(order).then((result) => process.send?.(result));
});
process.once('disconnect', () => {
  process.exit();
});

async function drive(order: LoadOrder): Promise<LoadResult> {
  let answer: Buffer | undefined;
  let answered = 0;
  let isMeasured = false;
  const latencies: number[] = [];
  const onAnswer = (body: Buffer, ms: number) => {
    answer ??= Buffer.from(body);
    if (body.length !== answer.length) throw new Error(`answers differ: ${answer.toString()} and ${body.toString()}`);
    answered++;
    if (isMeasured) latencies.push(ms);
  };
  const connections = await Promise.all(
    Array.from({ length: order.connections }, () => KeepAliveConnection.open(order.target, order.body, onAnswer)),
  );
  for (const connection of connections) connection.start();
  await elapsed(order.warmUpMs);

  isMeasured = true;
  const started = performance.now();
  const [serverCpu, loadCpu] = [readCpuSeconds(order.serverPid), process.cpuUsage()];
  await elapsed(order.measureMs);
  const { user, system } = process.cpuUsage(loadCpu);
  const serverCpuAfter = readCpuSeconds(order.serverPid);
  const seconds = (performance.now() - started) / 1000;
  const measured = Float64Array.from(latencies).sort();
  for (const connection of connections) connection.close();
  return {
    requests: measured.length,
    answered,
    seconds,
    p50Ms: quantile(measured, 0.5),
    p99Ms: quantile(measured, 0.99),
    serverCpuSeconds: serverCpu === undefined || serverCpuAfter === undefined ? undefined : serverCpuAfter - serverCpu,
    loadCpuSeconds: (user + system) / 1e6,
    answer: answer?.toString('utf8') ?? '',
  };
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
