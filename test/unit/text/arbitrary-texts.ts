import fc from 'fast-check';

/** What a value or a key may be written as, and what parsers may stumble over. */
const words = [
  ...[
    'a',
    'key',
    'foo bar',
    'a#b',
    'a:b',
    'http://x:80/y',
    '/p',
    './p',
    '..',
    '.',
    '-x',
    '(x)',
    'a, b',
    'é',
    '日本',
    '😀',
  ],
  ...[
    'true',
    'False',
    'null',
    '~',
    'Null',
    'yes',
    'no',
    'on',
    'y',
    'Infinity',
    'NaN',
    '__proto__',
    'constructor',
    '<<',
    '=',
  ],
  ...[
    '1',
    '-1',
    '+1',
    '0',
    '-0',
    '007',
    '0o17',
    '0x1F',
    '0b1',
    '1.5',
    '.5',
    '5.',
    '1e3',
    '1e999',
    '-.inf',
    '.nan',
    '1_000',
  ],
  ...['12345678901234567890123', '-1.50', '2026-01-01T00:00:00Z', '2026-01-01', '12:30:45'],
  ...[
    '{}',
    '[]',
    '[a]',
    '{a: b}',
    '"x"',
    '"x\\ny"',
    "'x'",
    "'it''s'",
    '""',
    "''",
    '"a',
    'b"',
    "'c",
    "d'",
    '"\\u0041"',
    '"\\x41"',
  ],
  ...[
    '|',
    '>',
    '|-',
    '>+',
    '|2',
    '- ',
    '-',
    '---',
    '...',
    '? a',
    '!x',
    '!!str a',
    '&a',
    '*a',
    '%x',
    '@a',
    '`a',
    '#c',
    'a #b',
  ],
  ...['a: b', 'x:', 'k:{"n":"m"}', 'f:metadata', '\\', ' ', '', 'a  b', 'a\tb', '\u00a0', '\u2028', '\u0085', '\ufeff'],
];

const word = fc.constantFrom(...words);

/** One line: indentation, dashes, perhaps a key, perhaps a value, perhaps no end. */
export const lineOfYaml: fc.Arbitrary<string> = fc
  .record({
    indentation: fc.nat(5),
    dashes: fc.constantFrom('', '', '', '- ', '-  ', '- - '),
    key: fc.option(fc.tuple(word, fc.constantFrom(':', ': ', ': ', ':  ', ' : ')), { nil: ['', ''] }),
    value: fc.option(word, { nil: '' }),
    end: fc.constantFrom('\n', '\n', '\n', '\n', '\n', ' \n', '\n\n', '\n# c\n', '\n  \n', '\r\n', ''),
  })
  .map(
    ({ indentation, dashes, key, value, end }) => `${' '.repeat(indentation)}${dashes}${key.join('')}${value}${end}`,
  );

const text = fc.oneof(
  word,
  fc.array(word, { maxLength: 30 }).map((parts) => parts.join(' ')),
  fc.array(word, { maxLength: 6 }).map((parts) => parts.join('\n')),
  fc.array(word, { maxLength: 6 }).map((parts) => `${parts.join('\n')}\n`),
  fc.constantFrom(' lead\n x\n', '\n\na', 'a \n', 'a\n\n\n'),
);

/** A value that is made of such words. */
export const anyValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    text,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(word, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

const blanks = fc.constantFrom('', '', '', '', ' ', '\n', '\n  ', '\t');
const jsonNumber = fc.constantFrom(
  '0',
  '-0',
  '1',
  '-1',
  '1e3',
  '1E+3',
  '1e400',
  '0.1',
  '-0.0',
  '9007199254740993',
  '01',
  '1.',
);
const jsonText = fc.oneof(
  word.map((given) => JSON.stringify(given)),
  fc.constantFrom('"\\u0061"', '"\\/"', '"\\ud83d\\ude00"', '"\\ud800"', '"\\x"', '"a'),
);

/** JSON with blanks anywhere and keys that may be there twice, and texts that are nearly that. */
export const looseJson: fc.Arbitrary<string> = fc.letrec<{ value: string; map: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    jsonText,
    jsonNumber,
    fc.constantFrom('true', 'false', 'null', 'nul'),
    fc
      .tuple(fc.array(tie('value'), { maxLength: 3 }), blanks)
      .map(([items, blank]) => `[${blank}${items.join(`,${blank}`)}]`),
    tie('map'),
  ),
  map: fc
    .tuple(fc.array(fc.tuple(jsonText, blanks, tie('value')), { maxLength: 4 }), blanks)
    .map(([entries, blank]) => {
      const pairs = entries.map(([key, between, value]) => `${key}${between}:${blank}${value}`);
      return `{${blank}${pairs.join(`${blank},`)}${blank}}`;
    }),
})).map;
