import { describe, expect, test } from '@jest/globals';
import {
  annotationsFor,
  declaredRuntimeTypeAnnotation,
  isManagedKey,
  isReservedKey,
  runtimeHandlerAnnotation,
  type AnnotationChoice,
} from '../../../src/shim/managed-annotations.ts';
import type { ShimConfig } from '../../../src/shim/runtimes-table.ts';

const everything: AnnotationChoice = {
  runtimeHandlerAnnotation: true,
  injectedAnnotations: ['runtime-type', 'shim-binary', 'runtime-path', 'options', 'source'],
};

const nothing: AnnotationChoice = { runtimeHandlerAnnotation: false, injectedAnnotations: [] };

const kata: ShimConfig = {
  name: 'kata-qemu',
  source: 'configured',
  runtimeType: 'io.containerd.kata-qemu.v2',
  shimBinary: '/opt/kata/bin/containerd-shim-kata-v2',
  runtimePath: '/opt/kata/bin/containerd-shim-kata-v2',
  options: { b: [1, { d: true, c: null }], a: 'x' },
  snapshotter: 'nydus',
  annotations: { 'io.katacontainers.config.hypervisor.machine_type': 'q35' },
};

const onlyReported: ShimConfig = { name: 'kata-qemu', source: 'node' };

describe('the annotations of a pod', () => {
  test.each<readonly [string, ShimConfig | undefined, AnnotationChoice, Readonly<Record<string, string>>]>([
    [
      'say all that is known of the shim, and are its own too',
      kata,
      everything,
      {
        'io.containerd.cri.runtime-handler': 'kata-qemu',
        'shimgate.dev/runtime-type': 'io.containerd.kata-qemu.v2',
        'shimgate.dev/shim-binary': '/opt/kata/bin/containerd-shim-kata-v2',
        'shimgate.dev/runtime-path': '/opt/kata/bin/containerd-shim-kata-v2',
        'shimgate.dev/options': '{"a":"x","b":[1,{"c":null,"d":true}]}',
        'shimgate.dev/source': 'configured',
        'io.katacontainers.config.hypervisor.machine_type': 'q35',
      },
    ],
    [
      'leave out what does not apply',
      { name: 'x', source: 'implicit', runtimeType: 'a.b', shimBinary: 'containerd-shim-a-b' },
      everything,
      {
        'io.containerd.cri.runtime-handler': 'kata-qemu',
        'shimgate.dev/runtime-type': 'a.b',
        'shimgate.dev/shim-binary': 'containerd-shim-a-b',
        'shimgate.dev/source': 'implicit',
      },
    ],
    [
      'are those that the admin chose',
      kata,
      { runtimeHandlerAnnotation: false, injectedAnnotations: ['source'] },
      { 'shimgate.dev/source': 'configured', 'io.katacontainers.config.hypervisor.machine_type': 'q35' },
    ],
    [
      "are the runtime's own where nothing was chosen",
      kata,
      nothing,
      { 'io.katacontainers.config.hypervisor.machine_type': 'q35' },
    ],
    [
      'say no more than handler and source where only nodes know the handler',
      onlyReported,
      everything,
      { 'io.containerd.cri.runtime-handler': 'kata-qemu', 'shimgate.dev/source': 'node' },
    ],
    [
      'say no more than the handler where nothing is known of it',
      undefined,
      everything,
      { 'io.containerd.cri.runtime-handler': 'kata-qemu' },
    ],
    ['are none where nothing is known and nothing was chosen', undefined, nothing, {}],
  ])('%s', (_, shim, choice, expected) => {
    expect(Object.fromEntries(annotationsFor('kata-qemu', shim, choice, false))).toEqual(expected);
  });
});

describe('a key is only for shimgate to write', () => {
  test.each<readonly [string, ShimConfig | undefined, AnnotationChoice, boolean]>([
    ['io.containerd.cri.runtime-handler', kata, everything, true],
    ['io.containerd.cri.runtime-handler', undefined, everything, true],
    ['io.containerd.cri.runtime-handler', kata, nothing, false],
    ['shimgate.dev/runtime-type', undefined, nothing, true],
    ['shimgate.dev/shim-binary', undefined, nothing, true],
    ['shimgate.dev/runtime-path', undefined, nothing, true],
    ['shimgate.dev/options', undefined, nothing, true],
    ['shimgate.dev/source', onlyReported, everything, true],
    ['io.katacontainers.config.hypervisor.machine_type', kata, nothing, true],
    ['io.katacontainers.config.hypervisor.machine_type', onlyReported, everything, false],
    ['io.katacontainers.config.hypervisor.kernel', kata, everything, false],
    ['shimgate.dev/declared-runtime-type', kata, everything, true],
    ['shimgate.dev/mode', undefined, nothing, true],
    ['shimgate.dev/of-a-later-version', onlyReported, nothing, true],
    ['shimgate.devs/source', kata, everything, false],
    ['x.shimgate.dev/source', kata, everything, false],
    ['Shimgate.dev/source', kata, everything, false],
    ['constructor', kata, everything, false],
    ['__proto__', kata, everything, false],
  ])('%s', (key, shim, choice, expected) => {
    expect(isManagedKey(key, shim, choice)).toBe(expected);
  });

  test('wherever an annotation is written', () => {
    for (const key of annotationsFor('kata-qemu', kata, everything, false).keys()) {
      expect([key, isManagedKey(key, kata, everything)]).toEqual([key, true]);
    }
  });
});

describe("a runtime's entry may not declare", () => {
  test.each([
    [runtimeHandlerAnnotation, true],
    [declaredRuntimeTypeAnnotation, true],
    ['shimgate.dev/runtime-type', true],
    ['shimgate.dev/shim-binary', true],
    ['shimgate.dev/runtime-path', true],
    ['shimgate.dev/options', true],
    ['shimgate.dev/source', true],
    ['io.katacontainers.config.hypervisor.machine_type', false],
    ['shimgate.dev/of-a-later-version', true],
    ['source', false],
    ['shimgate.devs/x', false],
  ])('%s: %j', (key, expected) => {
    expect(isReservedKey(key)).toBe(expected);
  });
});
