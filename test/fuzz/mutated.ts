import fc from 'fast-check';

/** What grammars begin, end and escape with, and numbers at which readers change their mind. */
const tokens: readonly string[] = [
  ...[
    '"',
    "'",
    '"""',
    "'''",
    '{',
    '}',
    '[',
    ']',
    '[[',
    ']]',
    '=',
    ':',
    ',',
    '#',
    '\n',
    '\r\n',
    '\t',
    '.',
    '/',
    '\\',
    '*',
    '?',
    '^',
    '-',
  ],
  ...[
    'null',
    'true',
    '-0',
    '1e999',
    '18446744073709551616',
    '0x10',
    '1979-05-27',
    '\\u0000',
    '\\ud800',
    '\ufeff',
    '\u202e',
    '🙂',
  ],
  ...[
    '"__proto__"',
    '"constructor"',
    'apiVersion',
    'kind',
    'metadata',
    'annotations',
    'runtimes',
    'plugins',
    'imports',
    'version = 3',
    '---\n',
    '&a ',
    '*a',
    '<<: ',
  ],
];

const share = fc.double({ min: 0, max: 1, noNaN: true });

type Change = (input: Buffer) => Buffer;

/** One change of a text of bytes: something put in, left out, doubled, turned, or taken from another input. */
function change(corpus: readonly Buffer[]): fc.Arbitrary<Change> {
  const inserted = fc.oneof(
    fc.constantFrom(...tokens).map((token) => Buffer.from(token)),
    fc.uint8Array({ minLength: 1, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(fc.constantFrom(...corpus), share, share)
      .map(([other, one, two]) => part(other, one, two).subarray(0, 200)),
  );
  return fc.oneof(
    fc.tuple(share, inserted).map(
      ([at, bytes]): Change =>
        (input) =>
          splice(input, at, at, bytes),
    ),
    fc.tuple(share, share, inserted).map(
      ([one, two, bytes]): Change =>
        (input) =>
          splice(input, one, near(one, two, input), bytes),
    ),
    fc.tuple(share, share).map(
      ([one, two]): Change =>
        (input) =>
          splice(input, one, near(one, two, input), Buffer.alloc(0)),
    ),
    fc.tuple(share, share).map(
      ([one, two]): Change =>
        (input) =>
          splice(input, one, one, part(input, one, near(one, two, input))),
    ),
    fc.tuple(share, fc.integer({ min: 0, max: 7 })).map(
      ([at, bit]): Change =>
        (input) =>
          flip(input, at, bit),
    ),
  );
}

/** An input that comes of those of a corpus by some changes. @param maxBytes what is longer is cut */
export function mutated(corpus: readonly Buffer[], maxBytes: number): fc.Arbitrary<Buffer> {
  return fc
    .tuple(fc.constantFrom(...corpus), fc.array(change(corpus), { minLength: 1, maxLength: 6 }))
    .map(([input, changes]) => changes.reduce((text, one) => one(text), input).subarray(0, maxBytes));
}

/** Mostly some bytes away. */
function near(one: number, two: number, { length }: Buffer): number {
  return length === 0 ? one : Math.min(1, one + (two ** 4 * 200) / length);
}

function splice(input: Buffer, one: number, two: number, bytes: Buffer): Buffer {
  const [from, to] = [Math.min(one, two), Math.max(one, two)].map((at) => Math.floor(at * input.length)) as [
    number,
    number,
  ];
  return Buffer.concat([input.subarray(0, from), bytes, input.subarray(to)]);
}

function part(input: Buffer, one: number, two: number): Buffer {
  const [from, to] = [Math.min(one, two), Math.max(one, two)].map((at) => Math.floor(at * input.length)) as [
    number,
    number,
  ];
  return input.subarray(from, to);
}

function flip(input: Buffer, at: number, bit: number): Buffer {
  const turned = Buffer.from(input);
  const index = Math.min(turned.length - 1, Math.floor(at * turned.length));
  if (index >= 0) turned[index] = (turned[index] ?? 0) ^ (1 << bit);
  return turned;
}
