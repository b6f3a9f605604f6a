import { describe, expect, test } from '@jest/globals';
import type { NamespaceRule } from '../../../../src/generated/configuration.ts';
import { verdictOn, type PhasedReview } from '../judged.ts';
import { fromNode, mirrorAnnotation, podCreation, podOf, podUpdate, templateReview } from '../review-of.ts';
import { classOf, worldOf, type ConfigurationFields } from '../../../support/worlds/world-of.ts';

const classes = [classOf('gvisor', 'runsc'), classOf('kata-qemu', 'kata'), classOf('kata-fc', 'kata')];
const runtimes = {
  runsc: { runtimeType: 'io.containerd.runsc.v1' },
  kata: { runtimeType: 'io.containerd.kata.v2' },
};

function judge(rule: NamespaceRule, review: PhasedReview, more: ConfigurationFields = {}) {
  const withoutAnnotations = { runtimeHandlerAnnotation: false, injectedAnnotations: [] };
  const configuration = { runtimes, namespaceRules: [rule], ...withoutAnnotations, ...more };
  return verdictOn(review, worldOf({ configuration, classes }));
}

const create = (className: string | undefined) => podCreation('validating', podOf(className));

describe('a list of globs', () => {
  test.each<readonly [boolean, string | undefined, readonly string[]]>([
    [true, 'kata', ['kata']],
    [true, 'kata', ['gvisor', 'kata']],
    [true, 'kata-qemu', ['kata-*']],
    [true, 'kata', ['*']],
    [true, 'kata', ['', '*']],
    [true, undefined, ['']],
    [true, undefined, ['kata', '']],
    [true, 'constructor', ['constructor']],
    [false, 'kata', []],
    [false, 'kata', ['']],
    [false, 'kata', ['kat']],
    [false, 'kata-qemu', ['kata']],
    [false, 'kata', ['kata-*']],
    [false, undefined, []],
    [false, undefined, ['*']],
    [false, undefined, ['kata']],
  ])('%j: lets %j be used, of %j', (expected, className, allowed) => {
    const { findings } = judge({ allowedRuntimeClassNames: [...allowed] }, create(className));
    expect(findings.every(({ code }) => code !== 'RuntimeClassNotAllowed')).toBe(expected);
  });
});

describe('a pod that its rule does not allow is denied, and the message says by which rule, and what to use', () => {
  const kata = 'Pod team/web -> RuntimeClass "kata-qemu" -> handler "kata" -> shim "io.containerd.kata.v2"';
  const none = 'Pod team/web, which names no RuntimeClass';
  test.each<readonly [NamespaceRule, string | undefined, string, string]>([
    [
      { name: 'tenants', allowedRuntimeClassNames: ['gvisor'] },
      'kata-qemu',
      `${kata}: namespaceRules[0] "tenants" allows only "gvisor" in namespace "team".`,
      'Set runtimeClassName: gvisor.',
    ],
    [
      { allowedRuntimeClassNames: ['', 'runc-*', 'gvisor'] },
      'kata-qemu',
      `${kata}: namespaceRules[0] allows only "runc-*", "gvisor" or no class in namespace "team".`,
      'Set runtimeClassName: gvisor.',
    ],
    [
      { allowedRuntimeClassNames: [''] },
      'kata-qemu',
      `${kata}: namespaceRules[0] allows only no class in namespace "team".`,
      'Leave runtimeClassName out.',
    ],
    [
      { allowedRuntimeClassNames: ['kata-*'] },
      undefined,
      `${none}: namespaceRules[0] allows only "kata-*" in namespace "team".`,
      'Choose one that "kata-*" matches: kubectl get runtimeclasses',
    ],
    [
      // A class that does not exist is not what to choose, where another one does.
      { allowedRuntimeClassNames: ['planned', 'kata-*', 'gvisor'] },
      undefined,
      `${none}: namespaceRules[0] allows only "planned", "kata-*", "gvisor" in namespace "team".`,
      'Set runtimeClassName: gvisor.',
    ],
    [
      { allowedRuntimeClassNames: ['gvisor', 'kata-*'], defaultRuntimeClassName: 'kata-fc' },
      undefined,
      `${none}: namespaceRules[0] allows only "gvisor", "kata-*" in namespace "team".`,
      'Set runtimeClassName: kata-fc.',
    ],
    [
      { allowedRuntimeClassNames: [] },
      undefined,
      `${none}: namespaceRules[0] allows no pod at all in namespace "team".`,
      'Use another namespace, or have a class allowed in this one.',
    ],
    [
      { allowedRuntimeClassNames: Array.from('abcdefghij') },
      undefined,
      `${none}: namespaceRules[0] allows only "a", "b", "c", "d", "e", "f", "g", "h" and 2 more in namespace "team".`,
      'Set runtimeClassName: a.',
    ],
  ])('%j, class %j', (rule, className, message, fix) => {
    const { decision, findings } = judge(rule, create(className));
    expect(decision).toBe('deny');
    expect(findings).toEqual([
      { code: 'RuntimeClassNotAllowed', severity: 'error', field: 'spec.runtimeClassName', message, fix },
    ]);
  });
});

test('the first rule that matches is the one, whatever a later one allows', () => {
  const namespaceRules = [
    { namespaces: ['other'], allowedRuntimeClassNames: ['gvisor'] },
    { name: 'mine', allowedRuntimeClassNames: ['kata-*'] },
    { allowedRuntimeClassNames: ['gvisor'] },
  ];
  const { findings } = judge({}, create('gvisor'), { namespaceRules });
  expect(findings[0]?.message).toContain(': namespaceRules[1] "mine" allows only "kata-*" ');
  expect(judge({}, create('gvisor'), { namespaceRules: [{}, ...namespaceRules] }).decision).toBe('allow');
});

describe('a rule that allows other classes says nothing of', () => {
  const rule: NamespaceRule = { allowedRuntimeClassNames: ['kata-*'] };
  test.each<readonly [string, PhasedReview, NamespaceRule]>([
    ['a class that it allows', create('kata-qemu'), rule],
    ['a pod that is there', podUpdate('validating', podOf('gvisor'), podOf('gvisor')), rule],
    ['a pod without a class that may yet get one', podCreation('mutating', podOf(undefined)), rule],
    [
      'a template whose pods get the default class',
      templateReview(podOf(undefined)),
      { ...rule, defaultRuntimeClassName: 'kata-fc' },
    ],
    ['any pod, where it lists nothing', create('gvisor'), { defaultRuntimeClassName: 'kata-fc' }],
    ['other namespaces', create('gvisor'), { ...rule, namespaces: ['other'] }],
  ])('%s', (_, review, given) => {
    expect(judge(given, review)).toMatchObject({ decision: 'allow', findings: [] });
  });

  test('a template, but as a warning', () => {
    const { decision, findings } = judge(rule, templateReview(podOf('gvisor')));
    expect(decision).toBe('allow');
    expect(findings).toMatchObject([
      { code: 'RuntimeClassNotAllowed', severity: 'warning', field: 'spec.template.spec.runtimeClassName' },
    ]);
  });

  test("a node's mirror pod, but as a report", () => {
    const review = podCreation('validating', podOf('gvisor', mirrorAnnotation), fromNode);
    expect(judge(rule, review)).toMatchObject({
      decision: 'would-deny',
      told: [{ code: 'RuntimeClassNotAllowed' }],
    });
  });
});
