import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { removeOld } from './prepare/ending.ts';
import { eventually } from '../support/eventually.ts';

const ending = path.join(import.meta.dirname, 'prepare', 'ending.ts');

/** A run that makes a folder, and has a program in another session that starts one more. It says when they are there. */
const program = `
import { spawn } from 'node:child_process';
import { endOnSignal, inTemporaryFolder } from ${JSON.stringify(ending)};
const [parent, how] = process.argv.slice(1);
endOnSignal();
try {
  await inTemporaryFolder(parent + '/run-', async () => {
    if (how === 'fails') throw new Error('This failed.');
    const child = spawn('sh', ['-c', 'sleep 1000 & echo $! $$; wait'], { detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
    await new Promise((resolve) => child.once('exit', resolve));
  });
  console.log('went on');
} catch (error) {
  console.log(error.message);
  process.exitCode = 1;
}`;

let parent: string;

beforeAll(() => {
  parent = mkdtempSync(path.join(tmpdir(), 'ending-'));
});

afterAll(() => {
  rmSync(parent, { recursive: true, force: true });
});

function run(how: string) {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program, parent, how], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  return { child, said: () => said, exited: once(child, 'close') };
}

/** One that has ended is there until its parent has asked how. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test.each<[string, readonly NodeJS.Signals[]]>([
  ['Ctrl-C', ['SIGINT']],
  ['an impatient Ctrl-C', ['SIGINT', 'SIGINT', 'SIGTERM']],
  ['SIGTERM', ['SIGTERM']],
  ['a terminal that goes away', ['SIGHUP']],
])('by %s all that was started has ended, and all that was made is removed', async (_, signals) => {
  const { child, said, exited } = run('waits');
  const pids = await eventually(() => {
    const found = said().split(/\s+/).filter(Boolean).map(Number);
    if (found.length < 2) throw new Error(`It has not begun: ${said()}`);
    return found;
  }, 10_000);
  expect(readdirSync(parent)).toHaveLength(1);
  for (const signal of signals) child.kill(signal);
  await exited;
  expect(child.exitCode).toBe(130);
  expect(said()).not.toContain('went on');
  expect(readdirSync(parent)).toEqual([]);
  expect(pids.filter(isRunning)).toEqual([]);
});

test('what fails removes what it made, too, and says why', async () => {
  const { child, said, exited } = run('fails');
  await exited;
  expect([child.exitCode, said()]).toEqual([1, 'This failed.\n']);
  expect(readdirSync(parent)).toEqual([]);
});

test('what killed runs left is removed a day after, and nothing else', async () => {
  for (const name of ['run-old', 'run-young', 'other-old']) {
    const folder = path.join(parent, name);
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'file'), '');
    const hours = name.endsWith('old') ? 25 : 23;
    const made = new Date(Date.now() - hours * 3_600_000);
    utimesSync(folder, made, made);
  }
  await removeOld(parent, (name) => name.startsWith('run-'));
  expect(readdirSync(parent).toSorted()).toEqual(['other-old', 'run-young']);
});
