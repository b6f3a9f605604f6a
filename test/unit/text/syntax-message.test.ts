import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseText } from '../../../src/text/document.ts';
import { withoutText } from '../../../src/text/syntax-message.ts';

describe('a message about a mistake holds nothing of the text', () => {
  test.each([
    ['a: secret\nsecret\nb: c\n', 'Implicit keys need to be on a single line.'],
    ['a: "secret\n', 'Missing closing "quote.'],
    ['a: !secret b\n', 'Unresolved tag.'],
    ['a: *secret\n', 'No anchor before the alias has that name.'],
    ['a: &secret\n  b: *secret\n', 'The alias is part of what it stands for.'],
    ['a: |secret\n  b\n', 'Block scalar header includes extra characters.'],
    ['a: "\\secret"\n', 'Invalid escape sequence.'],
    ['%secret\n---\na: b\n', 'Unknown directive.'],
    ['{a: b} secret: x\n', 'Unexpected scalar token.'],
    ['a: 1\na: 2\n', 'Map keys must be unique.'],
    ['a: [\n', 'Flow sequence in block collection must be sufficiently indented and end with a ].'],
  ])('%j', (text, expected) => {
    const { problems } = parseText(Buffer.from(text));
    const said = problems.map(({ message }) => withoutText(message));
    expect(said.join(' ')).not.toContain('secret');
    expect(said[0]).toBe(expected);
  });

  test('whatever the text', () => {
    const piece = fc.constantFrom(
      'secret',
      'SeCret1',
      ': ',
      '\n',
      '  ',
      '- ',
      '"',
      "'",
      '!',
      '&',
      '*',
      '|',
      '>',
      '{',
      '}',
      '[',
      ']',
      '%',
      ',',
      '?',
      '#',
      '@',
      '`',
      '---',
      '...',
      '\\',
      '<<',
      '!!',
      'tag:',
      '\t',
      '\u0000',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        for (const { message } of parseText(Buffer.from(pieces.join(''))).problems)
          expect(withoutText(message)).not.toMatch(/secret/i);
      }),
      { numRuns: 3_000 },
    );
  });
});
