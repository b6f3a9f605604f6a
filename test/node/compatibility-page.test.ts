import { expect, test } from '@jest/globals';
import { compatibilityPage } from './matrix/compatibility.ts';
import type { Cell } from './matrix/cells.ts';
import type { CellResult } from './matrix/run-cell.ts';

const latest: Cell = { kubernetes: '1.37', containerd: '2.4' };
const former: Cell = { kubernetes: '1.37', containerd: '1.7' };
const runs = { kind: 'runs', uid: 'some' } as const;

const result = (cell: Cell, more: Partial<CellResult>): CellResult => ({
  ...{ cell, versions: { kubernetes: `${cell.kubernetes}.2`, containerd: `${cell.containerd}.9` }, day: '2026-11-29' },
  ...{ passed: 10, failed: [], pods: [], pulls: [], handlers: undefined },
  ...more,
});

/** The lines of one section of the page. */
const section = (page: string, heading: string) =>
  page
    .split('\n## ')
    .find((part) => part.startsWith(`${heading}\n`))
    ?.split('\n')
    .filter((line) => line !== '') ?? [];

const pullsOf = (...results: readonly CellResult[]) =>
  section(compatibilityPage([latest, former], [], results), 'Pulls for a runtime with a snapshotter of its own');

const pulled = (cell: Cell, own: readonly string[]): CellResult =>
  result(cell, {
    pulls: ['defaults', 'unpack-config', 'use-local-image-pull', 'runtime-platforms'].flatMap((setting) => [
      { pod: `bare-${setting}`, outcome: runs, snapshotters: ['overlayfs', 'native'] },
      { pod: `own-${setting}`, outcome: runs, snapshotters: own },
      { pod: `auto-${setting}`, outcome: runs, snapshotters: own },
    ]),
  });

test('pulls that were run are told with each version, and what they have in common in one line', () => {
  const lines = pullsOf(pulled(latest, ['native']), pulled(former, ['native']));
  expect(lines).not.toContain('Not run.');
  expect(lines).toContain('| 2.4.9 | 10 tests, all as said (2026-11-29) |');
  expect(lines).toContain('| 1.7.9 | 10 tests, all as said (2026-11-29) |');
  const same = 'runs: overlayfs, native | runs: native | runs: native |';
  expect(lines).toContain(`| \`unpack_config\` | 1.7 and 2.4 | ${same}`);
});

test('a pull that does otherwise with one version has a line of its own', () => {
  const failing: CellResult = {
    ...pulled(latest, ['native']),
    passed: 9,
    failed: ['with defaults a pod runs'],
    pulls: [
      {
        pod: 'own-defaults',
        outcome: { kind: 'fails', reason: 'Failed', message: 'no | platforms' },
        snapshotters: [],
      },
    ],
  };
  const lines = pullsOf(failing, pulled(former, ['native']));
  expect(lines).toContain('| 2.4.9 | 9 tests passed, 1 failed (2026-11-29): with defaults a pod runs |');
  expect(lines).toContain('| `defaults` | 2.4 | - | `no \\| platforms` | - |');
  expect(lines).toContain('| `defaults` | 1.7 | runs: overlayfs, native | runs: native | runs: native |');
});

test('what has not been run, or did not begin, is told as such', () => {
  expect(pullsOf()).toContain('Not run.');
  const began = { passed: 0, failed: ['pulls.test.ts did not begin'] };
  expect(pullsOf(result(latest, began))).toContain(
    '| 2.4.9 | 0 tests passed, 1 failed (2026-11-29): pulls.test.ts did not begin |',
  );
  const page = compatibilityPage(
    [latest, former],
    [result(latest, { ...began, failed: ['runtimes.test.ts did not begin'] })],
    [],
  );
  const table = section(page, 'What was run');
  expect(table).toContain('| 2.4.9 | 0 tests passed, 1 failed (2026-11-29): runtimes.test.ts did not begin |');
  expect(table).toContain('| 1.7 | not run |');
});
