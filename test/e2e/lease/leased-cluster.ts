import { stat } from 'node:fs/promises';
import { Cluster } from '../../support/cluster/cluster.ts';
import type { ClusterDescription } from '../../support/cluster/clients.ts';
import { eventually } from '../../support/eventually.ts';
import { markedProcesses } from '../../support/processes/marked-processes.ts';
import { cleanCluster } from './clean-cluster.ts';
import { sharedVariable, type SharedControlPlane } from './shared-control-planes.ts';

/** What a file ended a moment ago may still be on its way out. */
const endingMs = 3_000;

/**
 * A control plane that test files use one after the other, for those that stop none of its processes and want no flags of
 * their own. It is as new when a file gets it, and when it gives it back it is made so again.
 */
export class LeasedCluster extends Cluster {
  readonly #shared: SharedControlPlane;

  private constructor(description: ClusterDescription, shared: SharedControlPlane) {
    super(description);
    this.#shared = shared;
  }

  /**
   * Gets this Jest worker's control plane.
   *
   * @throws Error where an earlier file left something that cannot be taken away
   */
  static async lease(): Promise<LeasedCluster> {
    const all = JSON.parse(process.env[sharedVariable] ?? '[]') as readonly SharedControlPlane[];
    const shared = all[Number(process.env['JEST_WORKER_ID']) - 1];
    if (shared === undefined) throw new Error(`No control plane is shared: ${sharedVariable} does not name one.`);
    const cluster = new LeasedCluster(await fromNowOn(shared.description), shared);
    // A file that failed in the middle gave nothing back.
    for (const pid of await cluster.#strangers()) process.kill(pid, 'SIGKILL');
    await cleanCluster(cluster.api, shared.baseline);
    return cluster;
  }

  /**
   * Takes out what was put into the cluster, and gives it back.
   *
   * @throws Error where a process was left running, or the cluster cannot be made as it was
   */
  async release(): Promise<void> {
    try {
      await eventually(async () => {
        const left = await this.#strangers();
        if (left.length > 0) throw new Error(`Processes were left running in the cluster: ${left.join(', ')}.`);
      }, endingMs);
      await cleanCluster(this.api, this.#shared.baseline);
    } finally {
      this.disconnect();
    }
  }

  async #strangers(): Promise<readonly number[]> {
    const marked = await markedProcesses(this.description.runId);
    return marked.filter((pid) => !this.#shared.processes.includes(pid));
  }
}

/** The same without what the audit log has so far, which is of others. */
async function fromNowOn(description: ClusterDescription): Promise<ClusterDescription> {
  if (description.auditLogPath === undefined) return description;
  return { ...description, auditLogStart: (await stat(description.auditLogPath)).size };
}
