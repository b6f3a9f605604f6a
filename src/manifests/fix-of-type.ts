/**
 * What to do about a field of the wrong type, where there is more to say than to correct it: YAML reads digits, and words
 * such as true and no, as something other than text, and Kubernetes refuses that in an annotation or a label.
 *
 * @param message that of the schema
 */
export function fixOfType(message: string): string | undefined {
  return / must be string(?:,null)?$/.test(message)
    ? 'Write it in quotes: without them, YAML reads digits, and words such as true and no, as something other than text.'
    : undefined;
}
