import { describe, expect, test } from '@jest/globals';
import type { Node } from '../../../src/generated/objects.ts';
import { nodeKeeper } from '../../../src/policy/kept-objects.ts';
import { podManagedAnnotations } from '../../../src/policy/checks/pod-managed-annotations.ts';
import { judgedBy, verdictOn } from './judged.ts';
import { podCreation, podOf, podUpdate } from './review-of.ts';
import { classOf, nodeOf, worldOf, type ConfigurationFields } from '../../support/worlds/world-of.ts';

const key = 'io.containerd.cri.runtime-handler';

/** A node as it is kept of a live cluster. */
function running(name: string, containerRuntimeVersion: string | undefined, labels: Record<string, string> = {}): Node {
  const node = nodeOf(name, ['runc', 'fc', 'plain'], { labels });
  const nodeInfo = { kernelVersion: '6.12', ...(containerRuntimeVersion !== undefined && { containerRuntimeVersion }) };
  const kept = nodeKeeper()({ ...node, status: { ...node.status, nodeInfo } });
  if (kept === undefined) throw new Error('the node of the test is none');
  return kept;
}

const of17 = running('old', 'containerd://1.7.28', { pool: 'old' });
const of24 = running('new', 'containerd://2.4.2', { pool: 'new' });

function around(nodes: readonly Node[], fields: ConfigurationFields = {}) {
  const runtimes = {
    fc: { runtimeType: 'io.containerd.kata-fc.v2', snapshotter: 'devmapper' },
    plain: { runtimeType: 'io.containerd.kata.v2' },
    same: { runtimeType: 'io.containerd.kata.v2', snapshotter: 'overlayfs' },
  };
  const classes = [
    classOf('fc', 'fc'),
    classOf('plain', 'plain'),
    classOf('same', 'same'),
    classOf('old', 'fc', { nodeSelector: { pool: 'old' } }),
  ];
  return worldOf({ configuration: { runtimes, injectedAnnotations: [], ...fields }, classes, nodes });
}

const injected = (className: string, nodes: readonly Node[], fields: ConfigurationFields = {}) =>
  Object.fromEntries(verdictOn(podCreation('mutating', podOf(className)), around(nodes, fields)).edits);

describe('by default the handler is injected where every node of the class gains by it:', () => {
  test.each<readonly [string, string, readonly Node[], boolean]>([
    ['containerd 1.7', 'fc', [of17], true],
    ['containerd 1.7 of all that the class selects', 'old', [of17, of24], true],
    ['not where the runtime has no snapshotter of its own', 'plain', [of17], false],
    ['not where that is the general one', 'same', [of17], false],
    ['not where pulls would fail', 'fc', [of24], false],
    ['not where they would fail on one node', 'fc', [of17, of24], false],
    ['not where it is ignored', 'fc', [running('a', 'containerd://2.1.5-k3s1')], false],
    ['not on containerd 1.6', 'fc', [running('a', 'containerd://1.6.36')], false],
    ['not where a version is not known', 'fc', [of17, running('a', undefined)], false],
    ['not where it is not containerd', 'fc', [running('a', 'cri-o://1.34.0')], false],
    ['not where no node is known', 'fc', [], false],
  ])('%s', (_, className, nodes, expected) => {
    expect(injected(className, nodes)).toEqual(expected ? { [key]: 'fc' } : {});
  });

  test('and with true wherever a pod has a class, with false nowhere', () => {
    expect(injected('plain', [of24], { runtimeHandlerAnnotation: true })).toEqual({ [key]: 'plain' });
    expect(injected('fc', [of17], { runtimeHandlerAnnotation: false })).toEqual({});
  });
});

describe('replicas that know other nodes agree:', () => {
  const known = [around([of17]), around([of24]), around([])];
  const [right, wrong] = [podOf('fc', { [key]: 'fc' }), podOf('fc', { [key]: 'runc' })];

  test('what one wrote, or did not write, is right for all', () => {
    for (const world of known) {
      for (const pod of [right, podOf('fc')]) {
        expect(verdictOn(podCreation('validating', pod), world)).toMatchObject({ decision: 'allow', findings: [] });
      }
    }
  });

  test('another handler is refused by all', () => {
    for (const world of known) {
      const { findings } = judgedBy(podManagedAnnotations, podCreation('validating', wrong), world);
      expect(findings.map(({ code }) => code)).toEqual(['ManagedAnnotationWrong']);
    }
  });

  test('what a user wrote on a new pod is replaced or removed', () => {
    const edits = known.map((world) => Object.fromEntries(verdictOn(podCreation('mutating', wrong), world).edits));
    expect(edits).toEqual([{ [key]: 'fc' }, { [key]: null }, { [key]: null }]);
  });

  test('a pod keeps what it was created with', () => {
    for (const world of known) {
      for (const pod of [right, podOf('fc')]) {
        const review = podUpdate('validating', { ...pod, metadata: { ...pod.metadata, labels: { a: 'b' } } }, pod);
        expect(verdictOn(review, world)).toMatchObject({ decision: 'allow', findings: [] });
      }
      expect(verdictOn(podUpdate('validating', wrong, right), world).decision).toBe('deny');
    }
  });
});
