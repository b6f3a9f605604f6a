import { removeTaken } from './global-setup.ts';

/** Jest calls this once, after the last test file. @throws Error where a test has left temporary files: the run fails */
export default async function tearDown(): Promise<void> {
  await removeTaken();
}
