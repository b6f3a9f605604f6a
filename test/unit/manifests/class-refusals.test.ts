import { describe, expect, test } from '@jest/globals';
import { messageOf } from '../../../src/finding/wording.ts';
import { classRefusals } from '../../../src/manifests/class-refusals.ts';

const apiVersion = 'node.k8s.io/v1';
const kind = 'RuntimeClass';
const named = (handler: unknown, more: object = {}) => ({
  apiVersion,
  kind,
  value: { apiVersion, kind, metadata: { name: 'vm' }, handler, ...more },
});
const overhead = (podFixed: unknown) => named('a', { overhead: { podFixed } });

describe('a handler cannot be changed', () => {
  test('from that of the cluster to another', () => {
    const [refusal, ...more] = classRefusals(named('kata-clh'), [named('other'), named('kata-qemu')]);
    expect(more).toEqual([]);
    expect(refusal).toMatchObject({ code: 'RefusedByApiServer', severity: 'error', field: 'handler' });
    expect(refusal && messageOf(refusal)).toBe(
      'RuntimeClass "vm": its handler is "kata-qemu" in the cluster, and a handler cannot be changed to "kata-clh".',
    );
  });

  test.each([
    ['the same', named('a'), [named('a')]],
    ['a new class', named('a'), []],
    ['a class of another name', named('a'), [{ ...named('b'), value: { metadata: { name: 'other' }, handler: 'b' } }]],
    ['an object of another kind', named('a'), [{ ...named('b'), kind: 'Node' }]],
    ['no handler', named(undefined), [named('a')]],
    ['no handler before', named('a'), [named('')]],
  ])('and %s is fine', (_name, object, existing) => {
    expect(classRefusals(object, existing)).toEqual([]);
  });
});

describe('an overhead has to be an amount', () => {
  test.each([
    ['160MB', 'is "160MB", which is no amount'],
    ['lots', 'is "lots", which is no amount'],
    ['-160Mi', 'is "-160Mi", and may not be less than nothing'],
    [-1, 'is "-1", and may not be less than nothing'],
  ])('%j', (memory, part) => {
    const findings = classRefusals(overhead({ cpu: '250m', memory }), []);
    expect(findings.map(({ field }) => field)).toEqual(['overhead.podFixed.memory']);
    expect(findings.map(messageOf).join()).toContain(part);
  });

  test.each([[{ memory: '160Mi', cpu: 1 }], [{ memory: '1e3' }], [null], [undefined], ['text'], [{ memory: null }]])(
    'and %j is fine',
    (podFixed) => {
      expect(classRefusals(overhead(podFixed), [])).toEqual([]);
    },
  );
});
