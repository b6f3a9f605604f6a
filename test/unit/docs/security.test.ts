import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..', '..', '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** Tables of what somebody may want to do, by how their first line begins; the tables of rights say why each is given. */
const threatHeads = ['input', 'they can', 'they cannot', 'an attacker can'];

type Row = { readonly head: string; readonly what: string; readonly rest: string };

/** The rows of all tables of a page. */
function rowsOf(markdown: string): readonly Row[] {
  let head = '';
  return markdown.split('\n').flatMap((line) => {
    const cells = /^\| (.+?) \| (.+) \|$/.exec(line);
    if (cells === null) {
      if (!line.startsWith('|')) head = '';
      return [];
    }
    const [, what = '', rest = ''] = cells;
    if (/^-+$/.test(what)) return [];
    if (head !== '') return [{ head, what, rest }];
    head = what;
    return [];
  });
}

const rows = rowsOf(read('docs/security.md'));
const threats = rows.filter(({ head }) => threatHeads.includes(head));
const testsIn = (text: string) => [...text.matchAll(/`(test\/[^`]+)`/g)].map(([, file = '']) => file);

describe('the threat model', () => {
  test('has tables of threats and tables of rights, and no others', () => {
    expect(threats.length).toBeGreaterThan(45);
    expect([...new Set(rows.map(({ head }) => head))].toSorted()).toEqual([...threatHeads, 'check', 'rule'].toSorted());
  });

  test.each(threats.map(({ what, rest }) => [what, rest] as const))('names a test for: %s', (_, rest) => {
    expect(testsIn(rest)).not.toEqual([]);
  });

  test('names tests that are there, and that test something', () => {
    const missing = threats
      .flatMap(({ rest }) => testsIn(rest))
      .filter(
        (file) =>
          !existsSync(join(root, file)) || !/^\s*test(\.each)?\(/m.test(read(file)) || !file.endsWith('.test.ts'),
      );
    expect(missing).toEqual([]);
  });
});

describe("what files say of the project's habits", () => {
  test('names files that are there', () => {
    const named = rows.filter(({ head }) => head === 'check').flatMap(({ rest }) => [...rest.matchAll(/`([^` ]+)`/g)]);
    const files = named.map(([, file = '']) => file).filter((file) => file !== 'go.sum');
    expect(files.length).toBeGreaterThan(6);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  const workflows = readdirSync(join(root, '.github', 'workflows')).map((file) => join('.github', 'workflows', file));

  test.each(workflows)('is true of %s', (file) => {
    const text = read(file);
    const { permissions, on } = parse(text) as { readonly permissions: unknown; readonly on: object };
    expect(permissions).toEqual({});
    expect(Object.keys(on)).not.toContain('pull_request_target');
    const used = [...text.matchAll(/uses: (\S+)/g)].map(([, action = '']) => action);
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((action) => !/@[0-9a-f]{40}$/.test(action))).toEqual([]);
  });

  test('is true of the image: its base has a digest', () => {
    const bases = [...read('deploy/Dockerfile').matchAll(/^ARG \w+_BASE=(\S+)/gm)].map(([, base = '']) => base);
    expect(bases).toHaveLength(3);
    // One is another one's unless somebody says otherwise.
    expect(bases.filter((base) => !/@sha256:[0-9a-f]{64}$/.test(base))).toEqual(['${BUILD_BASE}']);
  });
});
