import fc from 'fast-check';

/** Words that generators of different things draw from, so that what one names another often has. */

/** Names that objects have without having been given them. */
export const prototypeNames = ['constructor', '__proto__', 'toString', 'hasOwnProperty'] as const;

/** Texts that break what was not meant for them: paths, escapes, controls, halves of characters. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', ' ', '~', '~1', 'a/b', 'a~0/~1b', '-', '0', '"', '\\', '\n', '\u001b[31m', '\u0000', '\u2028'),
  fc.constantFrom('🦀', '\ud800', 'é', '\u202e', '\ufeff', '{{x}}', '%s', '$&', 'x'.repeat(300), '🦀'.repeat(200)),
  fc.constantFrom(...prototypeNames),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

const shimName = fc.constantFrom(
  'io.containerd.kata.v2',
  'io.containerd.runc.v2',
  'io.containerd.spin.v2',
  'a..',
  'a.b',
);

/** Names that are paths, on Linux or on Windows. */
export const pathName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '/bin/sh',
    '/',
    '//x.y',
    'bin/sh',
    './io.containerd.kata.v2',
    'a.b/',
    'C:\\x.exe',
    '\\\\host\\x.y',
    'a\\b',
  ),
  fc.tuple(oddText, oddText).map(([before, after]) => `${before}/${after}`),
);

/** What stands where a runtime's name is wanted: tables, classes and nodes draw from the same few. */
export const handlerName: fc.Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('kata', 'crun', 'gvisor', 'spin', 'listed', 'runc') },
  { weight: 3, arbitrary: shimName },
  { weight: 2, arbitrary: pathName },
  { weight: 1, arbitrary: fc.constantFrom('.a', 'kata\u0007', '') },
  { weight: 1, arbitrary: fc.constantFrom(...prototypeNames) },
  { weight: 1, arbitrary: oddText },
);

/** What a class says about its shim. */
export const declaredShim: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: shimName },
  { weight: 2, arbitrary: pathName },
  { weight: 1, arbitrary: oddText },
);

/** Names of classes; those of a world are among them, but it never has all. */
export const className: fc.Arbitrary<string> = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom('a', 'b', 'c') },
  { weight: 1, arbitrary: fc.constantFrom(...prototypeNames) },
  { weight: 1, arbitrary: oddText },
);

export const namespaceName: fc.Arbitrary<string> = fc.constantFrom('team', 'team-a', 'kube-system', 'constructor');
