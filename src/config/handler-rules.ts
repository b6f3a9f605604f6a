import type { PathSegment } from '../finding/field-path.ts';
import { problem, type Problem } from '../finding/problem.ts';
import { quoteUnlessPlain } from '../finding/quote.ts';
import type { HandlerRule } from '../generated/configuration.ts';
import { matchesAny } from '../shim/path-match.ts';
import type { ShimConfig } from '../shim/runtimes-table.ts';
import { judgeAllowedAnnotations } from './allowed-annotations.ts';
import { judgeOverhead, type RuntimeClassFields } from './compile-runtime-class-fields.ts';
import type { Configuration } from './configuration.ts';
import { judgeEntryKeys } from './entry-annotations.ts';
import { judgeGlob } from './judge-glob.ts';

/** What the configuration says about a handler, and where it says so, such as `runtimes.kata` or `handlerRules[0]`. */
export type Said<T> = { readonly value: T; readonly entry: string };

/** The globs over values of a guarded annotation that pods of a handler may carry; undefined where they may not. */
export function allowedValues(
  handler: string,
  key: string,
  { allowedAnnotations, handlerRules }: Configuration,
): readonly string[] | undefined {
  const own = allowedAnnotations.get(handler);
  if (own !== undefined) return own.get(key);
  const allowed = saidByRule(handler, handlerRules, (rule) => rule.allowedAnnotations)?.value ?? {};
  return Object.hasOwn(allowed, key) ? allowed[key] : undefined;
}

/** What says which guarded annotations pods of a handler may carry, such as `handlerRules[0]`; undefined where nothing does. */
export function entryThatAllows(
  handler: string,
  { allowedAnnotations, handlerRules }: Configuration,
): string | undefined {
  if (allowedAnnotations.has(handler)) return ownEntry(handler);
  return saidByRule(handler, handlerRules, (rule) => rule.allowedAnnotations)?.entry;
}

/** What RuntimeClasses of a handler should say; each field by itself. */
export function runtimeClassFieldsOf(
  handler: string,
  { runtimeClassFields, handlerRules }: Configuration,
): { readonly [Field in keyof RuntimeClassFields]-?: Said<NonNullable<RuntimeClassFields[Field]>> | undefined } {
  const own = runtimeClassFields.get(handler);
  const entry = ownEntry(handler);
  return {
    overhead: own?.overhead
      ? { value: own.overhead, entry }
      : saidByRule(handler, handlerRules, ({ overhead }) => overhead),
    scheduling: own?.scheduling
      ? { value: own.scheduling, entry }
      : saidByRule(handler, handlerRules, ({ scheduling }) => scheduling),
  };
}

/** A shim with the annotations that pods of its handler get: those of its own entry, else those of a rule. */
export function withRuleAnnotations(
  handler: string,
  shim: ShimConfig,
  handlerRules: readonly HandlerRule[],
): ShimConfig {
  if (shim.annotations !== undefined || handlerRules.length === 0) return shim;
  const said = saidByRule(handler, handlerRules, (rule) => rule.annotations);
  return said === undefined ? shim : { ...shim, annotations: said.value };
}

/** The annotations that pods of a handler get by the configuration, whatever its shim is. */
export function declaredAnnotationsOf(
  handler: string,
  { runtimes, handlerRules }: Configuration,
): Readonly<Record<string, string>> | undefined {
  return runtimes.get(handler)?.annotations ?? saidByRule(handler, handlerRules, (rule) => rule.annotations)?.value;
}

function ownEntry(handler: string): string {
  return `runtimes.${quoteUnlessPlain(handler)}`;
}

/** Of each field the first rule that matches the handler and has it counts. */
function saidByRule<T>(
  handler: string,
  rules: readonly HandlerRule[],
  pick: (rule: HandlerRule) => T | undefined,
): Said<T> | undefined {
  for (const [index, rule] of rules.entries()) {
    const value = pick(rule);
    if (value !== undefined && matchesAny(rule.handlers, handler)) return { value, entry: `handlerRules[${index}]` };
  }
  return undefined;
}

/** Judges one rule of the list; paths begin at the configuration's root. */
export function judgeHandlerRule(rule: HandlerRule, index: number): readonly Problem[] {
  const at: readonly PathSegment[] = ['handlerRules', index];
  return [
    ...(rule.handlers.length > 0 ? [] : [noHandlers([...at, 'handlers'])]),
    ...rule.handlers.flatMap((glob, item) => judgeGlob(glob, [...at, 'handlers', item])),
    ...judgeEntryKeys(rule.annotations, at),
    ...judgeAllowedAnnotations(rule, at),
    ...judgeOverhead(rule.overhead, at),
  ];
}

function noHandlers(path: readonly PathSegment[]): Problem {
  const fix = 'Name handlers, or globs such as "kata-*".';
  return problem('InvalidValue', path, 'The list is empty, so that the rule applies to no handler.', { fix });
}
