import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, jest, test } from '@jest/globals';
import { systemOf } from '../../scripts/release/executable-format.ts';
import { bundleProgram, executable, type Program } from '../../scripts/release/executables.ts';
import { nodeLicence, targets } from '../../scripts/release/node-binaries.ts';
import { version } from '../../src/cli/version.ts';
import { directoryForTests } from '../support/directory-for-tests.ts';
import { runProgram } from '../support/processes/run-program.ts';

jest.setTimeout(300_000);

const directory = directoryForTests();
let program: Program;

beforeAll(async () => {
  program = await bundleProgram();
});

test.each(targets)('an executable is made for $os on $arch', async (target) => {
  const content = await executable(program, target);
  expect(systemOf(content)).toBe(`${target.os}/${target.arch}`);
  // What a Node looks for in itself when it starts, turned on. Source: Node.js, src/node_sea.cc.
  expect(content.includes('NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1')).toBe(true);
  expect(content.includes(program.modules.get('start.js') ?? 'no module')).toBe(true);
});

test('it runs wherever it lies, and takes no module that lies beside it', async () => {
  const [target] = targets;
  if (target === undefined) throw new Error('no target');
  const folder = path.join(directory, 'a # b%20c');
  const decoy = "process.stdout.write('decoy');\n";
  await mkdir(path.join(folder, 'node_modules', 'supports-color'), { recursive: true });
  for (const name of ['start.js', 'node_modules/supports-color/index.js'])
    await writeFile(path.join(folder, name), decoy);
  const file = path.join(folder, 'shimgate');
  await writeFile(file, await executable(program, target), { mode: 0o755 });
  await symlink(file, path.join(directory, 'kubectl-shimgate'));
  const env = { DEBUG: '*', PATH: '/nowhere' };
  const said = await runProgram(path.join(directory, 'kubectl-shimgate'), ['version', '-o', 'json'], {
    env,
    cwd: folder,
  });
  expect({ exitCode: said.exitCode, stderr: said.stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(JSON.parse(said.stdout)).toMatchObject({ version, platform: process.platform });
});

test('the licence of Node is there for all of them', async () => {
  expect(await readFile(await nodeLicence(), 'utf8')).toContain('Node.js is licensed for use as follows');
});
