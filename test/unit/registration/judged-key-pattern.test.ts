import { describe, expect, test } from '@jest/globals';
import { judgedKeyPattern } from '../../../src/registration/judged-key-pattern.ts';
import guarded from '../../../src/shim/guarded-annotations.json' with { type: 'json' };

describe('the keys that make a pod without a class be sent', () => {
  const pattern = new RegExp(judgedKeyPattern);
  const listed = Object.values(guarded.guarded).flat();

  test.each(listed)('are those of the list: $key', ({ key }) => {
    expect(key.replaceAll('*', 'x')).toMatch(pattern);
    expect(key.replaceAll('*', '')).toMatch(pattern);
  });

  test.each([
    'io.containerd.cri.runtime-handler',
    'io.kubernetes.cri.untrusted-workload',
    'shimgate.dev/runtime-type',
    'shimgate.dev/options',
  ])('are others that are judged: %s', (key) => {
    expect(key).toMatch(pattern);
  });

  test.each([
    'kubectl.kubernetes.io/last-applied-configuration',
    'kubernetes.io/config.seen',
    'cni.projectcalico.org/podIP',
    'prometheus.io/scrape',
    'sidecar.istio.io/inject',
    'bundles',
    'k8s.v1.cni.cncf.io/networks',
    'checksum/config',
    'cluster-autoscaler.kubernetes.io/safe-to-evict',
    'io.kubernetes.pod.name',
    'x.io.katacontainers.config',
  ])('are none of everyday life: %s', (key) => {
    expect(key).not.toMatch(pattern);
  });

  test('are found by an expression that is short enough for every annotation of every pod', () => {
    expect(judgedKeyPattern.length).toBeLessThan(400);
  });
});
