/**
 * The node tests with other versions: `node test/node/matrix.ts [--kubernetes 1.36] [--containerd 2.0] [--again] [--pulls]`.
 * A cell that passed within a week is not run again without `--again`; with `--pulls` it also has what pulls for a runtime with a
 * snapshotter of its own do. It writes docs/compatibility.md of all that has been run.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { cacheDirectory } from '../support/binaries/find-binary.ts';
import { allCells, programsOf, type Cell } from './matrix/cells.ts';
import { compatibilityPage } from './matrix/compatibility.ts';
import { runCell, type CellResult } from './matrix/run-cell.ts';
import { prepareShared } from './prepare/shared.ts';

const weekMs = 7 * 24 * 3_600_000;
const page = path.join(import.meta.dirname, '..', '..', 'docs', 'compatibility.md');
const folder = path.join(cacheDirectory(process.env), 'node', 'matrix');

const { values } = parseArgs({
  options: {
    kubernetes: { type: 'string' },
    containerd: { type: 'string' },
    again: { type: 'boolean', default: false },
    pulls: { type: 'boolean', default: false },
  },
});

try {
  process.exitCode = await runMatrix();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

/** @returns 1 where a cell that was run failed */
async function runMatrix(): Promise<number> {
  const cells = await allCells();
  const chosen = cells.filter(
    ({ kubernetes, containerd }) =>
      (values.kubernetes ?? kubernetes) === kubernetes && (values.containerd ?? containerd) === containerd,
  );
  if (chosen.length === 0) throw new Error('There are no such versions in test/support/binaries/matrix.');
  await mkdir(folder, { recursive: true });
  const shared = await prepareShared('make matrix', 'without image');
  let failures = 0;
  for (const [index, cell] of chosen.entries()) {
    const what = `[${index + 1} of ${chosen.length}] containerd ${cell.containerd}, Kubernetes ${cell.kubernetes}`;
    const known = await resultOf(cell);
    if (known !== undefined && !values.again && isEnough(known)) {
      process.stderr.write(`${what}: passed on ${known.day}\n`);
      continue;
    }
    process.stderr.write(`${what}\n`);
    const result = await runCell(cell, await programsOf(cell, shared), values.pulls ? 'table and pulls' : 'table');
    if (result === undefined) return 130;
    await writeFile(fileOf(cell), JSON.stringify(result));
    await writePage(cells);
    process.stderr.write(`${what}: ${result.passed} tests passed, ${result.failed.length} failed\n`);
    if (result.failed.length > 0) failures++;
  }
  await writePage(cells);
  return failures === 0 ? 0 : 1;
}

/** Whether a cell need not be run again. */
function isEnough({ failed, pulls, day }: CellResult): boolean {
  return failed.length === 0 && (pulls.length > 0 || !values.pulls) && Date.now() - Date.parse(day) < weekMs;
}

async function writePage(cells: readonly Cell[]): Promise<void> {
  const results = (await Promise.all(cells.map(resultOf))).filter((result) => result !== undefined);
  const text = compatibilityPage(cells, results);
  await writeFile(page, await format(text, { parser: 'markdown', printWidth: 120, proseWrap: 'preserve' }));
}

function fileOf({ kubernetes, containerd }: Cell): string {
  return path.join(folder, `kubernetes-${kubernetes}-containerd-${containerd}.json`);
}

async function resultOf(cell: Cell): Promise<CellResult | undefined> {
  const text = await readFile(fileOf(cell), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as CellResult);
}
