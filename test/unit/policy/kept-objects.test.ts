import { describe, expect, test } from '@jest/globals';
import { keepRuntimeClass, nodeKeeper } from '../../../src/policy/kept-objects.ts';

describe('of a RuntimeClass', () => {
  test('is kept what policies read, and nothing else', () => {
    const kept = {
      metadata: { name: 'kata', annotations: { 'shimgate.dev/declared-runtime-type': 'io.containerd.kata.v2' } },
      handler: 'kata-qemu',
      overhead: { podFixed: { cpu: '250m' } },
      scheduling: { nodeSelector: { pool: 'kata' }, tolerations: [{ key: 'kata', operator: 'Exists' }] },
    };
    const { metadata } = kept;
    const stored = {
      apiVersion: 'node.k8s.io/v1',
      kind: 'RuntimeClass',
      ...kept,
      metadata: { ...metadata, uid: 'a', annotations: { ...metadata.annotations, other: 'x' }, managedFields: [] },
    };
    expect(keepRuntimeClass(stored)).toEqual(kept);
  });

  test.each([{}, { overhead: null, scheduling: null }, { overhead: { podFixed: null } }])(
    'nothing is made up that it does not have: %j',
    (fields) => {
      const { overhead } = keepRuntimeClass({ metadata: { name: 'a' }, handler: 'runc', ...fields }) ?? {};
      expect(overhead).toBeUndefined();
    },
  );

  test('all is kept where it has no handler, since that may stand elsewhere', () => {
    const misplaced = { metadata: { name: 'a' }, spec: { handler: 'runsc' } };
    expect(keepRuntimeClass(misplaced)).toEqual(misplaced);
  });

  test('nothing is kept that is none', () => {
    expect(keepRuntimeClass({ handler: 1 })).toBeUndefined();
  });
});

describe('what a node says of its runtimes', () => {
  const reported = (name: string, containerRuntimeVersion = 'containerd://2.4.2') => ({
    metadata: { name },
    status: { runtimeHandlers: [{ name: 'kata' }], nodeInfo: { containerRuntimeVersion } },
  });

  test('is held once where nodes say the same', () => {
    const keep = nodeKeeper();
    const [one, other] = [keep(reported('a')), keep(reported('b'))];
    expect(other?.status?.runtimeHandlers).toBe(one?.status?.runtimeHandlers);
    expect(other?.status?.nodeInfo).toBe(one?.status?.nodeInfo);
  });

  test('fills no memory, whatever one node says', () => {
    const keep = nodeKeeper();
    const first = keep(reported('a'));
    for (let index = 0; index < 1_100; index++) keep(reported('evil', `${index}${'x'.repeat(4_000)}`));
    // What was shared before is forgotten, and shared anew.
    expect(keep(reported('b'))?.status?.nodeInfo).not.toBe(first?.status?.nodeInfo);
  });
});
