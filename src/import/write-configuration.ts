import { Document } from 'yaml';
import { quoteUnlessPlain } from '../finding/quote.ts';
import { printableDocument, printableJson, printableLine } from '../text/printable.ts';
import type { ImportResult } from './import-paths.ts';

/** What was imported, as a text that shimgate reads: YAML with the sources in a comment, or JSON. */
export function writeConfiguration(
  { runtimes, defaultRuntime, sources }: Pick<ImportResult, 'runtimes' | 'defaultRuntime' | 'sources'>,
  format: 'yaml' | 'json',
): string {
  const configuration = {
    apiVersion: 'config.shimgate.dev/v1alpha1',
    kind: 'ShimgateConfiguration',
    ...(defaultRuntime !== undefined && { defaultRuntime }),
    runtimes: Object.fromEntries(runtimes),
  };
  if (format === 'json') return `${printableJson(configuration, 2)}\n`;
  // Several nodes share the values that they agree on; written as aliases, these would be hard to edit.
  const document = new Document(configuration, { aliasDuplicateObjects: false });
  const list = sources.map((source) => `   ${printableLine(quoteUnlessPlain(source))}`).join('\n');
  document.commentBefore = ` Written by shimgate import, from:\n${list}`;
  return printableDocument(document);
}
