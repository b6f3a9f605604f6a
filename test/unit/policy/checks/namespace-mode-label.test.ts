import { expect, test } from '@jest/globals';
import { verdictOn } from '../judged.ts';
import { podCreation, podOf, podUpdate } from '../review-of.ts';
import { classOf, namespaceOf, worldOf } from '../../../support/worlds/world-of.ts';

function worldWith(label: string) {
  return worldOf({
    configuration: { mode: 'audit', runtimeHandlerAnnotation: false, injectedAnnotations: [] },
    classes: [classOf('stock', 'runc')],
    namespaces: [namespaceOf('team', { 'shimgate.dev/mode': label })],
  });
}

test.each([
  ['wran', 'warn'],
  ['Audit', 'audit'],
  ['', 'enforce'],
  ['constructor', 'enforce'],
])('the label %j is told to be no mode, and that it may mean %s', (label, meant) => {
  const { told, mode } = verdictOn(podCreation('mutating', podOf('stock')), worldWith(label));
  expect(mode).toBe('enforce');
  expect(told).toEqual([
    {
      code: 'MalformedModeLabel',
      severity: 'warning',
      field: 'metadata.namespace',
      message: `Namespace "team": label shimgate.dev/mode="${label}" is none of enforce, warn, audit, and so means enforce.`,
      fix: `Correct it: kubectl label namespace team shimgate.dev/mode=${meant} --overwrite`,
    },
  ]);
});

test('a denial for it comes with that warning', () => {
  const { decision, findings, told } = verdictOn(podCreation('mutating', podOf('nosuch')), worldWith('relaxed'));
  expect(decision).toBe('deny');
  expect(findings.map(({ code }) => code)).toEqual(['RuntimeClassNotFound', 'MalformedModeLabel']);
  expect(told.map(({ code }) => code)).toEqual(['MalformedModeLabel']);
});

test.each(['enforce', 'warn', 'audit'])('the label %s is a mode, and nothing is said', (label) => {
  expect(verdictOn(podCreation('mutating', podOf('stock')), worldWith(label)).findings).toEqual([]);
});

test('a pod that is there is not told about it with each update', () => {
  const review = podUpdate('mutating', podOf(undefined, { a: 'b' }), podOf(undefined));
  expect(verdictOn(review, worldWith('relaxed')).findings).toEqual([]);
});

test('a pod without a class, which has nothing to do with shimgate, is not told about it', () => {
  expect(verdictOn(podCreation('validating', podOf(undefined)), worldWith('relaxed')).findings).toEqual([]);
});

test('a pod without a class is told about it where its rule asks for one', () => {
  const world = worldOf({
    configuration: { namespaceRules: [{ allowedRuntimeClassNames: ['stock'] }] },
    namespaces: [namespaceOf('team', { 'shimgate.dev/mode': 'relaxed' })],
  });
  const { findings } = verdictOn(podCreation('validating', podOf(undefined)), world);
  expect(findings.map(({ code }) => code)).toEqual(['RuntimeClassNotAllowed', 'MalformedModeLabel']);
});
