import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

/** @returns the path of an empty directory, which is removed after the tests of the file that asked */
export function directoryForTests(): string {
  const directory = mkdtempSync(join(tmpdir(), 'shimgate-test-'));
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });
  return directory;
}
