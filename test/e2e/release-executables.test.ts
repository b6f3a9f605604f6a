import { readFile } from 'node:fs/promises';
import { beforeAll, expect, jest, test } from '@jest/globals';
import { systemOf } from '../../scripts/release/executable-format.ts';
import { bundleProgram, executable, type Program } from '../../scripts/release/executables.ts';
import { nodeLicence, targets } from '../../scripts/release/node-binaries.ts';

jest.setTimeout(300_000);

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

test('the licence of Node is there for all of them', async () => {
  expect(await readFile(await nodeLicence(), 'utf8')).toContain('Node.js is licensed for use as follows');
});
