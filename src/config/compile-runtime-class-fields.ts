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
    for (const [resource, quantity] of Object.entries(overhead?.podFixed ?? {})) {
      if ((parseQuantity(quantity) ?? -1n) >= 0n) continue;
      const path = ['runtimes', name, 'overhead', 'podFixed', resource];
      const fix = 'Use a quantity of zero or more, such as 250m or 160Mi.';
      problems.push(problem('InvalidValue', path, `${quote(quantity)} is no quantity of a resource.`, { fix }));
    }
  }
  return { fields, problems };
}
