import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const fuzz = path.join(import.meta.dirname, '../fuzz/fuzz.ts');

test('generated and damaged requests get the answer that the policies give, and leave no trace', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [fuzz, '--bodies', '3000', '--seed', '1']);
  expect(stdout).toMatch(/^seed 1, 3000 requests\n.* x 200.*\nresident: .*\n$/);
}, 120_000);
