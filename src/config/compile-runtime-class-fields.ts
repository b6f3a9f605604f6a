import type { PathSegment } from '../finding/field-path.ts';
import { problem, type Problem } from '../finding/problem.ts';
import { quote } from '../finding/quote.ts';
import type { Runtime } from '../generated/configuration.ts';
import { parseQuantity } from '../shim/quantity.ts';

/** What an entry of the runtimes table says about the fields of its RuntimeClasses. */
export type RuntimeClassFields = Pick<Runtime, 'overhead' | 'scheduling'>;

/**
 * Takes from the runtimes what they say about their RuntimeClasses, by handler.
 *
 * @returns these, and the quantities that are none, with paths from the document's root
 */
export function compileRuntimeClassFields(runtimes: Readonly<Record<string, Runtime>>): {
  readonly fields: ReadonlyMap<string, RuntimeClassFields>;
  readonly problems: readonly Problem[];
} {
  const fields = new Map<string, RuntimeClassFields>();
  const problems: Problem[] = [];
  for (const [name, { overhead, scheduling }] of Object.entries(runtimes)) {
    if (overhead !== undefined || scheduling !== undefined) {
      fields.set(name, { ...(overhead && { overhead }), ...(scheduling && { scheduling }) });
    }
    problems.push(...judgeOverhead(overhead, ['runtimes', name]));
  }
  return { fields, problems };
}

/** Judges the quantities of an overhead. @param path of what has the field `overhead` */
export function judgeOverhead(overhead: Runtime['overhead'], path: readonly PathSegment[]): readonly Problem[] {
  return Object.entries(overhead?.podFixed ?? {}).flatMap(([resource, quantity]) => {
    if ((parseQuantity(quantity) ?? -1n) >= 0n) return [];
    const fix = 'Use a quantity of zero or more, such as 250m or 160Mi.';
    const message = `${quote(quantity)} is no quantity of a resource.`;
    return [problem('InvalidValue', [...path, 'overhead', 'podFixed', resource], message, { fix })];
  });
}
