import type { PathSegment } from '../finding/field-path.ts';
import { problem, type Problem } from '../finding/problem.ts';
import { quote } from '../finding/quote.ts';
import { isReservedKey } from '../shim/managed-annotations.ts';

/** Judges the keys of annotations that pods get. @param path of what has the field `annotations` */
export function judgeEntryKeys(
  annotations: Readonly<Record<string, string>> | undefined,
  path: readonly PathSegment[],
): readonly Problem[] {
  return Object.keys(annotations ?? {}).flatMap((key) => judgeKey(key, [...path, 'annotations', key]));
}

/** Source: Kubernetes, apimachinery, pkg/api/validation, ValidateAnnotations: a qualified name, compared in lower case. */
function judgeKey(key: string, path: readonly PathSegment[]): readonly Problem[] {
  if (isReservedKey(key)) return [problem('ReservedAnnotation', path, `${quote(key)} is written by shimgate itself.`)];
  const [prefix, name] = key.includes('/') ? splitOnce(key, '/') : [undefined, key];
  const isName = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(name);
  const label = '[a-z0-9]([a-z0-9-]*[a-z0-9])?';
  const isPrefix =
    prefix === undefined || (prefix.length <= 253 && new RegExp(`^${label}(\\.${label})*$`, 'i').test(prefix));
  return isName && isPrefix ? [] : [problem('InvalidAnnotationKey', path, `${quote(key)} is no valid annotation key.`)];
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + separator.length)];
}
