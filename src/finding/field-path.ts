import { quoteUnlessPlain } from './quote.ts';

/** A segment of a path into a document: a field or map key, or a list index. */
export type PathSegment = string | number;

/**
 * Writes a path as Kubernetes' field.Path does: `spec.containers[0].name`; a key that is no plain field name stands in
 * brackets, as in `metadata.annotations[io.containerd.cri.runtime-handler]`.
 */
export function fieldPath(segments: readonly PathSegment[]): string {
  let path = '';
  for (const segment of segments) {
    if (typeof segment === 'string' && /^[A-Za-z][A-Za-z0-9]*$/.test(segment)) {
      path += path === '' ? segment : `.${segment}`;
    } else {
      path += bracketed(segment);
    }
  }
  return path;
}

/** The segments of a JSON Pointer (RFC 6901), such as ajv's instancePath. */
export function pointerSegments(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The field path of one annotation; `prefix` is that of the object that carries it, such as `spec.template.`. */
export function annotationField(key: string, prefix = ''): string {
  return `${prefix}metadata.annotations${bracketed(key)}`;
}

/** The field path of one label. */
export function labelField(key: string): string {
  return `metadata.labels${bracketed(key)}`;
}

function bracketed(key: PathSegment): string {
  return `[${typeof key === 'number' ? key : quoteUnlessPlain(key)}]`;
}
