import type { PathSegment } from '../finding/field-path.ts';
import { problem, type Problem } from '../finding/problem.ts';
import { quote } from '../finding/quote.ts';
import { pathMatch } from '../shim/path-match.ts';

/** Judges a glob as Go's path.Match would read it. */
export function judgeGlob(glob: string, path: readonly PathSegment[]): readonly Problem[] {
  if (pathMatch(glob, '') !== 'bad pattern') return [];
  return [problem('MalformedGlob', path, `${quote(glob)} is a malformed glob.`)];
}
