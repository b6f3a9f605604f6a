import { describe, expect, test } from '@jest/globals';
import { followPod } from '../../../../src/policy/follow-pod.ts';
import { verdictOn } from '../judged.ts';
import { podCreation, podOf } from '../review-of.ts';
import { classOf, worldOf } from '../../../support/worlds/world-of.ts';

const runtimes = { runsc: { runtimeType: 'io.containerd.runsc.v1' } };
const classes = [classOf('gvisor', 'runsc'), classOf('windows', 'runhcs-wcow-process')];
const world = worldOf({ configuration: { runtimes }, classes });

function podFor(os: string, className?: string) {
  const pod = podOf(className);
  return { ...pod, spec: { ...pod.spec, os: { name: os } } };
}

describe('a pod for another operating system than its runtime', () => {
  test('is warned about, with the chain and what to name instead', () => {
    expect(verdictOn(podCreation('mutating', podFor('windows', 'gvisor')), world)).toMatchObject({
      decision: 'allow',
      findings: [
        {
          code: 'RuntimeOfOtherOperatingSystem',
          severity: 'warning',
          field: 'spec.runtimeClassName',
          message:
            'Pod team/web -> RuntimeClass "gvisor" -> handler "runsc" -> shim "io.containerd.runsc.v1", which is for Linux, and the pod is for Windows.',
          fix: 'Name a RuntimeClass whose handler is of type io.containerd.runhcs.v1.',
        },
      ],
    });
  });

  test('is warned about on Linux too', () => {
    const { findings } = verdictOn(podCreation('mutating', podFor('linux', 'windows')), world);
    expect(findings).toMatchObject([{ code: 'RuntimeOfOtherOperatingSystem', fix: 'Name a RuntimeClass for Linux.' }]);
  });
});

describe('on Windows', () => {
  test("containerd's own runtimes are known without a table", () => {
    const { shim, edits } = verdictOn(podCreation('mutating', podFor('windows', 'windows')), world);
    expect(shim).toEqual({
      name: 'runhcs-wcow-process',
      source: 'stock',
      runtimeType: 'io.containerd.runhcs.v1',
      shimBinary: 'containerd-shim-runhcs-v1.exe',
    });
    expect(edits.get('shimgate.dev/shim-binary')).toBe('containerd-shim-runhcs-v1.exe');
  });

  test.each([
    ['runc', 'runhcs-wcow-process'],
    ['runsc', 'runhcs-wcow-process'],
    ['runhcs-wcow-hypervisor', 'runhcs-wcow-hypervisor'],
  ])('a pod without a class is run by its own default where defaultRuntime is %s', (defaultRuntime, name) => {
    const around = worldOf({ configuration: { runtimes, defaultRuntime } });
    expect(followPod(podFor('windows'), around).handler).toBe(name);
    expect(followPod(podFor('linux'), around).handler).toBe(defaultRuntime);
  });
});
