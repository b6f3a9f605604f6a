import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { codes, type FindingCode } from '../../../src/finding/codes.ts';
import { runShimgate } from './run-shimgate.ts';

const reasons = readFileSync(join(import.meta.dirname, '../../../docs/reasons.md'), 'utf8');

/** A text without its line breaks and indentation. */
function flat(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** What docs/reasons.md says below the heading of a code. */
function documented(code: string): { readonly meaning: string; readonly fix: string } {
  const section = reasons.split('\n### ').find((one) => one.startsWith(`${code}\n`)) ?? '';
  const [, , meaning = '', fix = ''] = section.split('\n\n');
  return { meaning, fix: fix.replace('**Fix:** ', '') };
}

describe('explain prints', () => {
  test.each<FindingCode>(['AbsolutePath', 'UndeclaredHandler', 'HandlerWithoutFeatures'])(
    'of %s what docs/reasons.md says, in lines that fit a terminal',
    async (code) => {
      const { code: exitCode, stdout, stderr } = await runShimgate(['explain', code]);
      expect([exitCode, stderr]).toEqual([0, '']);
      const { meaning, fix } = documented(code);
      expect(meaning).not.toBe('');
      expect(flat(stdout)).toContain(`MEANING: ${flat(meaning)} FIX: ${flat(fix)}`);
      expect(stdout).toMatch(
        new RegExp(
          `^CODE: {6}${code}\nSUBJECT: {3}${codes[code].subject}(?: \\(.+\\))?\nSEVERITY: {2}${codes[code].severity}`,
        ),
      );
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    },
  );

  test('that a code denies in every mode', async () => {
    const { stdout } = await runShimgate(['explain', 'RelativePath']);
    expect(stdout).toContain('SEVERITY:  error, denied in every mode\n');
  });

  test.each([
    ['json', (text: string): unknown => JSON.parse(text)],
    ['yaml', (text: string): unknown => parse(text)],
  ] as const)('the entry and nothing else with -o %s', async (format, read) => {
    const { code, stdout, stderr } = await runShimgate(['explain', 'AbsolutePath', '-o', format]);
    expect([code, stderr]).toEqual([0, '']);
    expect(read(stdout)).toEqual({ code: 'AbsolutePath', ...codes.AbsolutePath });
  });
});

describe('explain refuses', () => {
  test.each([
    ['a misspelt code', 'AbsolutPath', 'error: there is no code "AbsolutPath"; did you mean AbsolutePath?\n'],
    ['another letter case', 'absolutepath', 'error: there is no code "absolutepath"; did you mean AbsolutePath?\n'],
    ['what is no code at all', 'Frobnicate', 'error: there is no code "Frobnicate"; docs/reasons.md lists them all\n'],
    ['what every object has', 'toString', 'error: there is no code "toString"; docs/reasons.md lists them all\n'],
  ])('%s', async (_, code, message) => {
    expect(await runShimgate(['explain', code])).toEqual({ code: 2, stdout: '', stderr: message });
  });
});
