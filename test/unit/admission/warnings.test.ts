import { describe, expect, test } from '@jest/globals';
import { warningTexts } from '../../../src/admission/warnings.ts';
import { finding, type Finding } from '../../../src/finding/finding.ts';
import type { Statement } from '../../../src/finding/statement.ts';
import { sentence } from '../../../src/finding/wording.ts';
import { policyFindings, policyFolders } from '../../support/worlds/policy-fixtures.ts';

function found(message: string, fix = 'Do this.'): Finding {
  return finding('ImplicitShim', { field: 'handler', statement: message, fix });
}

/** Go's runes: code points. */
function runes(text: string): number {
  return Array.from(text).length;
}

function only(one: Finding): string {
  const [text, ...others] = warningTexts([one]);
  expect(others).toEqual([]);
  return text ?? '';
}

describe('a warning', () => {
  test('is the finding as a person reads it', () => {
    expect(only(found('A message.'))).toBe(sentence(found('A message.')));
  });

  test.each([
    ['a line break', 'a\nb', 'a b'],
    ['a carriage return and a line break', 'a\r\nb', 'a b'],
    ['a tab', 'a\tb', 'a b'],
    ['an escape sequence', 'a\u001b[31mb', 'a [31mb'],
    ['a null', 'a\u0000b', 'a b'],
    ['a delete', 'a\u007fb', 'a b'],
    ['a control of Latin-1', 'a\u0085b', 'a b'],
    ['a line separator', 'a\u2028b\u2029c', 'a b c'],
    ['several of them', 'a\n\n\tb', 'a b'],
  ])('has a blank for %s', (_, message, clean) => {
    expect(only(found(message))).toBe(`${clean} [ImplicitShim] Do this.`);
    expect(only(found('M.', message))).toBe(sentence(found('M.', clean)));
  });

  test('has nothing at its ends', () => {
    expect(only(found('\n M.', 'Do this.\n'))).toBe('M. [ImplicitShim] Do this.');
  });

  test('keeps every character that is no control character', () => {
    const message = 'é λ 漢 🦀 \u00a0 “x”';
    expect(only(found(message))).toContain(message);
  });

  test.each(['x', '🦀'])(
    'of up to 255 runes of %s is whole, and of one more is cut, and keeps its fix',
    (character) => {
      const rest = runes(sentence(found('')));
      const whole = found(character.repeat(255 - rest));
      expect(only(whole)).toBe(sentence(whole));
      const longer = found(character.repeat(256 - rest));
      expect(only(longer)).toBe(`${character.repeat(254 - rest)}… [ImplicitShim] ${longer.fix}`);
    },
  );

  test.each(['x', '🦀'])(
    'whose message of %s is too long is cut between characters, and keeps its code; a fix that is long too is left out',
    (character) => {
      // Of this code the registry's own fix is long, too.
      const code = ' [UndeclaredHandler]';
      const room = 255 - code.length;
      const fix = 'f'.repeat(121);
      const foundLong = (statement: string) => finding('UndeclaredHandler', { field: 'handler', statement, fix });
      expect(only(foundLong(character.repeat(room)))).toBe(character.repeat(room) + code);
      const text = only(foundLong(character.repeat(room + 1)));
      expect(text).toBe(`${character.repeat(room - 1)}…${code}`);
      expect(runes(text)).toBe(255);
      expect(text.isWellFormed()).toBe(true);
    },
  );

  const chain = ['RuntimeClass "kata"', 'handler "kata-qemu"', 'shim "io.containerd.kata.v2"'];
  const about = (statement: Statement, fix = 'F.', shortFix = 'Do it.') =>
    only(finding('ImplicitShim', { field: '', subject: { object: 'Pod a/b', chain }, statement, fix, shortFix }));
  const long = 'm'.repeat(230);

  test('that is too long loses its chain, its details and the longer fix', () => {
    const said = { kind: 'predicate', links: 3, text: ': it is wrong' } as const;
    expect(about({ ...said, detail: ' here' })).toBe(
      `Pod a/b -> ${chain.join(' -> ')}: it is wrong here. [ImplicitShim] F.`,
    );
    expect(about({ ...said, detail: long })).toBe('Pod a/b: it is wrong. [ImplicitShim] Do it.');
    expect(about({ ...said, about: 1, detail: long })).toBe(
      'Pod a/b -> handler "kata-qemu": it is wrong. [ImplicitShim] Do it.',
    );
  });

  test('that is too long says the first of several things, and how many there are', () => {
    const said = { kind: 'predicate', links: 0, text: ' lacks ' } as const;
    expect(about({ ...said, list: { items: ['a', 'b'], separator: ', ' } })).toBe(
      'Pod a/b lacks a, b. [ImplicitShim] F.',
    );
    expect(about({ ...said, list: { items: ['a', 'b', long], separator: ', ' } })).toBe(
      'Pod a/b lacks a and 2 more. [ImplicitShim] Do it.',
    );
    expect(about({ ...said, list: { items: ['a', 'b', long], separator: '; ' } })).toBe(
      'Pod a/b lacks a; 2 more. [ImplicitShim] Do it.',
    );
  });

  test('about a handler keeps the chain, and leaves out what nodes say', () => {
    const said = { kind: 'handler', handler: 'kata-qemu', links: 2 } as const;
    const way = 'Pod a/b -> RuntimeClass "kata" -> handler "kata-qemu"';
    expect(about({ ...said, flaw: { is: 'undeclared', nodes: long, isReported: false } })).toBe(
      `${way}, which is not declared. [ImplicitShim] Do it.`,
    );
    expect(about({ ...said, flaw: { is: 'on no node', nodes: long } })).toBe(
      `${way}, which no node has. [ImplicitShim] Do it.`,
    );
  });

  test('of a message without end takes no longer', () => {
    expect(runes(only(found('x'.repeat(1_000_000))))).toBe(255);
  });
});

test('what to do is in the warning about each object that fails, however long the whole fix is', () => {
  const told = policyFolders().flatMap((folder) =>
    folder.fail.flatMap(({ objects }) => objects.flatMap((object) => policyFindings(object, folder))),
  );
  const lost = told
    .filter(({ severity }) => severity !== 'info')
    .filter((one) => {
      const { fix, shortFix = fix } = one;
      return ![fix, shortFix].some((text) => only(one).endsWith(text));
    });
  expect(told.length).toBeGreaterThan(100);
  expect(lost.map(({ code: ofFinding }) => ofFinding)).toEqual([]);
});

test('a fix that leaves the message no room gives way to that of the code', () => {
  const [text] = warningTexts([found('x'.repeat(300), 'y'.repeat(200))]);
  expect(text).toMatch(/^x+… \[ImplicitShim\] Give the runtime a handler of its own in the table/);
});

describe('several warnings', () => {
  const long = Array.from({ length: 40 }, (_, index) => found(`${index} ${'🦀'.repeat(300)}`));

  test('come in the order of the findings', () => {
    const texts = warningTexts([found('One.'), found('Two.')]);
    expect(texts).toEqual(['One. [ImplicitShim] Do this.', 'Two. [ImplicitShim] Do this.']);
  });

  test('are none where nothing is told', () => {
    expect(warningTexts([])).toEqual([]);
  });

  test('stay under 4096 runes together, and those that do not fit are counted', () => {
    const texts = warningTexts(long);
    expect(texts.reduce((total, text) => total + runes(text), 0)).toBeLessThan(4096);
    expect(texts.slice(0, -1)).toEqual(long.slice(0, 15).map((one) => warningTexts([one])[0]));
    expect(texts.at(-1)).toBe('25 more findings are not shown.');
  });

  test('that just fit are all shown, and one that does not is counted in the singular', () => {
    const fifteen = long.slice(0, 15);
    expect(warningTexts(fifteen)).toHaveLength(15);
    expect(warningTexts(long.slice(0, 16)).at(-1)).toBe('1 more finding is not shown.');
  });
});
