import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { codes, isDeniedInEveryMode, type FindingCode } from '../../../src/finding/codes.ts';
import type { CodeEntry } from '../../../src/finding/code-entry.ts';
import { codeExamples, exampleFolders, judgedFolders } from '../../support/examples/code-examples.ts';

const source = join(import.meta.dirname, '../../../src');
const names = Object.keys(codes) as readonly FindingCode[];
const entries: Readonly<Record<string, CodeEntry>> = codes;

/** The codes of each file that holds some, by the file's name. */
const byFile = new Map(
  await Promise.all(
    readdirSync(join(source, 'finding'))
      .filter((file) => file.endsWith('-codes.ts'))
      .map(async (file) => {
        const exported = (await import(join(source, 'finding', file))) as Readonly<Record<string, object>>;
        return [file, Object.values(exported).flatMap(Object.keys)] as const;
      }),
  ),
);

describe('the registry of codes', () => {
  test('holds each code of each file, and each code is in one file only', () => {
    expect([...byFile.values()].flat().toSorted()).toEqual(names.toSorted());
  });

  test.each([
    ['name-codes.ts', 'Names'],
    ['runtime-class-codes.ts', 'RuntimeClasses'],
    ['pod-codes.ts', 'Pods'],
    ['configuration-codes.ts', 'Configuration'],
    ['manifest-codes.ts', 'Manifests'],
    ['audit-codes.ts', 'Audit'],
    ['installation-codes.ts', 'Installation'],
    ['import-codes.ts', 'Import'],
    ['containerd-codes.ts', 'Containerd'],
  ])('has in %s the codes about %s, and no others', (file, subject) => {
    const ofSubject = names.filter((name) => entries[name]?.subject === subject);
    expect(byFile.get(file)).toEqual(ofSubject);
    expect(ofSubject).not.toEqual([]);
  });

  test('denies in every mode for names that are paths, and for nothing else', () => {
    expect(names.filter(isDeniedInEveryMode)).toEqual(['AbsolutePath', 'RelativePath', 'WindowsPath']);
  });

  test('has no two codes with the same meaning', () => {
    expect(new Set(names.map((name) => entries[name]?.meaning)).size).toBe(names.length);
  });
});

const examples = await codeExamples();

test('every folder of examples is judged, and every example is of another code', () => {
  expect(exampleFolders()).toEqual(judgedFolders);
  expect(examples.map(({ code }) => code).toSorted()).toEqual(
    [...new Set(examples.map(({ code }) => code))].toSorted(),
  );
});

describe.each(names)('the code %s', (name) => {
  const { severity, meaning, fix } = codes[name];

  test('is written in PascalCase', () => {
    expect(name).toMatch(/^([A-Z][a-z]+)+$/);
  });

  test('says what it means and what to do in sentences', () => {
    for (const text of [meaning, fix]) {
      expect(text).toMatch(/^([A-Z`]|containerd ).*\.$/);
      expect(text).not.toMatch(/\s{2}|\p{Cc}|\.\./u);
    }
  });

  test('has a severity', () => {
    expect(['error', 'warning', 'info']).toContain(severity);
  });

  test('is found in an example, by what finds it in earnest', () => {
    expect(examples.find(({ code }) => code === name)?.message).toContain(`[${name}]`);
  });
});
