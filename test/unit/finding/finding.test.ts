import { describe, expect, test } from '@jest/globals';
import { codes } from '../../../src/finding/codes.ts';
import { finding, worstFirst } from '../../../src/finding/finding.ts';
import { problem } from '../../../src/finding/problem.ts';
import { sentence } from '../../../src/finding/wording.ts';

const details = { field: 'handler', statement: 'The handler is wrong.' };

describe('a finding', () => {
  test('has the severity and the fix of its code', () => {
    const { severity, fix } = codes.HandlerOnNoNode;
    expect(finding('HandlerOnNoNode', details)).toEqual({ code: 'HandlerOnNoNode', severity, fix, ...details });
  });

  test('has another severity and another fix where the case knows better', () => {
    const better = { severity: 'error', fix: 'Do this.' } as const;
    expect(finding('HandlerOnNoNode', { ...details, ...better })).toEqual({
      code: 'HandlerOnNoNode',
      ...details,
      ...better,
    });
  });

  test('is one line for people: the message, the code to look up and what to do', () => {
    expect(sentence(finding('HandlerOnNoNode', { ...details, fix: 'Do this.' }))).toBe(
      'The handler is wrong. [HandlerOnNoNode] Do this.',
    );
  });
});

describe('a problem in a document', () => {
  test('has the severity and the fix of its code', () => {
    const { severity, fix } = codes.UnknownOption;
    expect(problem('UnknownOption', ['options', 'x'], 'Unknown.')).toEqual({
      code: 'UnknownOption',
      path: ['options', 'x'],
      statement: 'Unknown.',
      severity,
      fix,
    });
  });

  test('has another severity and another fix where the case knows better', () => {
    expect(problem('UnknownOption', [], 'Unknown.', { severity: 'info', fix: 'Do this.' })).toMatchObject({
      severity: 'info',
      fix: 'Do this.',
    });
  });
});

describe('findings are sorted', () => {
  const make = (severity: 'error' | 'warning' | 'info', statement: string) =>
    finding('ImplicitShim', { field: '', statement, severity });

  test('worst first, and else as they were found', () => {
    const found = [
      make('info', 'a'),
      make('warning', 'b'),
      make('error', 'c'),
      make('warning', 'd'),
      make('error', 'e'),
    ];
    expect(worstFirst(found).map(({ statement }) => statement)).toEqual(['c', 'e', 'b', 'd', 'a']);
    expect(found.map(({ statement }) => statement)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test.each([[[]], [[make('info', 'a')]]])('where there is nothing to sort', (found) => {
    expect(worstFirst(found)).toEqual(found);
  });
});
