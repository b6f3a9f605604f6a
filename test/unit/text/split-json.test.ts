import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readJsonItem } from '../../../src/text/quick-document.ts';
import { JsonSplitter } from '../../../src/text/split-json.ts';
import { wholeDocumentBytes, type SplitPart } from '../../../src/text/text-part.ts';
import { anyValue } from './arbitrary-texts.ts';

/** As much of a list as makes it too long to be parsed whole: from here on its items are parts. */
const beginning = Buffer.from(
  `{\n    "apiVersion": "v1",\n    "items": [\n        {\n            "a": "${'x'.repeat(wholeDocumentBytes)}"\n        }`,
);
const beginningLines = 6;
const end = '\n    ],\n    "kind": "List"\n}\n';

/** What a text is split into that comes in pieces of a size; the first piece is what makes it long. */
function split(text: Buffer, size: number): { readonly parts: readonly SplitPart[]; readonly rest: string } {
  const splitter = new JsonSplitter();
  const parts: SplitPart[] = [...splitter.push(beginning)];
  for (let from = 0; from < text.length; from += size) {
    const pushed = splitter.push(text.subarray(from, from + size));
    let next = pushed.next();
    for (; next.done !== true; next = pushed.next()) parts.push(next.value);
    // What follows is for another splitter.
    if (next.value !== undefined)
      return { parts, rest: Buffer.concat([next.value, text.subarray(from + size)]).toString('latin1') };
  }
  parts.push(...splitter.end());
  return { parts, rest: '' };
}

/** What is read of a text, however it was found; an item that is not sound is shown as its bytes. */
function outline(text: Buffer, size: number) {
  const { parts, rest } = split(text, size);
  const read = parts.slice(1).map((part) => {
    const { form, line } = part;
    const [bytes, value] = [
      'bytes' in part ? part.bytes : undefined,
      'value' in part ? part.value : readJsonItem('bytes' in part ? part.bytes : Buffer.alloc(0)),
    ];
    const isItem = form === 'item' || form === 'JSON item';
    return { form: isItem ? 'item' : form, line, value: value ?? bytes?.toString('latin1') };
  });
  return { read, rest };
}

const inOnePiece = 1024 * 1024;

/** Far fewer bytes than an item has on its lines: each item is looked through byte by byte. */
const bitByBit = 5;

type Indent = number | string;

/** An item below the bracket of its list, as programs write it. */
function indented(value: unknown, indent: Indent, margin: string): string {
  return `\n${JSON.stringify(value, null, indent)}`.replaceAll('\n', `\n${margin}`);
}

function listed(values: readonly unknown[], indent: Indent, margin: string): string {
  return values.map((value) => `,${indented(value, indent, margin)}`).join('');
}

const objects = fc.array(
  fc.dictionary(fc.constantFrom('a', 'items', 'kind', '{', '}', '\\"', '\n}', ']'), anyValue, {
    noNullPrototype: true,
  }),
  { maxLength: 6 },
);
const indents = fc.constantFrom<Indent>(4, 2, 1, '\t', 0);
const margins = fc.constantFrom('        ', '    ', '\t\t', ' ', '');

describe('items of an indented list', () => {
  test('are found with their lines, by their last line alone', () => {
    fc.assert(
      fc.property(objects, fc.constantFrom<Indent>(4, 2, '\t'), margins, (values, indent, margin) => {
        const withFields = values.map((value) => ({ first: 'é', ...value }));
        const text = listed(withFields, indent, margin);
        const { parts } = split(Buffer.from(`${text}${end}`), inOnePiece);
        let line = beginningLines;
        const expected = withFields.map((value) => {
          const item = indented(value, indent, margin);
          const at = line + 1;
          line += item.split('\n').length - 1;
          return { form: 'item', value: JSON.parse(JSON.stringify(value)) as unknown, line: at };
        });
        const found = parts.slice(1).map((part) => ('value' in part ? { ...part, listHead: undefined } : part));
        expect(found).toEqual(expected.map((part) => ({ ...part, listHead: undefined })));
      }),
    );
  });

  test.each([
    [
      'a bracket within, at the margin',
      ',\n        {\n"a": {\n        },\n"b": [{\n        }]\n        },\n        {}',
    ],
    ['items on the same line', ',\n        {"a": {}}, {"b": [\n        {\n        }]},\n        {"c": 1\n        }'],
    ['items of lists in items', ',\n        {\n "items": [\n        {\n        },\n        {\n        }\n]\n        }'],
    ['line breaks of Windows', listed([{ a: { b: 1 } }, { c: ['{', '}'] }], 4, '        ').replaceAll('\n', '\r\n')],
    ['a line break in a string', ',\n        {\n"a": "\n        },\n        {\n"\n        },\n        {\n        }'],
    ['a bracket too few', ',\n        {\n"a": {\n        },\n        {\n"b": 1\n        }'],
    ['a bracket too many', ',\n        {\n"a": 1}\n        },\n        {\n"b": 1\n        }'],
    ['no comma', '\n        {\n        }\n        {\n"a": 1\n        }'],
    ['what is no object between', ',\n        1, "x", [\n        {\n        }],\n        {\n        }'],
    ['a key that is there twice', ',\n        {\n"a": 1,\n"a": 2\n        }'],
    ['a short list behind the long one', `${end}{"items": [\n{\n"a": 1\n},\n{\n"b": 2\n}\n]}\n`],
    ['another text behind the list', ',\n        {\n        }\n]}\n---\na: b\n'],
  ])('are the same as byte by byte: %s', (_, text) => {
    for (const whole of [text, `${text}${end}`, `${text}${end}{"a": 1}`])
      expect(outline(Buffer.from(whole), inOnePiece)).toEqual(outline(Buffer.from(whole), bitByBit));
  });

  test('are the same as byte by byte whatever the text is, and wherever it is cut', () => {
    const change = fc.record({
      at: fc.nat(),
      remove: fc.constantFrom(0, 0, 1, 3),
      insert: fc.constantFrom(
        '',
        '{',
        '}',
        '[',
        ']',
        '"',
        '\\',
        ',',
        '\n',
        '\r',
        ':',
        ' ',
        '\n        }',
        '\x80',
        '\xef\xbb\xbf',
      ),
    });
    fc.assert(
      fc.property(
        objects,
        indents,
        margins,
        fc.array(change, { maxLength: 3 }),
        fc.constantFrom(end, end, '', '}', `${end}{"kind": "x"}\n- y`),
        fc.integer({ min: 20, max: 400 }),
        (values, indent, margin, changes, last, size) => {
          let text = Buffer.from(`${listed(values, indent, margin)}${last}`).toString('latin1');
          for (const { at, remove, insert } of changes) {
            const where = at % (text.length + 1);
            text = `${text.slice(0, where)}${insert}${text.slice(where + remove)}`;
          }
          const bytes = Buffer.from(text, 'latin1');
          const expected = outline(bytes, bitByBit);
          expect(outline(bytes, inOnePiece)).toEqual(expected);
          expect(outline(bytes, size)).toEqual(expected);
        },
      ),
      { numRuns: 150 },
    );
  });
});
