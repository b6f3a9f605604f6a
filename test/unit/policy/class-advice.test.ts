import { describe, expect, test } from '@jest/globals';
import { podRuntimeClass } from '../../../src/policy/checks/pod-runtime-class.ts';
import { classOf, worldOf } from '../../support/worlds/world-of.ts';
import { judgedBy } from './judged.ts';
import { podCreation, podOf } from './review-of.ts';

const classes = [classOf('gvisor', 'runsc'), classOf('kata-qemu', 'kata-qemu'), classOf('nvidia', 'nvidia')];

function fixFor(className: string, allowed?: readonly string[]): string {
  const world = worldOf({
    classes,
    configuration:
      allowed === undefined
        ? {}
        : { namespaceRules: [{ namespaces: ['team'], allowedRuntimeClassNames: [...allowed] }] },
  });
  const { findings } = judgedBy(podRuntimeClass, podCreation('validating', podOf(className)), world);
  expect(findings.map(({ code }) => code)).toEqual(['RuntimeClassNotFound']);
  return findings[0]?.fix ?? '';
}

describe('of a class that does not exist', () => {
  test.each([
    ['gvisr', 'Did you mean "gvisor"?'],
    ['kata_qemu', 'Did you mean "kata-qemu"?'],
    ['GVisor', 'Did you mean "gvisor"?'],
    ['runsc', '"runsc" is the handler of RuntimeClass "gvisor": name that.'],
  ])('%j is asked about', (className, expected) => {
    expect(fixFor(className)).toContain(expected);
  });

  test.each(['nvidia-cdi', 'kata-clh', 'kata-fc', 'nothing-like-it'])('%j is not taken for another', (className) => {
    expect(fixFor(className)).toMatch(/^Create the RuntimeClass/);
  });

  test('no class is named that the namespace may not use', () => {
    expect(fixFor('gvisr', ['kata-qemu'])).toMatch(/^Create the RuntimeClass/);
    expect(fixFor('runsc', ['kata-qemu'])).toMatch(/^Create the RuntimeClass/);
    expect(fixFor('gvisr', ['gv*'])).toContain('"gvisor"');
  });
});
