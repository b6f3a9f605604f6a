import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const fuzz = path.join(import.meta.dirname, '../fuzz/fuzz.ts');
const guided = path.join(import.meta.dirname, '../fuzz/coverage-guided.ts');

test('generated and damaged requests get the answer that the policies give, and leave no trace', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [fuzz, '--bodies', '3000', '--seed', '1']);
  expect(stdout).toMatch(/^seed 1, 3000 requests\n.* x 200.*\nresident: .*\n$/);
}, 120_000);

test('what others write does no harm where it is changed until it reaches what nothing had reached', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--no-warnings',
    guided,
    '--runs',
    '300',
    '--seed',
    '1',
  ]);
  const lines = stdout.trimEnd().split('\n');
  expect(lines[0]).toBe('seed 1');
  const targets = lines
    .slice(1)
    .map((line) => /^(\w+): (\d+) inputs, (\d+) of them new; (\d+) blocks by the seeds, (\d+) in/.exec(line));
  expect(targets.map((found) => found?.[1])).toEqual(['decode', 'import', 'manifests', 'globs']);
  for (const found of targets) {
    const [inputs, kept, seeded, reached] = (found ?? []).slice(2).map(Number) as [number, number, number, number];
    // It is guided: each target has blocks that its seeds do not reach, and goes on from what did.
    expect({ inputs, isGuided: kept > 0 && seeded > 20 && reached > seeded }).toEqual({ inputs: 300, isGuided: true });
  }
}, 120_000);
