import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import { expectGoodAnswer } from './good-review.ts';
import { withWebhook } from './start-webhook.ts';
import { sampleConfiguration, sampleObjects } from './workplace.ts';

/** What the bundle promises to run under is what it is run under here. */
const root = path.join(import.meta.dirname, '..', '..');
const node = path.join(root, 'test', 'support', 'oldest-node', 'node_modules', 'node', 'bin', 'node');
const program = path.join(root, 'dist', 'main.js');
const { engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  readonly engines: { readonly node: string };
};

beforeAll(() => {
  if (!existsSync(node))
    throw new Error('The oldest Node is not there: run `npm ci --prefix test/support/oldest-node` first.');
});

async function run(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(node, args);
  return stdout;
}

test('it is the oldest Node that package.json promises', async () => {
  expect(await run('--version')).toBe(`${engines.node.replace('>=', 'v')}.0\n`);
});

test('resolve runs under it', async () => {
  const resolved = await run(program, 'resolve', 'io.containerd.kata.v2', '-o', 'json');
  expect(JSON.parse(resolved)).toMatchObject({ shimBinary: 'containerd-shim-kata-v2' });
});

test('review runs under it', async () => {
  const config = ['--config', sampleConfiguration, '--objects', sampleObjects];
  const reviewed = await run(program, 'review', '-f', sampleObjects, ...config, '-o', 'json');
  const verdicts = JSON.parse(reviewed) as readonly { readonly allowed: boolean }[];
  expect(verdicts.map(({ allowed }) => allowed)).toContain(true);
});

test('serve runs under it, and answers a pod that is created', async () => {
  await withWebhook({ node }, async ({ client, get, process: { stderr } }) => {
    await expectGoodAnswer(client);
    expect((await get('/metrics')).body).toContain(`node_version="${engines.node.replace('>=', 'v')}.0"`);
    expect(stderr).toBe('');
  });
});
