import type { Node, Taint, Toleration } from '../generated/objects.ts';

/** Whether pods with these tolerations may be scheduled to a node: a taint that merely prefers keeps nobody away. */
export function isTolerated({ spec }: Node, tolerations: readonly Toleration[]): boolean {
  return (spec?.taints ?? []).every(
    (taint) => taint.effect === 'PreferNoSchedule' || tolerations.some((toleration) => tolerates(toleration, taint)),
  );
}

/**
 * `Lt` and `Gt` came with Kubernetes 1.35, behind a feature gate; where that is off the API server refuses them, so that
 * they are read as if it were on.
 *
 * Source: Kubernetes, api, core/v1/toleration.go, Toleration.ToleratesTaint.
 */
function tolerates({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if ((effect ?? '') !== '' && effect !== taint.effect) return false;
  if ((key ?? '') !== '' && key !== taint.key) return false;
  switch (operator ?? '') {
    case 'Exists':
      return true;
    case '':
    case 'Equal':
      return (key ?? '') !== '' && (value ?? '') === (taint.value ?? '');
    case 'Lt':
      return compare(taint.value, value, (ofTaint, own) => ofTaint < own);
    case 'Gt':
      return compare(taint.value, value, (ofTaint, own) => ofTaint > own);
    default:
      return false;
  }
}

function compare(
  ofTaint: string | null | undefined,
  own: string | null | undefined,
  holds: (ofTaint: bigint, own: bigint) => boolean,
): boolean {
  const [a, b] = [wholeNumber(ofTaint), wholeNumber(own)];
  return a !== undefined && b !== undefined && holds(a, b);
}

/** Undefined for what is no whole number of 64 bits, written without leading zeros or a plus sign. */
function wholeNumber(text: string | null | undefined): bigint | undefined {
  if (!/^(0|-?[1-9]\d{0,18})$/.test(text ?? '')) return undefined;
  const number = BigInt(text ?? '');
  return number === BigInt.asIntN(64, number) ? number : undefined;
}
