import { startSharedControlPlanes } from './shared-control-planes.ts';

/** Jest calls this once, before the first test file of the project. */
export default async function setUp({ maxWorkers }: { readonly maxWorkers: number }): Promise<void> {
  await startSharedControlPlanes(maxWorkers);
}
