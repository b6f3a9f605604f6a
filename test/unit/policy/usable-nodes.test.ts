import { describe, expect, test } from '@jest/globals';
import { placementKey } from '../../../src/policy/usable-nodes.ts';

type Placement = Parameters<typeof placementKey>[0];

describe('what decides where a pod may run', () => {
  const affine = (nodeSelectorTerms: readonly object[]) =>
    ({
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
    }) as Placement;
  const term = (values: readonly string[]) => ({ matchExpressions: [{ key: 'arch', operator: 'In', values }] });

  test('is a question of its own for each required affinity, and for none', () => {
    const keys = [{}, affine([]), affine([{}]), affine([term(['arm64'])]), affine([term(['amd64'])])].map(placementKey);
    expect(new Set(keys).size).toBe(5);
    expect(keys).not.toContain(undefined);
    expect(placementKey(affine([term(['arm64'])]))).toBe(keys[3]);
  });

  test('is the same question whatever else a term says', () => {
    expect(placementKey(affine([{ ...term(['arm64']), more: 'x'.repeat(1e6) }]))).toBe(
      placementKey(affine([term(['arm64'])])),
    );
  });

  test.each([
    ['ever so many terms that say nothing', affine(Array.from({ length: 100_000 }, () => ({})))],
    ['ever so many values', affine([term(Array.from({ length: 100_000 }, (_, index) => `v${index}`))])],
    ['ever so many tolerations', { tolerations: Array.from({ length: 100_000 }, () => ({ operator: 'Exists' })) }],
  ])('is not remembered of %s', (_, placement) => {
    expect(placementKey(placement)).toBeUndefined();
  });
});
