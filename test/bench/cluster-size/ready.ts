import { eventually } from '../../support/eventually.ts';
import type { RunningPod } from '../../support/installation/running-pod.ts';
import { logEntries } from '../../support/installation/webhook-pages.ts';

/** Milliseconds from the start of the process until it was ready, as it logs them. */
export function readyMs(pod: RunningPod): Promise<number> {
  return eventually(() => {
    const entry = logEntries(pod).find(({ msg }) => msg === 'ready');
    if (entry === undefined) throw new Error('it has not logged that it is ready');
    return Number(entry['ms']);
  });
}
