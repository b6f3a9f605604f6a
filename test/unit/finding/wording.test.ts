import { describe, expect, test } from '@jest/globals';
import { finding, type FindingSubject } from '../../../src/finding/finding.ts';
import { naming, type HandlerFlaw, type Statement } from '../../../src/finding/statement.ts';
import { aboutHandler, causeOf, messageOf, namesSubject, worded } from '../../../src/finding/wording.ts';

const chain = ['RuntimeClass "vm"', 'handler "kata"', 'shim "io.containerd.kata.v2"'];
const subject: FindingSubject = { object: 'Pod team/web', chain };

describe('a statement becomes a sentence', () => {
  test.each<readonly [string, Statement, string, boolean]>([
    ['by itself', 'The file is empty.', 'The file is empty.', false],
    ['by itself, which names its subject', naming('Pod team/web is old.'), 'Pod team/web is old.', true],
    ['after the object', { kind: 'predicate', links: 0, text: ' is old' }, 'Pod team/web is old.', true],
    [
      'after some of the chain',
      { kind: 'predicate', links: 1, text: ': no such RuntimeClass' },
      'Pod team/web -> RuntimeClass "vm": no such RuntimeClass.',
      true,
    ],
    [
      'after all of it, with a list and what is besides',
      { kind: 'predicate', links: 3, text: ' lacks ', list: { items: ['a', 'b'], separator: ', ' }, detail: ' (x)' },
      `Pod team/web -> ${chain.join(' -> ')} lacks a, b (x).`,
      true,
    ],
  ])('%s', (_, statement, message, isNamed) => {
    expect(messageOf({ subject, statement })).toBe(message);
    expect(namesSubject({ subject, statement })).toBe(isNamed);
  });

  test('as users’ programs read it, without what is for narrow places', () => {
    const statement: Statement = { kind: 'predicate', links: 0, text: ' is old' };
    expect(worded(finding('ImplicitShim', { field: 'x', subject, statement, fix: 'F.', shortFix: 'S.' }))).toEqual({
      code: 'ImplicitShim',
      severity: 'warning',
      field: 'x',
      message: 'Pod team/web is old.',
      fix: 'F.',
    });
  });
});

describe('what is wrong with a handler ends its chain, and is a sentence of its own where the object stands before it:', () => {
  const predicate = 'is an absolute path';

  test.each<readonly [HandlerFlaw, string, string]>([
    [{ is: 'refused', predicate }, ', which is an absolute path.', '"kata" is an absolute path.'],
    [
      { is: 'refused claim', claim: '/x', predicate },
      ', whose declared shim "/x" is an absolute path.',
      '"/x" is an absolute path.',
    ],
    [
      { is: 'contradicted', claim: 'a.b', table: 'c.d' },
      ': the class declares "a.b", but the runtimes table says "c.d"; the table wins.',
      'The class declares "a.b", but the runtimes table says "c.d"; the table wins.',
    ],
    [
      { is: 'shim name' },
      ', which is a shim name, and in no table: the API server refuses such a handler.',
      'Handler "kata" is a shim name, and in no table: the API server refuses such a handler.',
    ],
    [
      { is: 'undeclared', nodes: 'no node has it', isReported: false },
      ', which the configuration does not declare; no node has it.',
      'Handler "kata" is not declared in the configuration; no node has it.',
    ],
    [
      { is: 'undeclared', nodes: 'a node reports it', isReported: true },
      ', which the configuration does not declare, though a node reports it.',
      'Handler "kata" is not declared in the configuration, though a node reports it.',
    ],
    [
      { is: 'on no node', nodes: 'no node has it' },
      ', which is declared, but no node has it.',
      'Handler "kata" is declared, but no node has it.',
    ],
    [
      { is: 'featureless', node: 'a' },
      ', which node "a" lists without any feature: its shim may not be installed there.',
      'Node "a" lists handler "kata" without any feature: its shim may not be installed there.',
    ],
  ])('%j', (flaw, ending, alone) => {
    const statement: Statement = { kind: 'handler', handler: 'kata', links: 2, flaw };
    expect(messageOf({ subject, statement })).toBe(`Pod team/web -> RuntimeClass "vm" -> handler "kata"${ending}`);
    expect(aboutHandler({ handler: 'kata', flaw })).toBe(alone);
    const found = finding('ImplicitShim', { field: 'handler', subject, statement, fix: 'F.' });
    expect(causeOf(found)).toBe(`${alone} [ImplicitShim] F.`);
  });

  test('an empty name is called what it is', () => {
    expect(aboutHandler({ handler: '', flaw: { is: 'refused', predicate: 'is empty' } })).toBe(
      'The runtime name is empty.',
    );
  });
});
