import { stopSharedControlPlanes } from './shared-control-planes.ts';

/** Jest calls this once, after the last test file of the project. */
export default async function tearDown(): Promise<void> {
  await stopSharedControlPlanes();
}
