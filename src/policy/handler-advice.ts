import { quote, quoteUnlessPlain } from '../finding/quote.ts';
import type { RuntimeClass } from '../generated/objects.ts';
import { declaredRuntimeTypeAnnotation } from '../shim/managed-annotations.ts';
import type { RuntimesTable } from '../shim/runtimes-table.ts';
import { nearRuntimeName } from '../shim/well-known-runtimes.ts';
import type { MisplacedHandler } from './misplaced-handler.ts';

/** What to do about a handler; the short form is for where there is little room. */
export type Advice = { readonly fix: string; readonly shortFix?: string };

/** What to do about a handler that stands in another field. */
export function adviceForMisplaced({ field, value }: MisplacedHandler): string {
  const where = `at the top level, beside metadata, and remove ${quoteUnlessPlain(field)}`;
  return isLabel(value)
    ? `Write handler: ${value} ${where}.`
    : `Write the handler ${where}; the API server takes a lower-case label only.`;
}

/** What to do about a handler that is refused as a name: the table may have what was meant by it. */
export function adviceForRefused({ handler = '', metadata }: RuntimeClass, runtimes: RuntimesTable): string {
  const own = metadata?.name ?? '';
  const trimmed = handler.trim();
  const meant = [
    ...(trimmed === '' ? [own] : [trimmed]),
    ...inOrder(runtimes).filter((name) => isRunBy(name, trimmed, runtimes)),
  ].find((name) => runtimes.has(name));
  if (meant !== undefined) return `Set handler to ${quote(meant)}, which the configuration declares.`;
  const [example] = inOrder(runtimes);
  return `Set handler to a runtime from the configuration${example === undefined ? '' : `, such as ${quote(example)}`}.`;
}

/** Whether a runtime runs the file that a handler names by its path, or is named so at the end of the path. */
function isRunBy(name: string, handler: string, runtimes: RuntimesTable): boolean {
  const file = handler.split(/[/\\]/).at(-1) ?? '';
  const { shimBinary, runtimePath, options } = runtimes.get(name) ?? {};
  const binary = options?.['BinaryName'];
  return file !== '' && [name, shimBinary, runtimePath, binary].some((one) => one === handler || one === file);
}

/** The same whatever order the configuration was written in. */
function inOrder(runtimes: RuntimesTable): readonly string[] {
  return [...runtimes.keys()].toSorted();
}

/** What to do about a handler that is the name of a shim: the table may have that shim under a name already. */
export function adviceForShimName(handler: string, runtimes: RuntimesTable): Advice {
  const own = inOrder(runtimes).find((name) => runtimes.get(name)?.runtimeType === handler);
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
  const meant = isReported ? undefined : nearRuntimeName(handler, [...runtimes.keys()]);
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
