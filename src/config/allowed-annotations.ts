import { nearMiss } from '../finding/near-miss.ts';
import type { PathSegment } from '../finding/field-path.ts';
import { problem, type Problem } from '../finding/problem.ts';
import { quote } from '../finding/quote.ts';
import type { Runtime } from '../generated/configuration.ts';
import { flawOfGlob } from '../shim/guarded-value.ts';
import { guardedKey, isHarmlessKey, plainGuardedKeys } from '../shim/guarded-keys.ts';
import type { AllowedAnnotations } from './configuration.ts';
import { judgeGlob } from './judge-glob.ts';

/** The runtimes' allowedAnnotations, by runtime name. */
export function compileAllowedAnnotations(runtimes: Readonly<Record<string, Runtime>>): AllowedAnnotations {
  return new Map(
    Object.entries(runtimes).flatMap(([name, { allowedAnnotations }]) =>
      allowedAnnotations === undefined ? [] : [[name, new Map(Object.entries(allowedAnnotations))] as const],
    ),
  );
}

/** The runtimes' podAnnotations, by runtime name; none of a runtime that does not say what it passes on. */
export function compilePassedAnnotations(
  runtimes: Readonly<Record<string, Runtime>>,
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.entries(runtimes).flatMap(([name, { podAnnotations }]) =>
      podAnnotations === undefined ? [] : [[name, podAnnotations] as const],
    ),
  );
}

/** Judges the allowedAnnotations of a runtime or a rule: what has no effect there is probably misspelt. */
export function judgeAllowedAnnotations(
  { allowedAnnotations = {} }: Pick<Runtime, 'allowedAnnotations'>,
  path: readonly PathSegment[],
): readonly Problem[] {
  return Object.entries(allowedAnnotations).flatMap(([key, globs]) => {
    const at = [...path, 'allowedAnnotations', key];
    return [...judgeAllowedKey(key, at), ...globs.flatMap((glob, index) => judgeValueGlob(key, glob, [...at, index]))];
  });
}

function judgeAllowedKey(key: string, path: readonly PathSegment[]): readonly Problem[] {
  if (key.includes('*')) {
    const message = `${quote(key)} allows nothing: keys stand here as they are, without globs.`;
    return [problem('AllowedAnnotationUnguarded', path, message, { fix: 'Name each key that pods may carry.' })];
  }
  if (guardedKey(key) !== undefined) return [];
  const meant = isHarmlessKey(key) ? undefined : nearMiss(key, plainGuardedKeys());
  return [
    problem(
      'AllowedAnnotationUnguarded',
      path,
      `${quote(key)} is no guarded annotation, so there is nothing to allow.`,
      meant === undefined ? {} : { fix: `Did you mean ${meant}?` },
    ),
  ];
}

function judgeValueGlob(key: string, glob: string, path: readonly PathSegment[]): readonly Problem[] {
  const malformed = judgeGlob(glob, path);
  if (malformed.length > 0) return malformed;
  const guarded = guardedKey(key);
  const flaw = guarded === undefined ? undefined : flawOfGlob(guarded.form, glob);
  if (flaw === undefined) return [];
  const message = `No value of ${key} can match ${quote(glob)}: it ${flaw}.`;
  return [problem('UnmatchableGlob', path, message)];
}
