import { nearMiss } from '../finding/near-miss.ts';
import { quote, quoteUnlessPlain } from '../finding/quote.ts';
import { declaredRuntimeTypeAnnotation } from '../shim/managed-annotations.ts';
import type { RuntimesTable } from '../shim/runtimes-table.ts';

/** What to do about a handler; the short form is for where there is little room. */
export type Advice = { readonly fix: string; readonly shortFix?: string };

/** What to do about a handler that is the name of a shim: the table may have that shim under a name already. */
export function adviceForShimName(handler: string, runtimes: RuntimesTable): Advice {
  // The same one whatever order the configuration was written in.
  const [own] = [...runtimes.values()]
    .filter(({ runtimeType }) => runtimeType === handler)
    .map(({ name }) => name)
    .toSorted();
  if (own !== undefined) return { fix: `Set handler to ${quote(own)}, by which the configuration declares that shim.` };
  return {
    fix: `Declare a handler for it, and use that: runtimes: {HANDLER: {runtimeType: ${quoteUnlessPlain(handler)}}}`,
  };
}

/**
 * What to do about a handler that nobody declares. Declaring one that is no label helps nobody: the API server takes no class
 * with it.
 *
 * Source: Kubernetes, pkg/apis/node/validation, ValidateRuntimeClass: an RFC 1123 label.
 *
 * @param isReported whether a node has it, so that it is no misspelling
 */
export function adviceForUndeclared(handler: string, isReported: boolean, runtimes: RuntimesTable): Advice {
  const meant = isReported ? undefined : nearMiss(handler, [...runtimes.keys()]);
  const question = meant === undefined ? '' : `Did you mean ${quote(meant)}? `;
  if (!isLabel(handler)) {
    const rename = 'it as a lower-case label, on the nodes too: the API server takes no other handler.';
    return { fix: `${question}${meant === undefined ? 'Name' : 'Else name'} ${rename}` };
  }
  const declare = `runtimes: {${quoteUnlessPlain(handler)}: {runtimeType: SHIM}}`;
  const shortFix = `${question}${meant === undefined ? 'Declare' : 'Else declare'} it: ${declare}.`;
  return {
    fix:
      meant === undefined
        ? `Declare it: ${declare}, or its shim on the class: annotation ${declaredRuntimeTypeAnnotation}.`
        : shortFix,
    shortFix,
  };
}

function isLabel(handler: string): boolean {
  return handler.length <= 63 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(handler);
}
