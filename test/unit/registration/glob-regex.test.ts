import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { globRegex } from '../../../src/registration/glob-regex.ts';
import { pathMatch } from '../../../src/shim/path-match.ts';

const namespace = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);

describe('the condition for a glob over namespaces', () => {
  test.each([
    ['tenant-*', '^tenant-.*$'],
    ['a?c', '^a.c$'],
    ['', '^$'],
    ['*', '^.*$'],
    ['team.a', '^team\\.a$'],
    ['a+b$|(c){1}', '^a\\+b\\$\\|\\(c\\)\\{1\\}$'],
    ['\\*', '^\\*$'],
    ['\\\\', '^\\\\$'],
    ['\\d', '^d$'],
    ['[a-c]x', '^.x$'],
    ['[^a\\]]', '^.$'],
    ['[\\d]', '^.$'],
    ['[z-a]', '^.$'],
    ['[[:alpha:]', '^.$'],
    ['a[', '^a\\[$'],
    ['ü?', '^ü.$'],
  ])('%s is %s', (glob, regex) => {
    expect(globRegex(glob)).toBe(regex);
  });

  test('lets through every namespace that the glob matches', () => {
    const glob = fc.string({ unit: fc.constantFrom(...Array.from('ab-*?[]^\\')), maxLength: 8 });
    const short = fc.string({ unit: fc.constantFrom(...Array.from('ab-')), maxLength: 5 });
    fc.assert(
      fc.property(glob, short, (pattern, name) => {
        fc.pre(pathMatch(pattern, name) === 'match');
        expect(name).toMatch(new RegExp(globRegex(pattern)));
      }),
      { numRuns: 2_000 },
    );
  });

  test('lets nothing else through where the glob has no classes', () => {
    const glob = fc.string({ unit: fc.constantFrom(...Array.from('ab-.+*?')), maxLength: 8 });
    fc.assert(
      fc.property(
        glob,
        fc.oneof(namespace, fc.string({ unit: fc.constantFrom(...Array.from('ab-')) })),
        (pattern, name) => {
          expect(new RegExp(globRegex(pattern)).test(name)).toBe(pathMatch(pattern, name) === 'match');
        },
      ),
    );
  });
});
