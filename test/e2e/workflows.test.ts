import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { ensureReleaseBinaries } from '../support/binaries/ensure-binaries.ts';
import { runProgram } from '../support/processes/run-program.ts';

const folder = path.join(import.meta.dirname, '..', '..', '.github', 'workflows');

type Workflow = {
  readonly permissions?: unknown;
  readonly jobs: Readonly<
    Record<
      string,
      { readonly permissions?: unknown; readonly steps: readonly { readonly uses?: string; readonly run?: string }[] }
    >
  >;
};

describe.each(readdirSync(folder))('the workflow %s', (file) => {
  const text = readFileSync(path.join(folder, file), 'utf8');
  const workflow = parse(text) as Workflow;

  test('passes actionlint', async () => {
    const { actionlint } = await ensureReleaseBinaries();
    const { exitCode, stdout } = await runProgram(actionlint, ['-shellcheck=', '-pyflakes=', path.join(folder, file)]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
  });

  test('has no rights but those that its jobs name, and actions by their commits', () => {
    expect(workflow.permissions).toEqual({});
    for (const { permissions, steps } of Object.values(workflow.jobs)) {
      expect(permissions).toEqual(expect.any(Object));
      const used = steps.flatMap(({ uses }) => uses ?? []);
      expect(used.filter((one) => !/^[\w./-]+@[0-9a-f]{40}$/.test(one))).toEqual([]);
    }
  });

  test('puts nothing that others choose into a script', () => {
    const scripts = Object.values(workflow.jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  });
});
