import { describe, expect, test } from '@jest/globals';
import { annotationField, fieldPath, pointerSegments, type PathSegment } from '../../../src/finding/field-path.ts';

describe('a field path', () => {
  test.each<readonly [readonly PathSegment[], string]>([
    [[], ''],
    [['handler'], 'handler'],
    [['spec', 'containers', 0, 'name'], 'spec.containers[0].name'],
    [
      ['metadata', 'annotations', 'io.containerd.cri.runtime-handler'],
      'metadata.annotations[io.containerd.cri.runtime-handler]',
    ],
    [['metadata', 'annotations', 'a'], 'metadata.annotations.a'],
    [['runtimes', 'kata-qemu', 'options'], 'runtimes[kata-qemu].options'],
    [['runtimes', 'my/custom.shim.v1'], 'runtimes[my/custom.shim.v1]'],
    [['__proto__'], '[__proto__]'],
    [['runtimes', '1', 'path'], 'runtimes[1].path'],
    [[''], '[]'],
    [['runtimes', '\x1b[31m', 'path'], 'runtimes["\\u001b[31m"].path'],
    [['a'.repeat(317), '-'.repeat(317)], `${'a'.repeat(317)}[${'-'.repeat(317)}]`],
    [['-'.repeat(318)], `["${'-'.repeat(128)}…"]`],
  ])('of %j is %j', (segments, expected) => {
    expect(fieldPath(segments)).toBe(expected);
  });
});

describe('the field path of an annotation', () => {
  test.each([
    ['a', '', 'metadata.annotations[a]'],
    ['a\u202eb', '', 'metadata.annotations["a\\u202eb"]'],
    ['shimgate.dev/source', 'spec.template.', 'spec.template.metadata.annotations[shimgate.dev/source]'],
  ])('%j below %j is %j', (key, prefix, expected) => {
    expect(annotationField(key, prefix)).toBe(expected);
  });
});

describe('the segments of a JSON Pointer', () => {
  test.each([
    ['', []],
    ['/', ['']],
    ['/spec/taints/0', ['spec', 'taints', '0']],
    ['/metadata/annotations/a~1b', ['metadata', 'annotations', 'a/b']],
    ['/a~0b/~01', ['a~b', '~1']],
  ])('%j are %j', (pointer, expected) => {
    expect(pointerSegments(pointer)).toEqual(expected);
  });
});
