import { fieldPath } from '../finding/field-path.ts';
import type { LocatedFinding, Position } from '../finding/located-finding.ts';
import { problem, type Problem } from '../finding/problem.ts';
import type { Validator } from '../generated/validator.ts';
import { parseText, type TextDocument } from '../text/document.ts';
import { schemaProblems } from './schema-problems.ts';

/** A document of ours, or what is wrong with it, in the order of the text. */
export type DocumentReading<T> =
  | { readonly value: T; readonly document: TextDocument }
  | { readonly value?: undefined; readonly findings: readonly LocatedFinding[] };

/**
 * Reads a text of one strict document, in YAML or JSON: an unknown field is an error, as in a configuration.
 *
 * @param bytes the text in UTF-8
 * @param file how to call the text in findings
 * @param validate made with ajv's `allErrors` and `verbose`
 */
export function readDocument<T>(bytes: Uint8Array, file: string, validate: Validator<T>): DocumentReading<T> {
  const { documents, problems } = parseText(bytes);
  const [document, second] = documents;
  const at = (found: Problem, position: Position): LocatedFinding => {
    const { path, ...rest } = found;
    return { ...rest, field: fieldPath(path), source: { file, ...position } };
  };
  if (problems.length > 0) {
    return { findings: problems.map(({ message, position }) => at(problem('InvalidSyntax', [], message), position)) };
  }
  if (document === undefined) {
    return { findings: [at(problem('InvalidSyntax', [], 'The file is empty.'), { line: 1, column: 1 })] };
  }
  if (second !== undefined) {
    return { findings: [at(problem('InvalidSyntax', [], 'The file has more than one document.'), second.start)] };
  }
  const { value } = document;
  if (validate(value)) return { value, document };
  const findings = schemaProblems(validate.errors ?? []).map((found) =>
    at(found, found.code === 'UnknownField' ? document.keyPositionOf(found.path) : document.positionOf(found.path)),
  );
  return { findings: findings.toSorted((a, b) => a.source.line - b.source.line || a.source.column - b.source.column) };
}
