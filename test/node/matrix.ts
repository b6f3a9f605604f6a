/**
 * The node tests with other versions: `node test/node/matrix.ts [--kubernetes 1.36] [--containerd 2.0] [--suite pulls] [--again]`.
 * A suite that passed in a cell within a week is not run again there without `--again`. It writes docs/compatibility.md of all
 * that has been run.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { cacheDirectory } from '../support/binaries/find-binary.ts';
import { allCells, pinned, programsOf, type Cell } from './matrix/cells.ts';
import { compatibilityPage } from './matrix/compatibility.ts';
import { runCell, suites, type CellResult, type Suite } from './matrix/run-cell.ts';
import { endOnSignal } from './prepare/ending.ts';
import { prepareShared } from './prepare/shared.ts';

const weekMs = 7 * 24 * 3_600_000;
const page = path.join(import.meta.dirname, '..', '..', 'docs', 'compatibility.md');
const folder = path.join(cacheDirectory(process.env), 'node', 'matrix');

const { values } = parseArgs({
  options: {
    kubernetes: { type: 'string' },
    containerd: { type: 'string' },
    again: { type: 'boolean', default: false },
    suite: { type: 'string' },
  },
});

endOnSignal();
try {
  process.exitCode = await runMatrix();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

/** @returns 1 where a suite that was run failed */
async function runMatrix(): Promise<number> {
  const cells = await allCells();
  const chosen = cells
    .flatMap((cell) => suitesOf(cell).map((suite) => ({ cell, suite })))
    .filter(
      ({ cell: { kubernetes, containerd }, suite }) =>
        (values.kubernetes ?? kubernetes) === kubernetes &&
        (values.containerd ?? containerd) === containerd &&
        (values.suite ?? suite) === suite,
    );
  if (chosen.length === 0)
    throw new Error('There is no such suite, or no such version in test/support/binaries/matrix.');
  await mkdir(folder, { recursive: true });
  const shared = await prepareShared('make matrix', 'without image');
  let failures = 0;
  for (const [index, { cell, suite }] of chosen.entries()) {
    const what = `[${index + 1} of ${chosen.length}] containerd ${cell.containerd}, Kubernetes ${cell.kubernetes}: ${suite}`;
    const known = await resultOf(cell, suite);
    if (known !== undefined && !values.again && isEnough(known)) {
      process.stderr.write(`${what}: passed on ${known.day}\n`);
      continue;
    }
    process.stderr.write(`${what}\n`);
    const result = await runCell(cell, await programsOf(cell, shared), suite);
    await writeFile(fileOf(cell, suite), JSON.stringify(result));
    await writePage(cells);
    process.stderr.write(`${what}: ${result.passed} tests passed, ${result.failed.length} failed\n`);
    if (result.failed.length > 0) failures++;
  }
  await writePage(cells);
  return failures === 0 ? 0 : 1;
}

/** What pulls do is containerd's part: they run with one Kubernetes. */
function suitesOf({ kubernetes }: Cell): readonly Suite[] {
  return kubernetes === pinned.kubernetes ? suites : ['table'];
}

/** Whether a suite need not be run again. */
function isEnough({ failed, day }: CellResult): boolean {
  return failed.length === 0 && Date.now() - Date.parse(day) < weekMs;
}

async function writePage(cells: readonly Cell[]): Promise<void> {
  const text = compatibilityPage(cells, await resultsOf('table', cells), await resultsOf('pulls', cells));
  await writeFile(page, await format(text, { parser: 'markdown', printWidth: 120, proseWrap: 'preserve' }));
}

async function resultsOf(suite: Suite, cells: readonly Cell[]): Promise<readonly CellResult[]> {
  const results = await Promise.all(cells.map((cell) => resultOf(cell, suite)));
  return results.filter((result) => result !== undefined);
}

function fileOf({ kubernetes, containerd }: Cell, suite: Suite): string {
  return path.join(
    folder,
    `kubernetes-${kubernetes}-containerd-${containerd}${suite === 'table' ? '' : `-${suite}`}.json`,
  );
}

async function resultOf(cell: Cell, suite: Suite): Promise<CellResult | undefined> {
  const text = await readFile(fileOf(cell, suite), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as CellResult);
}
