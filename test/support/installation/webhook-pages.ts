import type { RunningPod } from './running-pod.ts';

/** One line of the webhook's log. */
export type LogEntry = { readonly level: string; readonly msg?: string } & Readonly<Record<string, unknown>>;

/** All that a replica has logged, line by line; one that is being written is left out. @throws for one that is not JSON */
export function logEntries(pod: RunningPod): readonly LogEntry[] {
  const lines = pod.logs().split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as LogEntry);
}

/** A page of a replica's metrics port. @throws where it does not answer */
export async function page(pod: RunningPod, pathname: string): Promise<string> {
  const response = await pod.get(pathname, 'metrics');
  if (response === undefined) throw new Error(`${pod.identity.name} does not answer at ${pathname}.`);
  return response.text();
}

/** Sum of a metric's samples that have all of these labels; 0 where there is none. */
export async function metric(
  pod: RunningPod,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const samples = (await page(pod, '/metrics')).split('\n').filter((line) => line.startsWith(`${name}{`));
  return samples
    .filter((line) => Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
