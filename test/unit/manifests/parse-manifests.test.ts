import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseManifests, type Manifests } from '../../../src/manifests/read-manifests.ts';
import { messageOf } from '../../../src/finding/wording.ts';

const noObject = 'This is no Kubernetes object: it has no apiVersion and kind.';

/** The objects with their lines, and what could not be read. */
function outline({ objects, findings }: Manifests) {
  return {
    objects: objects.map(({ apiVersion, kind, source }) => `${apiVersion} ${kind} ${source.line}`),
    findings: findings.map((found) => `${found.source.line}:${found.source.column} ${messageOf(found)}`),
  };
}

function parse(text: string) {
  return outline(parseManifests(Buffer.from(text), 'manifest.yaml'));
}

/** A text, the objects in it, and what in it cannot be read. */
const texts: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
  ['one document', 'apiVersion: v1\nkind: Pod\n', ['v1 Pod 1'], []],
  ['a comment first', '# a pod\n\napiVersion: v1\nkind: Pod\n', ['v1 Pod 3'], []],
  ['JSON', '{\n  "apiVersion": "apps/v1",\n  "kind": "Deployment"\n}\n', ['apps/v1 Deployment 1'], []],
  [
    'many documents',
    'apiVersion: v1\nkind: Pod\n---\napiVersion: apps/v1\nkind: Deployment\n...\n---\nkind: Node\napiVersion: v1\n',
    ['v1 Pod 1', 'apps/v1 Deployment 4', 'v1 Node 8'],
    [],
  ],
  [
    'documents of nothing, as Helm writes them',
    '---\n# Source: a.yaml\n---\n# Source: b.yaml\napiVersion: v1\nkind: Pod\n---\n\n---\nnull\n',
    ['v1 Pod 5'],
    [],
  ],
  ['nothing at all', '', [], []],
  [
    'a List',
    'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n- kind: Node\n  apiVersion: v1\n',
    ['v1 Pod 4', 'v1 Node 6'],
    [],
  ],
  [
    'a List in JSON',
    '{"apiVersion":"v1","kind":"List","items":[\n{"apiVersion":"v1","kind":"Pod"},\n{"apiVersion":"v1","kind":"Node"}]}',
    ['v1 Pod 2', 'v1 Node 3'],
    [],
  ],
  [
    'a List in a List',
    'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n  - apiVersion: v1\n    kind: Pod\n',
    ['v1 Pod 7'],
    [],
  ],
  ['an empty List', 'apiVersion: v1\nkind: List\nitems: []\n', [], []],
  [
    'a typed list, whose items do not say what they are',
    '{"apiVersion":"node.k8s.io/v1","kind":"RuntimeClassList","items":[\n{"handler":"a"},\n{"handler":"b"}]}',
    ['node.k8s.io/v1 RuntimeClass 2', 'node.k8s.io/v1 RuntimeClass 3'],
    [],
  ],
  [
    'a typed list, one of whose items says what it is',
    'apiVersion: v1\nkind: PodList\nitems:\n- apiVersion: v1\n  kind: Node\n',
    ['v1 Node 4'],
    [],
  ],
  [
    'a List with things that are no objects',
    'apiVersion: v1\nkind: List\nitems:\n- {}\n- null\n- apiVersion: v1\n  kind: Pod\n- text\n- [apiVersion, kind]\n',
    ['v1 Pod 6'],
    [`4:3 ${noObject}`, `5:3 ${noObject}`, `8:3 ${noObject}`, `9:3 ${noObject}`],
  ],
  [
    'something whose kind only ends in List',
    'apiVersion: example.com/v1\nkind: WhiteList\nspec: {}\n',
    ['example.com/v1 WhiteList 1'],
    [],
  ],
  [
    'documents that are no objects, between others',
    'apiVersion: v1\nkind: Pod\n---\nhello\n---\n- a\n---\nkind: Pod\n---\napiVersion: v1\nkind: 1\n---\napiVersion: v1\nkind: Node\n',
    ['v1 Pod 1', 'v1 Node 13'],
    [`4:1 ${noObject}`, `6:1 ${noObject}`, `8:1 ${noObject}`, `10:1 ${noObject}`],
  ],
  [
    'documents that are no YAML, between others',
    'apiVersion: v1\nkind: Pod\n---\na: b: c\n---\napiVersion: v1\nkind: Node\n',
    ['v1 Pod 1', 'v1 Node 6'],
    ['4:4 Nested mappings are not allowed in compact mappings.'],
  ],
  [
    'an alias of nothing, between others',
    'apiVersion: v1\nkind: Pod\n---\na: *b\n---\napiVersion: v1\nkind: Node\n',
    ['v1 Pod 1', 'v1 Node 6'],
    ['4:4 No anchor before the alias has that name.'],
  ],
  [
    'an alias of itself, between others',
    'apiVersion: v1\nkind: Pod\n---\nkind: Pod\napiVersion: v1\nmetadata: &m\n  labels: *m\n---\napiVersion: v1\nkind: Node\n',
    ['v1 Pod 1', 'v1 Node 9'],
    ['7:11 The alias is part of what it stands for.'],
  ],
  [
    'aliases that multiply, between others',
    `apiVersion: v1\nkind: Pod\n---\na: &a [1, 1, 1]\nb: [${'*a, '.repeat(101)}]\n---\napiVersion: v1\nkind: Node\n`,
    ['v1 Pod 1', 'v1 Node 7'],
    ['4:1 The document cannot be read: "Excessive alias count indicates a resource exhaustion attack".'],
  ],
];

describe('a text of manifests', () => {
  test.each(texts)('may hold %s', (_, text, objects, findings) => {
    expect(parse(text)).toEqual({ objects, findings });
  });

  test('gives each object as it is, and where it stands', () => {
    const text = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  unheardOf: [1, null, {x: y}]\n';
    expect(parseManifests(Buffer.from(text), 'pod.yaml')).toEqual({
      objects: [
        {
          apiVersion: 'v1',
          kind: 'Pod',
          value: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', unheardOf: [1, null, { x: 'y' }] } },
          source: { file: 'pod.yaml', line: 1 },
        },
      ],
      findings: [],
    });
  });

  test.each([
    ['lists', '['.repeat(10_000) + ']'.repeat(10_000)],
    ['maps', '{a: '.repeat(10_000) + '}'.repeat(10_000)],
  ])('may hold %s that nest without end, between others', (_, nest) => {
    const { objects, findings } = parse(`apiVersion: v1\nkind: Pod\n---\n${nest}\n---\napiVersion: v1\nkind: Node\n`);
    expect(objects).toEqual(['v1 Pod 1', 'v1 Node 6']);
    expect(findings).toEqual([expect.stringMatching(/^4:\d+ The document is nested too deeply\.$/)]);
  });

  test('that nests without end by indentation is told so', () => {
    const { findings } = parse(`apiVersion: v1\nkind: Pod\n---\n${'- '.repeat(10_000)}\n---\n`);
    expect(findings).toEqual([expect.stringContaining('nested too deeply')]);
  });

  test('gives a finding with all that there is to say where something cannot be read', () => {
    expect(parseManifests(Buffer.from([0xff]), 'pod.yaml').findings).toEqual([
      {
        code: 'UnreadableManifest',
        severity: 'error',
        field: '',
        statement: 'The file is not UTF-8 text.',
        fix: 'Correct the file.',
        source: { file: 'pod.yaml', line: 1, column: 1 },
      },
    ]);
  });

  test('never makes the reader throw', () => {
    const word = fc.constantFrom('apiVersion: v1\n', 'kind: Pod\n', 'kind: List\n', 'items:\n', '- ', '  ', '---\n');
    const text = fc.array(fc.oneof(word, fc.string({ maxLength: 5 })), { maxLength: 20 });
    fc.assert(
      fc.property(text, (parts) => {
        for (const { source } of parseManifests(Buffer.from(parts.join('')), 'x').objects) {
          expect(source.line).toBeGreaterThanOrEqual(1);
        }
      }),
    );
  });
});
