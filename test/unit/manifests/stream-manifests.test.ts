import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { parseManifests, readManifests, type Manifests } from '../../../src/manifests/read-manifests.ts';
import { splitText } from '../../../src/text/split-text.ts';
import { maxDocumentBytes, wholeDocumentBytes } from '../../../src/text/text-part.ts';
import { messageOf } from '../../../src/finding/wording.ts';

/** A text in pieces of a size, as a pipe may bring it. */
async function* inPieces(text: string, size: number): AsyncGenerator<Buffer, void, undefined> {
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += size) yield await Promise.resolve(bytes.subarray(from, from + size));
}

async function read(text: string, size = 64 * 1024): Promise<Manifests> {
  return readManifests(['-'], inPieces(text, size));
}

/** Names with their lines, and what could not be read. */
function outline({ objects, findings }: Manifests) {
  return {
    objects: objects.map(({ apiVersion, kind, value, source }) =>
      [apiVersion, kind, nameOf(value), source.line].join(' '),
    ),
    findings: findings.map((found) => `${found.source.line}:${found.source.column} ${messageOf(found)}`),
  };
}

function nameOf(value: object): string {
  return (value as { readonly metadata?: { readonly name?: string } }).metadata?.name ?? '';
}

const pod = (name: string, text = '') => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, annotations: { text } } });

/** A pod that is as large as pods are at most, and full of what a splitter could stumble over. */
const filling = '{"items": [}] \\" \n---\n- x\nitems:\n...\n'.repeat(500);
const many = Array.from({ length: 40 }, (_, index) => pod(`web-${index}`, filling));

/** Texts of many documents, none of them long. */
const shortTexts = [
  'apiVersion: v1\nkind: Pod\n---\napiVersion: apps/v1\nkind: Deployment\n...\n---\nkind: Node\napiVersion: v1\n',
  '---\n# Source: a.yaml\n---\n# Source: b.yaml\napiVersion: v1\nkind: Pod\n---\n\n---\nnull\n',
  '%YAML 1.2\n---\napiVersion: v1\nkind: Pod\n',
  '# only a comment\n',
  'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n- kind: Node\n  apiVersion: v1\n',
  '{"apiVersion":"v1","kind":"List","items":[\n{"apiVersion":"v1","kind":"Pod"},\n{"apiVersion":"v1","kind":"Node"}]}',
  '{apiVersion: v1, kind: Pod}\n---\n{"apiVersion": "v1", "kind": "Node"}\n',
  '{"apiVersion": "v1", "kind": "Node"}\n---\napiVersion: v1\nkind: Pod\n',
  'apiVersion: v1\r\nkind: Pod\r\n---\r\napiVersion: v1\r\nkind: Node\r\n',
  '\ufeffapiVersion: v1\nkind: Pod\n',
  '--- {apiVersion: v1, kind: Pod}\n--- # nothing\n---\tx: 1\n',
  'apiVersion: v1\nkind: ConfigMap\ndata: {a: "b\n  ---\n  c"}\n---\nhello\n',
  'apiVersion: v1\nkind: Pod\nmetadata: {a: 1, a: 2}\n---\napiVersion: v1\nkind: Node\n',
];

describe('a text that comes in pieces', () => {
  test.each(shortTexts)('has the objects and the faults that it has as a whole: %j', async (text) => {
    const whole = outline(parseManifests(Buffer.from(text), 'stdin'));
    for (const size of [1, 2, 3, 7, 4096]) expect(outline(await read(text, size))).toEqual(whole);
  });

  test('has them wherever it is cut', async () => {
    const texts = fc.array(fc.constantFrom(...shortTexts.filter((text) => !text.startsWith('\ufeff'))), {
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 1, max: 200 }), async (given, size) => {
        const text = given.map((one) => one.replace(/\n?$/, '\n')).join('---\n');
        expect(outline(await read(text, size))).toEqual(outline(await read(text)));
      }),
      { numRuns: 50 },
    );
  });

  test('may be JSON objects that follow each other', async () => {
    const text = `${many
      .slice(0, 3)
      .map((one) => JSON.stringify(one))
      .join('\n')}\n${JSON.stringify(pod('last'))}`;
    expect(outline(await read(text, 1000))).toEqual({
      objects: ['v1 Pod web-0 1', 'v1 Pod web-1 2', 'v1 Pod web-2 3', 'v1 Pod last 4'],
      findings: [],
    });
  });
});

describe('a list that is too long to be parsed whole', () => {
  const list = { apiVersion: 'v1', kind: 'List', items: many };
  const implied = many.map(({ metadata }) => ({ metadata }));
  const typed = { apiVersion: 'v1', kind: 'PodList', items: implied };

  test.each([
    ['JSON on one line', JSON.stringify(list)],
    ['indented JSON', JSON.stringify(list, null, 2)],
    ['YAML', stringify(list)],
    ['YAML with indented items', stringify(list, { indentSeq: true })],
    ['YAML with items at the margin', stringify(list, { indentSeq: false })],
    ['a typed list in JSON', JSON.stringify(typed)],
    ['a typed list in YAML', stringify(typed)],
    ['a list whose kind comes last', `${stringify({ items: many }, { indentSeq: false })}apiVersion: v1\nkind: List\n`],
  ])('has the same objects, on the same lines: %s', async (_, text) => {
    expect(text.length).toBeGreaterThan(2 * wholeDocumentBytes);
    const whole = outline(parseManifests(Buffer.from(text), 'stdin'));
    expect(whole.objects).toHaveLength(many.length);
    expect(outline(await read(text))).toEqual(whole);
    expect(outline(await read(text, 997))).toEqual(whole);
  });

  test.each([
    ['JSON', `${JSON.stringify(list)}\n${JSON.stringify(pod('next'))}`],
    ['YAML', `${stringify(list)}---\n${stringify(pod('next'))}`],
  ])('comes in parts that are no larger than its items, and what follows it is read: %s', async (_, text) => {
    const parts = [];
    for await (const some of splitText(inPieces(text, 1000))) parts.push(...some);
    expect(parts).toHaveLength(many.length + 1);
    const longest = Math.max(...parts.map((part) => ('bytes' in part ? part.bytes.length : 0)));
    expect(longest).toBeLessThan(wholeDocumentBytes / 4);
    expect(outline(await read(text)).objects.at(-1)).toMatch(/^v1 Pod next \d+$/);
  });

  test.each([
    [
      'JSON',
      JSON.stringify({ ...list, items: [...many, { kind: 'Pod' }, pod('last')] }, null, 1).replace(
        '"web-1"',
        '"web-1" "x"',
      ),
    ],
    [
      'YAML',
      stringify({ ...list, items: [...many, { kind: 'Pod' }, pod('last')] }).replace('name: web-1\n', 'name: "web-1\n'),
    ],
  ])('loses only the items that cannot be read, and says where they are: %s', async (_, text) => {
    const { objects, findings } = outline(await read(text));
    expect(objects.map((object) => object.split(' ')[2])).toEqual([
      'web-0',
      ...many.slice(2).map(({ metadata }) => metadata.name),
      'last',
    ]);
    const lineOf = (wanted: string) => text.split('\n').findIndex((line) => line.includes(wanted)) + 1;
    expect(findings.length).toBeGreaterThanOrEqual(2);
    expect(Number(findings[0]?.split(':')[0])).toBeGreaterThanOrEqual(lineOf('web-1'));
    expect(findings.at(-1)).toContain('This is no Kubernetes object: it has no apiVersion and kind.');
  });
});

describe('what is larger than any object', () => {
  const huge = 'x'.repeat(maxDocumentBytes + 1);
  const oversized = expect.stringContaining('This is larger than 16 MiB, which no Kubernetes object is');

  test.each([
    ['a document of YAML', `a: |\n${'  xxxxxxx\n'.repeat(maxDocumentBytes / 10 + 1)}---\n${stringify(pod('next'))}`],
    ['a line of YAML', `a: ${huge}\n---\n${stringify(pod('next'))}`],
    ['a JSON object', `${JSON.stringify({ a: huge })}\n${JSON.stringify(pod('next'))}`],
    ['an item of JSON', JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...many, { huge }, pod('next')] })],
  ])('is passed over, and what follows it is read: %s', async (_, text) => {
    const { objects, findings } = outline(await read(text));
    expect(objects.at(-1)).toContain('v1 Pod next');
    expect(findings).toContainEqual(oversized);
  });
});

test('a template that nobody rendered is one finding, whatever it has', async () => {
  const template = `apiVersion: v1
kind: Pod
metadata: {name: a}
---
apiVersion: {{ .Values.apiVersion }}
kind: Pod
metadata:
  name: {{ .Values.name }}
---
{{- if .Values.more }}
apiVersion: v1
kind: Pod
metadata: {name: {{ .Values.name }}}
{{- end }}
`;
  const { objects, findings } = await read(template);
  expect(objects).toHaveLength(1);
  expect(findings.map((found) => [found.source.line, messageOf(found)])).toEqual([
    [5, expect.stringContaining('a template that was not rendered')],
  ]);
});

test('what is no manifest is not shown', async () => {
  const notes = 'name = "x"\npassword = "not-to-be-shown"\nsecond = not-to-be-shown\napiVersion: v1\n';
  const { findings } = await read(notes);
  expect(findings.length).toBeGreaterThan(0);
  expect(JSON.stringify(findings)).not.toContain('not-to-be-shown');
});

describe('what follows the end of a document', () => {
  const object = (name: string) => `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\n`;
  const unread = 'kubectl passes over what follows the end of a document (...), so that it is not judged.';

  test('is passed over, as kubectl does, and said', async () => {
    const text = `${object('a')}...\n# more\n${object('b')}items:\n- x\n---\n${object('c')}`;
    const { objects, findings } = outline(await read(text));
    expect(objects).toEqual(['v1 Pod a 1', 'v1 Pod c 12']);
    expect(findings).toEqual([`5:1 ${unread}`]);
  });

  test.each(['...\n', '...\n...\n# over\n', '...\n---\n', '...\n\n--- # next\n...\n'])(
    'is nothing where nothing follows: %j',
    async (end) => {
      expect(outline(await read(object('a') + end))).toEqual({ objects: ['v1 Pod a 1'], findings: [] });
    },
  );

  test('is one finding, however long the list in it is', async () => {
    const items = stringify({ apiVersion: 'v1', kind: 'List', items: many });
    const { objects, findings } = outline(await read(`${object('a')}...\n${items}`));
    expect([objects, findings.length]).toEqual([['v1 Pod a 1'], 1]);
  });
});
