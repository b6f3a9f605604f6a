import { readFileSync } from 'node:fs';
import type { RunningPod } from '../support/installation/running-pod.ts';
import { metric, page } from '../support/installation/webhook-pages.ts';

/** How a replica is at a moment. */
export type Sample = {
  /** Milliseconds since the first one. */
  readonly atMs: number;
  readonly residentMiB: number;
  /** What V8 has in use; its least over a while is what garbage collection leaves. */
  readonly heapMiB: number;
  /** 99th percentile of the event loop's delay since the sample before, in milliseconds. */
  readonly delayMs: number;
  /** What keeps the process busy: sockets, timers, files. */
  readonly handles: number;
};

/** @param atMs milliseconds since the first sample */
export async function sampleOf(pod: RunningPod, atMs: number): Promise<Sample> {
  const metrics = await page(pod, '/metrics');
  const read = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1]);
  const status = readFileSync(`/proc/${pod.pid}/status`, 'utf8');
  return {
    atMs,
    residentMiB: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024,
    heapMiB: read('nodejs_heap_size_used_bytes') / 1024 / 1024,
    delayMs: read('nodejs_eventloop_lag_p99_seconds') * 1000,
    handles: await metric(pod, 'nodejs_active_resources'),
  };
}

/** By how much memory grows, in MiB an hour: the slope of the straight line that fits the samples best. */
export function slopeOf(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
  const hours = samples.map(({ atMs }) => atMs / 3_600_000);
  const sizes = samples.map(({ residentMiB }) => residentMiB);
  const [meanHours, meanSize] = [mean(hours), mean(sizes)];
  const covariance = hours.reduce((sum, hour, index) => sum + (hour - meanHours) * ((sizes[index] ?? 0) - meanSize), 0);
  return covariance / hours.reduce((sum, hour) => sum + (hour - meanHours) ** 2, 0);
}

/** The least heap in use of each quarter of the samples, in MiB: it grows where something is kept that nobody needs. */
export function heapFloors(samples: readonly Sample[]): readonly number[] {
  const start = (quarter: number) => Math.floor((quarter * samples.length) / 4);
  return [0, 1, 2, 3].map((quarter) =>
    Math.min(...samples.slice(start(quarter), start(quarter + 1)).map(({ heapMiB }) => heapMiB)),
  );
}
