import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inTemporaryFolder } from '../prepare/ending.ts';
import { runInNamespaces } from '../prepare/in-namespaces.ts';
import { recordVariable } from '../stage/record.ts';
import type { PodOutcome } from '../stage/outcome.ts';
import type { Cell, CellPrograms } from './cells.ts';

/** What a cell runs, each by itself: the table of pods, and what pulls for a runtime with a snapshotter of its own do. */
export const suites = ['table', 'pulls'] as const;

export type Suite = (typeof suites)[number];

/** What a run of one suite in a cell saw. */
export type CellResult = {
  readonly cell: Cell;
  readonly versions: CellPrograms['versions'];
  /** The day of the run, such as 2026-11-28. */
  readonly day: string;
  readonly passed: number;
  /** Names of the tests that failed, or why they did not begin. */
  readonly failed: readonly string[];
  /** The table of pods: what shimgate said of each, and what the node did with it. Empty where it did not come to that. */
  readonly pods: readonly { readonly pod: string; readonly said: readonly string[]; readonly outcome: PodOutcome }[];
  /** Pulls for a runtime with a snapshotter of its own, by the name of the pod: `own-` with the annotation, `bare-` without. */
  readonly pulls: readonly {
    readonly pod: string;
    readonly outcome: PodOutcome;
    readonly snapshotters: readonly string[];
  }[];
  /** `status.runtimeHandlers` of the node; undefined where the kubelet says nothing of them. */
  readonly handlers: readonly ReportedHandler[] | undefined;
};

type ReportedHandler = {
  readonly name?: string;
  readonly features?: Readonly<Partial<Record<'recursiveReadOnlyMounts' | 'userNamespaces', boolean>>>;
};

type TestResults = {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly name: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
};

const testsOf: Readonly<Record<Suite, string>> = {
  table: 'test/node/runtimes\\.test',
  pulls: 'test/node/pulls\\.test',
};

/** Runs one suite of a cell with its programs. */
export function runCell(
  cell: Cell,
  { versions, controlPlane, shared }: CellPrograms,
  suite: Suite,
): Promise<CellResult> {
  return inTemporaryFolder(path.join(tmpdir(), 'shimgate-cell-'), async (folder) => {
    const resultsFile = path.join(folder, 'tests.json');
    const args = ['--testPathPatterns', testsOf[suite], '--json', `--outputFile=${resultsFile}`];
    await runInNamespaces(shared, args, {
      SHIMGATE_E2E_BINARIES: JSON.stringify(controlPlane),
      [recordVariable]: folder,
    });
    const results = await readPart<TestResults>(resultsFile);
    const seen = (part: string) => path.join(folder, `${part}.json`);
    return {
      ...{ cell, versions, day: new Date().toISOString().slice(0, 10) },
      passed: results?.numPassedTests ?? 0,
      failed: results === undefined ? ['no test ran'] : failuresIn(results),
      pods: (await readPart<CellResult['pods']>(seen('pods'))) ?? [],
      pulls: (await readPart<CellResult['pulls']>(seen('pulls'))) ?? [],
      handlers: (await readPart<{ readonly listed?: CellResult['handlers'] }>(seen('handlers')))?.listed,
    };
  });
}

function failuresIn({ testResults }: TestResults): readonly string[] {
  return testResults.flatMap(({ assertionResults, message, name }) =>
    assertionResults.length === 0 && message !== ''
      ? [`${path.basename(name)} did not begin`]
      : assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  );
}

/** @returns undefined where the run did not come so far */
async function readPart<T>(file: string): Promise<T | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}
