import { locatedSentence } from '../finding/located-finding.ts';
import { maxSettingsBytes, readBoundedFile } from '../follow/read-file.ts';
import { listFiles } from '../manifests/list-files.ts';
import { runPolicyTest, type TestResult } from '../manifests/policy-test/run-policy-test.ts';
import { CommandError, exitCodes } from './exit.ts';
import { junitOf, type JunitSuite } from './junit.ts';
import { styled, writeFindings, writeLines, writeStructured, type OutputFormat, type Piece } from './output.ts';

export type TestFlags = { readonly output: OutputFormat | 'table' | 'junit' };

/** `shimgate test PATH…`: whether verdicts are what an administrator expects. @returns the exit code */
export async function test(paths: readonly string[], { output }: TestFlags): Promise<number> {
  const results: TestResult[] = [];
  for (const path of paths) {
    for (const file of await testsIn(path)) results.push(await runPolicyTest(await read(file), file));
  }
  if (results.length === 0) throw new CommandError(`no file of kind ${kind} in ${paths.join(', ')}`);
  write(results, output);
  writeFindings(results.flatMap(({ faults }) => faults));
  if (results.some(({ faults }) => faults.length > 0)) return exitCodes.failed;
  return failedIn(results) === 0 ? exitCodes.fine : exitCodes.found;
}

const kind = 'PolicyTest';

/** A file that is named is one; in a directory are also manifests and configurations. */
async function testsIn(path: string): Promise<readonly string[]> {
  let files: readonly string[];
  try {
    files = await listFiles(path);
  } catch (error) {
    throw new CommandError(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (files.length === 1 && files[0] === path) return files;
  const found: string[] = [];
  for (const file of files) if (await saysThatItIsOne(file)) found.push(file);
  return found;
}

/** By its own words: the kind stands at the beginning of a line, or is a member of a JSON object. */
async function saysThatItIsOne(file: string): Promise<boolean> {
  return /^(?:\{?[\s"]*)kind"?\s*:\s*"?'?PolicyTest\b/m.test((await read(file)).toString('utf8'));
}

/** What is too large for a test is none. */
async function read(file: string): Promise<Buffer> {
  try {
    return await readBoundedFile(file, maxSettingsBytes);
  } catch (error) {
    throw new CommandError(`cannot read a test: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function failedIn(results: readonly TestResult[]): number {
  return casesOf(results).filter(({ failures }) => failures.length > 0).length;
}

function casesOf(results: readonly TestResult[]) {
  return results.flatMap(({ file, cases }) => cases.map((one) => ({ file, ...one })));
}

function write(results: readonly TestResult[], output: TestFlags['output']): void {
  switch (output) {
    case 'table':
      writeLines([...tableOf(results)]);
      return;
    case 'junit':
      process.stdout.write([...junitOf('shimgate test', results.map(asSuite))].join(''));
      return;
    case 'json':
    case 'yaml':
      writeStructured(
        casesOf(results).map(({ file, line, name, failures }) => ({
          source: { file, line },
          name,
          passed: failures.length === 0,
          failures,
        })),
        output,
      );
  }
}

function asSuite({ file, cases, faults }: TestResult): JunitSuite {
  return { file, cases, errors: faults.map(locatedSentence) };
}

type Line = readonly Piece[];

function* tableOf(results: readonly TestResult[]): Generator<Line, void, undefined> {
  for (const { file, cases } of results) {
    if (cases.length > 0) yield [styled('bold', file)];
    for (const { name, line, failures } of cases) {
      const passed = failures.length === 0;
      yield [
        '  ',
        passed ? styled('green', 'ok    ') : styled('red', 'FAILED'),
        ` ${name}`,
        passed ? '' : ` (line ${line})`,
      ];
      for (const failure of failures) yield [`         ${failure}`];
    }
  }
  const count = casesOf(results).length;
  yield [`${count} ${count === 1 ? 'case' : 'cases'}, ${failedIn(results)} failed.`];
}
