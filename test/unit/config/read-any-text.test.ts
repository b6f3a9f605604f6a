import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { readConfiguration } from '../../../src/config/read-configuration.ts';
import { messageOf } from '../../../src/finding/wording.ts';

const head = 'apiVersion: config.shimgate.dev/v1alpha1\nkind: ShimgateConfiguration\n';

const sample = readFileSync(new URL('../../fixtures/configurations/section-9.yaml', import.meta.url), 'utf8');

function read(text: string | Uint8Array) {
  return readConfiguration(typeof text === 'string' ? Buffer.from(text) : text, 'shimgate.yaml');
}

/** What is said of a text: where, code and message. */
function told(text: string | Uint8Array) {
  return read(text).findings.map((found) => {
    const { source, code } = found;
    return `${source.line}:${source.column} ${code} ${messageOf(found)}`;
  });
}

describe('a text', () => {
  test('may begin with a byte order mark, which is no column', () => {
    expect(read(`\ufeff${head}`).configuration).toBeDefined();
    expect(told('\ufeff{"kind":1}')).toEqual([
      '1:1 MissingField The field "apiVersion" is missing.',
      '1:9 InvalidValue The value 1 is not allowed.',
    ]);
  });

  test('may end its lines as Windows does', () => {
    expect(told(`${head}mode: warm\n`.replaceAll('\n', '\r\n'))).toEqual([
      '3:7 InvalidValue The value "warm" is not allowed.',
    ]);
  });

  test.each([
    ['UTF-16', Buffer.from(`\ufeff${head}`, 'utf16le')],
    ['Latin-1', Buffer.from('# Größe\n', 'latin1')],
    ['a cut character', Buffer.from('# ζ').subarray(0, 3)],
    ['arbitrary bytes', Buffer.from([0, 255, 254, 128])],
  ])('is refused where it is not UTF-8: %s', (_, bytes) => {
    expect(told(bytes)).toEqual(['1:1 InvalidSyntax The file is not UTF-8 text.']);
  });

  test.each([
    ['nothing', ''],
    ['blank lines', '\n\n  \n'],
    ['a byte order mark', '\ufeff'],
    ['a comment', '# mode: enforce\n'],
    ['document markers', '---\n---\n'],
  ])('is refused where it holds %s', (_, text) => {
    expect(told(text)).toEqual(['1:1 InvalidSyntax The configuration is empty.']);
  });

  test('may stand between empty documents', () => {
    expect(read(`---\n# Source: configmap.yaml\n---\n${head}---\n`).configuration).toBeDefined();
  });

  test.each([
    ['lists', '['.repeat(10_000) + ']'.repeat(10_000)],
    ['lists that nobody closes', '['.repeat(10_000)],
    ['maps', '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000)],
    ['indented maps', Array.from({ length: 3000 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('')],
    ['indented lists', '- '.repeat(10_000)],
  ])('is refused, in one sentence, where it nests without end: %s', (_, text) => {
    const { configuration, findings } = read(text);
    expect(configuration).toBeUndefined();
    expect(findings.map((found) => `${found.code}: ${messageOf(found)}`)).toEqual([
      'InvalidSyntax: The document is nested too deeply.',
    ]);
  });

  test('may use an alias for what two runtimes share', () => {
    const shared = '{path: /usr/bin/crun, annotations: &both {a: b}}';
    const { configuration } = read(
      `${head}runtimes:\n  a: ${shared}\n  b: {path: /usr/bin/runc, annotations: *both}\n`,
    );
    expect(configuration?.runtimes.get('b')?.annotations).toEqual({ a: 'b' });
  });

  test('cannot reach the prototype of anything', () => {
    const key = '__proto__';
    const text = `{"apiVersion":"config.shimgate.dev/v1alpha1","kind":"ShimgateConfiguration","runtimes":{"${key}":{"runtimeType":"a.b","options":{"${key}":{"polluted":true}}}}}`;
    const { configuration } = read(text);
    expect([...(configuration?.runtimes.keys() ?? [])]).toEqual([key]);
    expect(Object.keys(configuration?.runtimes.get(key)?.options ?? {})).toEqual([key]);
    expect(({} as Readonly<Record<string, unknown>>)['polluted']).toBeUndefined();
  });
});

/** Whatever was read, these hold. */
function expectSound(text: string | Uint8Array): void {
  const { configuration, findings } = read(text);
  expect(configuration === undefined).toBe(findings.some(({ severity }) => severity === 'error'));
  for (const { source } of findings) {
    expect(source.line).toBeGreaterThanOrEqual(1);
    expect(source.column).toBeGreaterThanOrEqual(1);
  }
}

const word = fc.constantFrom(
  ...[
    'a',
    ': ',
    '\n',
    ' ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '&a ',
    '*a',
    '"',
    "'",
    '|\n',
    '>\n',
    '#',
    '!',
    '!!str ',
    '%',
  ],
  ...['? ', '\t', '---\n', '...\n', 'null', '~', '<<', '1', 'true', '\\', '\0', '\ufeff', 'mode', 'runtimes', head],
);

/** The sample, with some of its characters replaced by something else. */
const mutatedText = fc
  .array(fc.record({ at: fc.nat(sample.length), length: fc.nat(12), by: fc.oneof(fc.string(), word) }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((edits) => edits.reduce((text, { at, length, by }) => text.slice(0, at) + by + text.slice(at + length), sample));

/** The sample, with any value in it replaced by any other, or any key given to it. */
const mutatedValue = fc
  .record({ path: fc.array(fc.nat(20), { maxLength: 6 }), key: fc.option(fc.string()), value: fc.jsonValue() })
  .map(({ path, key, value }) => JSON.stringify(replaceAt(parse(sample), path, key ?? undefined, value)));

describe('reading a configuration never throws, and refuses what has an error:', () => {
  test('any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), expectSound), { numRuns: 500 });
  });

  test('any words of YAML', () => {
    const text = fc.array(word, { maxLength: 40 }).map((words) => words.join(''));
    fc.assert(fc.property(text, expectSound), { numRuns: 1000 });
  });

  test('the sample with any text in it replaced', () => {
    fc.assert(fc.property(mutatedText, expectSound), { numRuns: 400 });
  });

  test('the sample with any value in it replaced', () => {
    fc.assert(fc.property(mutatedValue, expectSound), { numRuns: 400 });
  });
});

/** Walks down as long as there is something to walk into; then replaces what is there, or adds a key to it. */
function replaceAt(target: unknown, path: readonly number[], key: string | undefined, value: unknown): unknown {
  const [step, ...rest] = path;
  if (typeof target !== 'object' || target === null || step === undefined) {
    return key !== undefined && isRecord(target)
      ? Object.fromEntries([...Object.entries(target), [key, value]])
      : value;
  }
  const entries: readonly (readonly [string, unknown])[] = Object.entries(target);
  const chosen = step % Math.max(entries.length, 1);
  const changed = entries.map(
    ([name, member], index) => [name, index === chosen ? replaceAt(member, rest, key, value) : member] as const,
  );
  return Array.isArray(target) ? changed.map(([, member]) => member) : Object.fromEntries(changed);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
