/**
 * Kubernetes' quantities, such as `250m` or `160Mi`, as whole numbers of billionths, so that two of them are equal where
 * Kubernetes takes them for equal: `0.1` and `100m`, `128Mi` and `134217728`.
 *
 * Source: Kubernetes, apimachinery, pkg/api/resource, quantity.go (ParseQuantity) and suffix.go: parts of a billionth are
 * rounded away from zero, and what is larger than 2^63-1 is that.
 */
export function parseQuantity(text: string): bigint | undefined {
  // What people write is far shorter, and a number takes longer than its length to be made of digits.
  if (text.length > maxCharacters) return undefined;
  const [, sign = '', whole = '', , fraction = '', suffix = ''] = form.exec(text) ?? [];
  if (whole + fraction === '') return undefined;
  const scale = scaleOf(suffix);
  if (scale === undefined) return undefined;
  const { factor, exponent } = scale;
  const tens = exponent - fraction.length + nanoDigits;
  const digits = BigInt(whole + fraction) * factor;
  const magnitude = tens >= 0 ? shiftUp(digits, tens) : shiftDown(digits, -tens);
  const capped = magnitude > maxNanos ? maxNanos : magnitude;
  return sign === '-' ? -capped : capped;
}

/** Whether two quantities are the same number; a text that is no quantity is the same as no other. */
export function isSameQuantity(a: string, b: string): boolean {
  const parsed = parseQuantity(a);
  return a === b || (parsed !== undefined && parsed === parseQuantity(b));
}

const maxCharacters = 64;

const nanoDigits = 9;

const maxNanos = (2n ** 63n - 1n) * 10n ** 9n;

const form = /^([+-]?)(\d*)(\.(\d*))?([A-Za-z]?i?|[eE][+-]?\d+)$/;

const decimalExponents: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

const binaryPowers: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };

function scaleOf(suffix: string): { readonly factor: bigint; readonly exponent: number } | undefined {
  if (Object.hasOwn(decimalExponents, suffix)) return { factor: 1n, exponent: decimalExponents[suffix] ?? 0 };
  if (Object.hasOwn(binaryPowers, suffix)) return { factor: 2n ** (binaryPowers[suffix] ?? 0n), exponent: 0 };
  return /^[eE][+-]?\d+$/.test(suffix) ? { factor: 1n, exponent: Number(suffix.slice(1)) } : undefined;
}

/** Beyond this many zeros every number is larger than the largest, or smaller than the smallest. */
const maxShift = 2 * maxCharacters;

function shiftUp(digits: bigint, tens: number): bigint {
  return digits * 10n ** BigInt(Math.min(tens, maxShift));
}

function shiftDown(digits: bigint, tens: number): bigint {
  const divisor = 10n ** BigInt(Math.min(tens, maxShift));
  return (digits + divisor - 1n) / divisor;
}
