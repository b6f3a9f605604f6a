import { expect, test } from '@jest/globals';
import { fixOfType } from '../../../src/manifests/fix-of-type.ts';

test.each([
  ['metadata.annotations.a must be string', true],
  ['spec.runtimeClassName must be string,null', true],
  ['spec.tolerations must be array', false],
])('what to do where %s: quotes %s', (message, isQuoted) => {
  expect(fixOfType(message)?.startsWith('Write it in quotes') ?? false).toBe(isQuoted);
});
