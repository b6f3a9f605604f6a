import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { parseText, type ParsedText } from '../../../src/text/document.ts';
import { readPlainJson } from '../../../src/text/plain-json.ts';
import { readPlainYaml } from '../../../src/text/plain-yaml.ts';
import { parseTextQuickly } from '../../../src/text/quick-document.ts';
import { anyValue, lineOfYaml, looseJson } from './arbitrary-texts.ts';

/** All that can be asked of a text: values with the order of their keys, places, and problems. */
function outline({ documents, problems }: ParsedText) {
  return {
    documents: documents.map(({ value, start, positionOf, keyPositionOf }) => ({
      value,
      keys: keysOf(value),
      start,
      places: pathsOf(value).map((path) => [path, positionOf(path), keyPositionOf(path)]),
    })),
    problems,
  };
}

function keysOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 'negative zero' : typeof value;
  return Array.isArray(value) ? value.map(keysOf) : Object.entries(value).map(([key, entry]) => [key, keysOf(entry)]);
}

/** The value itself, what it holds, and what that holds. */
function pathsOf(value: unknown, depth = 2): readonly (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null || depth === 0) return [[]];
  const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((entry: unknown, index) => [index, entry] as const)
    : Object.entries(value);
  return [[], ...entries.flatMap(([key, entry]) => pathsOf(entry, depth - 1).map((path) => [key, ...path]))];
}

function expectSame(text: string): void {
  const bytes = Buffer.from(text);
  expect(outline(parseTextQuickly(bytes))).toEqual(outline(parseText(bytes)));
}

describe('a text that is read quickly is read as the exact parser reads it', () => {
  test('whatever lines it is made of', () => {
    fc.assert(
      fc.property(fc.array(lineOfYaml, { maxLength: 7 }), (lines) => {
        expectSame(lines.join(''));
      }),
      { numRuns: 2_000 },
    );
  });

  test('whatever is written as YAML, however wide', () => {
    const options = fc.record({ lineWidth: fc.constantFrom(0, 40, 80), indentSeq: fc.boolean() });
    fc.assert(
      fc.property(anyValue, options, (value, given) => {
        expectSame(stringify(value, given));
      }),
      { numRuns: 500 },
    );
  });

  test('whatever is written as JSON, and not quite', () => {
    fc.assert(fc.property(looseJson, expectSame), { numRuns: 1_000 });
    fc.assert(
      fc.property(anyValue, fc.constantFrom(0, 1, 4), (value, indent) => {
        expectSame(JSON.stringify({ value }, null, indent));
      }),
      { numRuns: 300 },
    );
  });

  test('all the YAML of the project', () => {
    const root = join(import.meta.dirname, '../../..');
    const folders = ['test/fixtures', 'deploy', 'charts', 'docs'];
    const files = folders.flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.(?:ya?ml|json)$/.test(file))
        .map((file) => join(root, folder, file)),
    );
    expect(files.length).toBeGreaterThan(100);
    for (const file of files) {
      for (const text of readFileSync(file, 'utf8').split(/^---\n/m)) {
        const bytes = Buffer.from(text);
        const [quick, exact] = [parseTextQuickly(bytes), parseText(bytes)];
        expect({ file, value: quick.documents.map(({ value, start }) => [value, start]) }).toEqual({
          file,
          value: exact.documents.map(({ value, start }) => [value, start]),
        });
        expect(quick.problems).toEqual(exact.problems);
      }
    }
  });
});

const pod = `# Source: web/templates/pod.yaml
apiVersion: v1
kind: Pod
metadata:
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: |
      {"apiVersion":"v1","kind":"Pod","metadata":{"annotations":{},"name":"web"}}
  creationTimestamp: 2026-01-01T00:00:00Z
  managedFields:
  - fieldsV1:
      f:spec:
        f:containers:
          k:{"name":"main"}:
            .: {}
            f:image: {}
spec:
  containers:
  - args:
    - -c
    - |-
      # not a comment
      exec sleep 3600
    env: []
    image: registry.example.com/main:v1
    resources: {}
  priority: 0
status:
  message: '0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready:
    }. preemption: not helpful'
  phase: Pending
`;

/** So that what is above says something: most of what programs write is read quickly. */
describe('the parser that is fast', () => {
  test.each([
    ['a pod as kubectl prints it', pod],
    ['the same after a marker', `---\n${pod}`],
    ['an item of a list', `- apiVersion: v1\n  kind: Pod\n  spec:\n    hostNetwork: true\n`],
    ['values of all kinds', `a: null\nb: ~\nc:\nd: -1\ne: 0.5\nf: "x\\ny"\ng: 'it''s'\nh: 007\ni: 0x1F\n`],
  ])('reads %s', (_, text) => {
    expect(readPlainYaml(text)).toBeDefined();
    expectSame(text);
  });

  test('reads most of what is written as YAML or JSON', () => {
    const values = fc.sample(anyValue, { numRuns: 200, seed: 1 });
    const isReadAs = (read: (text: string) => unknown, write: (value: unknown) => string) =>
      values.filter((value) => read(write({ value })) !== undefined).length;
    expect(isReadAs(readPlainYaml, (value) => stringify(value))).toBeGreaterThan(80);
    expect(isReadAs(readPlainJson, (value) => JSON.stringify(value, null, 2))).toBeGreaterThan(80);
  });

  test.each([
    ['a tag', 'a: !!str 1\n'],
    ['an anchor and an alias', 'a: &b 1\nc: *b\n'],
    ['a merge key', '<<: {}\n'],
    ['a complex key', '? a\n: b\n'],
    ['a directive', '%YAML 1.2\n---\na: b\n'],
    ['a second document', 'a: b\n---\nc: d\n'],
    ['the end of a document', 'a: b\n...\n'],
    ['a tab', 'a:\tb\n'],
    ['a carriage return', 'a: b\r\n'],
    ['a byte order mark', '\ufeffa: b\n'],
    ['a flow map', 'a: {b: c}\n'],
    ['a number that is infinite', 'a: 1e999\n'],
    ['a key that is no string', 'null: a\n'],
    ['a key that is a number', '1: a\n'],
    ['a key that is there twice', 'a: 1\na: 2\n'],
    ['no end of the last line', 'a: |\n  b'],
    ['a comment behind a value', 'a: b # c\n'],
  ])('leaves %s to the exact one', (_, text) => {
    expect(readPlainYaml(text)).toBeUndefined();
    expectSame(text);
  });

  test.each([
    ['a key that is there twice', '{"a": 1, "a": 2}'],
    ['a tab', '{\t"a": 1}'],
    ['a key with an escape', '{"a\\tb": 1}'],
    ['a long key', JSON.stringify({ ['a'.repeat(1100)]: 1 })],
    ['a key that is far from its colon', '{"a"\n: 1}'],
    ['no object', '[1]'],
    ['a key without quotes', '{a: 1}'],
    ['nesting without end', `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`],
  ])('leaves JSON with %s to the exact one', (_, text) => {
    expect(readPlainJson(text)).toBeUndefined();
    expectSame(text);
  });
});
