import type { ClusterDescription } from '../../support/cluster/clients.ts';
import type { ControlPlane } from '../../support/cluster/control-plane.ts';
import { startControlPlane } from '../../support/cluster/start-control-plane.ts';
import { markedProcesses } from '../../support/processes/marked-processes.ts';
import { baselineOf, type Baseline } from './clean-cluster.ts';

/** A control plane that test files use one after the other, as the process that started it tells the others. */
export type SharedControlPlane = {
  readonly description: ClusterDescription;
  readonly baseline: Baseline;
  /** The control plane's own; whatever else carries the run's mark was started by a test file. */
  readonly processes: readonly number[];
};

/** The environment variable by which Jest's workers learn of the control planes: a JSON list, one for each worker. */
export const sharedVariable = 'SHIMGATE_E2E_SHARED';

let controlPlanes: readonly ControlPlane[] = [];

/** Starts as many as there are test files at a time. */
export async function startSharedControlPlanes(count: number): Promise<void> {
  controlPlanes = await Promise.all(
    Array.from({ length: count }, () =>
      startControlPlane({ users: [{ name: 'jane', groups: ['tenants'] }], auditLevel: 'Metadata' }),
    ),
  );
  const shared = await Promise.all(
    controlPlanes.map(async ({ description, api }): Promise<SharedControlPlane> => ({
      description,
      baseline: await baselineOf(api),
      processes: await markedProcesses(description.runId),
    })),
  );
  process.env[sharedVariable] = JSON.stringify(shared);
}

export async function stopSharedControlPlanes(): Promise<void> {
  await Promise.all(controlPlanes.map((controlPlane) => controlPlane.stop()));
}
