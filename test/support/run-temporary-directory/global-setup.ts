import { takeOwnTemporaryDirectory, type OwnTemporaryDirectory } from './own-temporary-directory.ts';

let taken: OwnTemporaryDirectory | undefined;

/** Jest calls this once, before the first test file. */
export default async function setUp(): Promise<void> {
  taken = await takeOwnTemporaryDirectory();
}

/** @throws Error where a test has left something in it */
export async function removeTaken(): Promise<void> {
  await taken?.remove();
  taken = undefined;
}
