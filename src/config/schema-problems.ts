import type { ErrorObject } from 'ajv';
import { pointerSegments, type PathSegment } from '../finding/field-path.ts';
import { nearMiss } from '../finding/near-miss.ts';
import { problem, type Problem } from '../finding/problem.ts';
import { quote } from '../finding/quote.ts';

/**
 * Turns ajv's errors into problems that say what was found, what is allowed and, for a misspelt word, what was probably
 * meant. Wants errors made with ajv's `verbose` option.
 */
export function schemaProblems(errors: readonly ErrorObject[]): readonly Problem[] {
  return errors.map((error) => {
    const path = pointerSegments(error.instancePath);
    switch (error.keyword) {
      case 'additionalProperties':
        return unknownField(path, error);
      case 'required': {
        const field = String(error.params['missingProperty']);
        return problem('MissingField', path, `The field ${quote(field)} is missing.`);
      }
      case 'const':
        return invalidValue(path, error.data, [error.params['allowedValue']]);
      case 'enum':
        return invalidValue(path, error.data, error.params['allowedValues'] as readonly unknown[]);
      case 'type':
        return wrongType(path, error.data, String(error.params['type']));
      default:
        return problem('InvalidValue', path, `The value ${error.message ?? 'is not allowed'}.`);
    }
  });
}

/**
 * Whether the schema knows none of a document's fields, nor what they could be misspellings of: it is something else.
 *
 * @param fields how many it has, before defaults were filled in
 */
export function hasNoKnownField(fields: number, errors: readonly ErrorObject[]): boolean {
  const unknown = errors.filter(
    ({ keyword, instancePath }) => keyword === 'additionalProperties' && instancePath === '',
  );
  return (
    unknown.length > 0 &&
    unknown.length === fields &&
    unknown.every((error) => nearMiss(String(error.params['additionalProperty']), knownFields(error)) === undefined)
  );
}

function knownFields({ parentSchema }: ErrorObject): readonly string[] {
  return Object.keys((parentSchema as { readonly properties?: Readonly<Record<string, unknown>> }).properties ?? {});
}

function unknownField(path: readonly PathSegment[], error: ErrorObject): Problem {
  const field = String(error.params['additionalProperty']);
  const known = knownFields(error);
  const meant = nearMiss(field, known);
  const hint = meant === undefined ? `Allowed here: ${known.join(', ')}.` : `Did you mean ${meant}?`;
  return problem('UnknownField', [...path, field], `There is no field ${quote(field)}.`, { fix: hint });
}

function invalidValue(path: readonly PathSegment[], found: unknown, allowed: readonly unknown[]): Problem {
  const words = allowed.map(String);
  const meant = typeof found === 'string' ? nearMiss(found, words) : undefined;
  const fix =
    meant === undefined ? `Allowed: ${words.join(', ')}.` : `Did you mean ${meant}? Allowed: ${words.join(', ')}.`;
  return problem('InvalidValue', path, `The value ${show(found)} is not allowed.`, { fix });
}

function wrongType(path: readonly PathSegment[], found: unknown, wanted: string): Problem {
  const isUnquoted = wanted === 'string' && (typeof found === 'number' || typeof found === 'boolean');
  // How it was spelt (1.10, 0x1F) is not known any more, so the fix does not spell it.
  const fix = isUnquoted ? 'Put it in quotes.' : `Give ${article(wanted)}.`;
  // A text that is no table at all may be any file, and hold what nobody should see.
  const shown = path.length === 0 && typeof found === 'string' ? 'The value' : `The value ${show(found)}`;
  return problem('InvalidValue', path, `${shown} is ${article(typeName(found))}, not ${article(wanted)}.`, { fix });
}

function show(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return '[…]';
  if (typeof value === 'object' && value !== null) return '{…}';
  return String(value);
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function article(type: string): string {
  if (type === 'null') return 'nothing';
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}
