import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '..', '..', '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const makefile = readFileSync(join(root, 'Makefile'), 'utf8');

const decisions = readdirSync(join(root, 'docs', 'decisions')).map((name) => `docs/decisions/${name}`);

describe.each(['CONTRIBUTING.md', 'RELEASING.md', 'SECURITY.md', 'VERSIONING.md', 'docs/development.md', ...decisions])(
  '%s',
  (page) => {
    const text = readFileSync(join(root, page), 'utf8');
    const inBackticks = [...text.matchAll(/`([^`\n]+)`/g)].map(([, words = '']) => words);

    test('names only files and folders that are there', () => {
      const paths = inBackticks.filter((words) => /^(src|test|docs|charts|scripts)\/[\w./-]*$/.test(words));
      expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    });

    test('links only to pages that are there', () => {
      const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);
      expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
    });

    test('names only commands that there are', () => {
      const npm = [...text.matchAll(/\bnpm run ([\w:]+)/g)].map(([, name = '']) => name);
      expect(npm.filter((name) => scripts[name] === undefined)).toEqual([]);
      const make = [...text.matchAll(/(?:^|`)make ([\w-]+)/gm)].map(([, name = '']) => name);
      expect(make.filter((name) => !makefile.includes(`\n${name}:`))).toEqual([]);
    });
  },
);

test('every decision is in the list of decisions', () => {
  const list = readFileSync(join(root, 'docs', 'decisions', 'README.md'), 'utf8');
  const notes = decisions.map((file) => file.slice('docs/decisions/'.length)).filter((name) => name !== 'README.md');
  expect(notes.filter((name) => !list.includes(`](${name})`))).toEqual([]);
});
