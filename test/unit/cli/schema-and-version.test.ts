import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv, type AnySchema } from 'ajv';
import { parse } from 'yaml';
import { version } from '../../../src/cli/version.ts';
import { runShimgate } from './run-shimgate.ts';

const root = join(import.meta.dirname, '..', '..', '..');

describe('shimgate schema prints', () => {
  test.each([
    [['configuration'], 'test/fixtures/cluster/configuration.yaml', { mode: 'strict' }, 'src/config/configuration'],
    [[], 'test/fixtures/cluster/configuration.yaml', { mode: 'strict' }, 'src/config/configuration'],
    [['values'], 'charts/shimgate/values.yaml', { replicaCount: 1 }, 'charts/shimgate/values'],
  ])('what editors check by: %j', async (args, good, wrong, path) => {
    const { code, stdout } = await runShimgate(['schema', ...args]);
    expect(code).toBe(0);
    const schema = JSON.parse(stdout) as AnySchema;
    expect(schema).toMatchObject({
      $id: `https://raw.githubusercontent.com/shimgate/shimgate/v${version}/${path}.schema.json`,
    });
    // An unknown keyword is an error.
    const validate = new Ajv({ strict: false, strictSchema: true }).compile(schema);
    const value = parse(readFileSync(join(root, good), 'utf8')) as object;
    expect([validate(value), validate.errors]).toEqual([true, null]);
    expect(validate({ ...value, ...wrong })).toBe(false);
  });

  test('nothing else', async () => {
    expect((await runShimgate(['schema', 'other'])).code).toBe(2);
  });
});

test('shimgate version says what runs, for people and for programs', async () => {
  const all = { version, node: process.versions.node, platform: process.platform, arch: process.arch };
  const { stdout } = await runShimgate(['version']);
  expect(stdout).toBe(`shimgate ${version} (Node ${all.node}, ${all.platform} ${all.arch})\n`);
  expect(JSON.parse((await runShimgate(['version', '-o', 'json'])).stdout)).toEqual(all);
});
