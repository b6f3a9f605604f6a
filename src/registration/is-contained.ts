/** Whether a value has all that is wanted of it; it may have more, such as defaults. */
export function isContained(wanted: unknown, value: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(value) &&
      wanted.length === value.length &&
      wanted.every((one, index) => isContained(one, value[index]))
    );
  }
  if (typeof wanted !== 'object' || wanted === null) return wanted === value;
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  return Object.entries(wanted).every(([key, one]) => isContained(one, fields[key]));
}
