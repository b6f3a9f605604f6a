import { describe, expect, test } from '@jest/globals';
import { annotatedWorld, handlerKey, kataAnnotations } from '../policy/annotated-world.ts';
import { podOf } from '../policy/review-of.ts';
import { classOf, type ConfigurationFields } from '../../support/worlds/world-of.ts';
import { admitInFull } from '../../support/worlds/answered.ts';
import { requestOf, type ReviewedKind } from '../../support/worlds/request-of.ts';

type Fields = Readonly<Record<string, unknown>>;

function admitted(kind: ReviewedKind, parts: Fields, fields: ConfigurationFields = {}) {
  const { allowed, findings, warnings, patch } = admitInFull(requestOf(kind, parts), annotatedWorld(fields));
  return {
    allowed,
    codes: findings.map(({ code }) => code),
    told: warnings.map((text) => /\[(\w+)\]/.exec(text)?.[1]),
    patched: patch.map(({ op, path }) => `${op} ${path}`),
  };
}

const annotations = 'add /metadata/annotations';

describe('once both webhooks have spoken', () => {
  test.each<readonly [string, ReviewedKind, Fields, ConfigurationFields, object]>([
    ['a pod without a class is let in as it is', 'Pod', { object: podOf(undefined) }, {}, {}],
    ['a pod gets its annotations, and lacks none', 'Pod', { object: podOf('vm') }, {}, { patched: [annotations] }],
    [
      'a pod with a value of its own is told once',
      'Pod',
      { object: podOf('vm', { ...kataAnnotations, [handlerKey]: 'x' }) },
      {},
      {
        codes: ['ManagedAnnotationReplaced'],
        told: ['ManagedAnnotationReplaced'],
        patched: ['add /metadata/annotations/io.containerd.cri.runtime-handler'],
      },
    ],
    [
      'what both find is told once',
      'Pod',
      { object: podOf('unknown') },
      {},
      { codes: ['UndeclaredHandler'], told: ['UndeclaredHandler'], patched: [annotations] },
    ],
    [
      'a pod that is denied is not patched',
      'Pod',
      { object: podOf('nosuch') },
      {},
      { allowed: false, codes: ['RuntimeClassNotFound'] },
    ],
    [
      'in mode warn, it is let in and told',
      'Pod',
      { object: podOf('nosuch') },
      { mode: 'warn' },
      { codes: ['RuntimeClassNotFound'], told: ['RuntimeClassNotFound'] },
    ],
    [
      'in mode audit, it is let in without a word',
      'Pod',
      { object: podOf('nosuch') },
      { mode: 'audit' },
      { codes: ['RuntimeClassNotFound'] },
    ],
    [
      'a default class is given, and the validating webhook sees it',
      'Pod',
      { object: podOf(undefined) },
      { namespaceRules: [{ defaultRuntimeClassName: 'vm' }] },
      { patched: ['add /spec/runtimeClassName', annotations] },
    ],
    [
      'a changed annotation is restored, so that there is nothing to refuse',
      'Pod',
      { operation: 'UPDATE', object: podOf('vm'), oldObject: podOf('vm', kataAnnotations) },
      {},
      {
        codes: Object.keys(kataAnnotations).map(() => 'ManagedAnnotationRestored'),
        told: Object.keys(kataAnnotations).map(() => 'ManagedAnnotationRestored'),
        patched: [annotations],
      },
    ],
    ['a pod that goes is let go', 'Pod', { operation: 'DELETE', oldObject: podOf('path') }, {}, {}],
    ['a class is let in', 'RuntimeClass', { object: classOf('x', 'kata') }, {}, {}],
    [
      'a class whose handler is a path is denied',
      'RuntimeClass',
      { object: classOf('x', '/bin/sh') },
      { mode: 'audit' },
      { allowed: false, codes: ['AbsolutePath'] },
    ],
    [
      'a template is only warned about',
      'Deployment',
      { object: { spec: { template: podOf('nosuch', { [handlerKey]: 'x' }) } } },
      {},
      { codes: ['RuntimeClassNotFound'], told: ['RuntimeClassNotFound'] },
    ],
    ['what no policy is about is let in', 'ConfigMap', { object: { data: {} } }, {}, {}],
  ])('%s', (_, kind, parts, fields, expected) => {
    expect(admitted(kind, parts, fields)).toEqual({ allowed: true, codes: [], told: [], patched: [], ...expected });
  });
});
