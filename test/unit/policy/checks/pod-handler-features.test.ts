import { describe, expect, test } from '@jest/globals';
import type { Node, Pod } from '../../../../src/generated/objects.ts';
import { podHandlerFeatures } from '../../../../src/policy/checks/pod-handler-features.ts';
import { judgedBy, lineOf } from '../judged.ts';
import { podCreation, podOf, podUpdate, templateReview } from '../review-of.ts';
import { classOf, worldOf } from '../../../support/worlds/world-of.ts';

type Features = readonly [users: boolean, mounts: boolean] | undefined;

/** A node that reports features of its handlers. */
function nodeWith(name: string, handlers: Readonly<Record<string, Features>>, labels = {}): Node {
  return {
    metadata: { name, labels },
    status: {
      runtimeHandlers: Object.entries(handlers).map(([handler, features]) => ({
        name: handler,
        ...(features && { features: { userNamespaces: features[0], recursiveReadOnlyMounts: features[1] } }),
      })),
    },
  };
}

const full = [true, true] as const;
const none = [false, false] as const;
const modern = nodeWith('modern', { '': full, runc: full, runsc: none, vm: undefined }, { age: 'new' });
const dated = nodeWith('dated', { '': [false, true], runc: [false, true], runsc: none }, { age: 'old' });
const silent: Node = { metadata: { name: 'silent' }, status: {} };
const classes = [
  classOf('sandbox', 'runsc'),
  classOf('stock', 'runc'),
  classOf('old', 'runc', { nodeSelector: { age: 'old' } }),
  classOf('vm', 'vm'),
  classOf('absent', 'nowhere'),
];

function pod(className: string | undefined, spec: Pod['spec']): Pod {
  return { ...podOf(className), spec: { ...podOf(className).spec, ...spec } };
}

function saidOf(className: string | undefined, spec: Pod['spec'], nodes: readonly Node[] = [modern, dated]) {
  const world = worldOf({ classes, nodes });
  return judgedBy(podHandlerFeatures, podCreation('validating', pod(className, spec)), world).findings.map(lineOf);
}

const apart = { hostUsers: false } as const;
const sealed = { containers: [{}, { volumeMounts: [{}, { recursiveReadOnly: 'Enabled' }] }] };

describe('what kubelets refuse for want of a feature is foreseen:', () => {
  test.each<[string, string | undefined, Pod['spec'], readonly Node[], string]>([
    [
      'user namespaces with gVisor',
      'sandbox',
      apart,
      [modern, dated],
      'Pod team/web -> RuntimeClass "sandbox" -> handler "runsc": the pod asks for user namespaces (hostUsers: false), and none of the 2 nodes with that handler that the pod can use has them. [HandlerLacksFeature]',
    ],
    [
      'mounts with gVisor',
      'sandbox',
      sealed,
      [modern],
      'recursive read-only mounts (recursiveReadOnly: Enabled), and the only node with that handler that the pod can use does not have them.',
    ],
    [
      'mounts of a container that runs first',
      'sandbox',
      { initContainers: sealed.containers },
      [modern],
      '[HandlerLacksFeature]',
    ],
    ['a handler that reports no feature', 'vm', apart, [modern, dated], 'the only node with that handler'],
    ['nodes that the class leads to', 'old', apart, [modern, dated], 'the only node'],
    [
      'nodes that the pod leads to',
      'stock',
      { ...apart, nodeSelector: { age: 'old' } },
      [modern, dated],
      'the only node',
    ],
    [
      'the default runtime',
      undefined,
      apart,
      [dated],
      'Pod team/web: it asks for user namespaces (hostUsers: false), and the only node with the default runtime',
    ],
  ])('%s', (_what, className, spec, nodes, expected) => {
    expect(saidOf(className, spec, nodes)).toEqual([expect.stringContaining(expected)]);
  });

  test('each by the field that asks', () => {
    const world = worldOf({ classes, nodes: [modern] });
    const review = templateReview(pod('sandbox', { ...apart, ...sealed }));
    expect(
      judgedBy(podHandlerFeatures, review, world).findings.map(({ field, severity }) => [severity, field]),
    ).toEqual([
      ['warning', 'spec.template.spec.hostUsers'],
      ['warning', 'spec.template.spec.containers[1].volumeMounts[1].recursiveReadOnly'],
    ]);
  });
});

describe('nothing is said', () => {
  test.each<[string, string | undefined, Pod['spec'], readonly Node[]]>([
    ['where one node has it', 'stock', apart, [modern, dated]],
    ['where one may have it, since it reports nothing', 'sandbox', apart, [modern, silent]],
    ['where no node is known', 'sandbox', apart, []],
    ['where no node has the handler at all', 'absent', apart, [modern]],
    ['of a class that does not exist', 'none', apart, [modern]],
    ['of a pod that names its node', 'sandbox', { ...apart, nodeName: 'modern' }, [modern]],
    [
      'of what is asked for where it can be',
      'sandbox',
      { containers: [{ volumeMounts: [{ recursiveReadOnly: 'IfPossible' }] }] },
      [modern],
    ],
    ['of a pod that asks for nothing', 'sandbox', { hostUsers: true, containers: [{ volumeMounts: null }] }, [modern]],
  ])('%s', (_what, className, spec, nodes) => {
    expect(saidOf(className, spec, nodes)).toEqual([]);
  });

  test('of a pod that is there', () => {
    const asking = pod('sandbox', apart);
    const world = worldOf({ classes, nodes: [modern] });
    expect(judgedBy(podHandlerFeatures, podUpdate('validating', asking, asking), world).findings).toEqual([]);
  });

  test('of an untrusted workload, which has a runtime of its own', () => {
    const untrusted = { ...podOf(undefined, { 'io.kubernetes.cri.untrusted-workload': 'true' }), spec: apart };
    const world = worldOf({ classes, nodes: [dated] });
    expect(judgedBy(podHandlerFeatures, podCreation('validating', untrusted), world).findings).toEqual([]);
  });
});
