import { describe, expect, test } from '@jest/globals';
import type { Pod, RuntimeClass } from '../../../../src/generated/objects.ts';
import { podClassConflicts } from '../../../../src/policy/checks/pod-class-conflicts.ts';
import { verdictOn, judgedBy, lineOf } from '../judged.ts';
import { podCreation, podOf, podUpdate, templateReview } from '../review-of.ts';
import { worldOf } from '../../../support/worlds/world-of.ts';

const vm: RuntimeClass = {
  metadata: { name: 'vm' },
  handler: 'runc',
  overhead: { podFixed: { memory: '320Mi', cpu: 0.25 } },
  scheduling: { nodeSelector: { sandbox: 'on', tier: 'metal' } },
};
const bare: RuntimeClass = { metadata: { name: 'bare' }, handler: 'runc', overhead: null, scheduling: null };
const world = worldOf({ classes: [vm, bare] });

/** No API server asks about a manifest. */
const fromManifest = { request: { ...podCreation('validating', {}).request, uid: '' } };

function pod(className: string | undefined, spec: Pod['spec']): Pod {
  return { ...podOf(className), spec: { ...podOf(className).spec, ...spec } };
}

const saidOf = (className: string | undefined, spec: Pod['spec']) =>
  judgedBy(podClassConflicts, podCreation('validating', pod(className, spec), fromManifest), world).findings.map(
    lineOf,
  );

describe('what the RuntimeClass plugin refuses is foreseen:', () => {
  test.each<[string, string | undefined, Pod['spec'], string]>([
    [
      'another quantity',
      'vm',
      { overhead: { memory: '160Mi', cpu: '250m' } },
      'Pod team/web -> RuntimeClass "vm": the overhead of the pod is memory 160Mi, cpu 250m, and that of its class is memory 320Mi, cpu 0.25: the API server refuses such a pod. [OverheadConflict] Leave overhead out: the API server fills it in from the class.',
    ],
    [
      'a resource that the class has not',
      'vm',
      { overhead: { memory: '320Mi', cpu: '250m', 'x/y': '0' } },
      '[OverheadConflict]',
    ],
    ['a resource that is missing', 'vm', { overhead: { cpu: '250m' } }, '[OverheadConflict]'],
    ['overhead without one in the class', 'bare', { overhead: { memory: '1Mi' } }, 'and its class has none'],
    [
      'overhead without a class',
      undefined,
      { overhead: { memory: '1Mi' } },
      'Pod team/web, which names no RuntimeClass, has an overhead (memory 1Mi)',
    ],
    [
      'a label',
      'vm',
      { nodeSelector: { sandbox: 'off' } },
      'Pod team/web -> RuntimeClass "vm": its class wants "sandbox=on" of a node, and the pod "sandbox=off": the API server refuses such a pod. [NodeSelectorConflict]',
    ],
    [
      'two labels',
      'vm',
      { nodeSelector: { sandbox: '', tier: 'b' } },
      'its class wants "sandbox=on", "tier=metal" of a node, and the pod "sandbox=", "tier=b"',
    ],
  ])('%s', (_what, className, spec, expected) => {
    expect(saidOf(className, spec)).toEqual([expect.stringContaining(expected)]);
  });

  test.each<[string, string | undefined, Pod['spec']]>([
    ['the same, written otherwise', 'vm', { overhead: { cpu: '250m', memory: 335544320 } }],
    ['nothing', 'vm', { overhead: {}, nodeSelector: null }],
    ['null', 'bare', { overhead: null }],
    ['other labels', 'vm', { nodeSelector: { sandbox: 'on', other: 'x' } }],
    ['a class that does not exist', 'none', { overhead: { memory: '1Mi' } }],
  ])('but not %s', (_what, className, spec) => {
    expect(saidOf(className, spec)).toEqual([]);
  });

  test('a name that Object has by itself is no label of a pod', () => {
    const odd: RuntimeClass = { ...vm, metadata: { name: 'odd' }, scheduling: { nodeSelector: { toString: 'x' } } };
    const given = podCreation('validating', pod('odd', { nodeSelector: {} }), fromManifest);
    expect(judgedBy(podClassConflicts, given, worldOf({ classes: [odd] })).findings).toEqual([]);
  });
});

const conflicting = pod('vm', { overhead: { memory: '1Mi' }, nodeSelector: { sandbox: 'off' } });

test('a template is warned about, and let in', () => {
  const { decision, findings } = verdictOn(templateReview(conflicting), world);
  expect(decision).toBe('allow');
  expect(findings.map(({ code, severity }) => `${code} ${severity}`)).toEqual([
    'OverheadConflict warning',
    'NodeSelectorConflict warning',
  ]);
});

describe('nothing is said, and nobody denied, of a pod', () => {
  test('that an API server sends: its plugin has spoken, by a class that may be newer than ours', () => {
    for (const phase of ['mutating', 'validating'] as const) {
      expect(judgedBy(podClassConflicts, podCreation(phase, conflicting), world).findings).toEqual([]);
    }
  });

  test('that is stored, and may be older than its class', () => {
    const stored = { ...conflicting, status: { phase: 'Running' } };
    expect(judgedBy(podClassConflicts, podCreation('validating', stored, fromManifest), world).findings).toEqual([]);
  });

  test('that is changed', () => {
    expect(
      judgedBy(podClassConflicts, podUpdate('validating', conflicting, conflicting, fromManifest), world).findings,
    ).toEqual([]);
  });
});
