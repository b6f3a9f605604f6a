import type { Node, Taint, Toleration } from '../generated/objects.ts';

/** What a list of tolerations tolerates: made once, it costs the same for each taint, however long the list is. */
export type Tolerance = (taint: Taint) => boolean;

/**
 * Taints that say what a node's state is at the moment, and not for whom the node is there: a node that is not ready or
 * cordoned today runs pods tomorrow. The API server itself gives each new node the first one.
 *
 * Source: Kubernetes, api, core/v1/well_known_taints.go; cloud-provider, api/well_known_taints.go.
 */
const taintsOfState: ReadonlySet<string> = new Set([
  'node.kubernetes.io/not-ready',
  'node.kubernetes.io/unreachable',
  'node.kubernetes.io/unschedulable',
  'node.kubernetes.io/memory-pressure',
  'node.kubernetes.io/disk-pressure',
  'node.kubernetes.io/network-unavailable',
  'node.kubernetes.io/pid-pressure',
  'node.kubernetes.io/out-of-service',
  'node.cloudprovider.kubernetes.io/uninitialized',
  'node.cloudprovider.kubernetes.io/shutdown',
]);

/**
 * Whether pods with such tolerations may be scheduled to a node, whatever its state is at the moment: a taint that merely
 * prefers keeps nobody away either.
 */
export function isTolerated({ spec }: Node, tolerates: Tolerance): boolean {
  return (spec?.taints ?? []).every(
    (taint) => taint.effect === 'PreferNoSchedule' || taintsOfState.has(taint.key) || tolerates(taint),
  );
}

/**
 * `Lt` and `Gt` came with Kubernetes 1.35, behind a feature gate; where that is off the API server refuses them, so that
 * they are read as if it were on. Of several numbers for one key and effect, the one that tolerates most is kept.
 *
 * Source: Kubernetes, api, core/v1/toleration.go, Toleration.ToleratesTaint.
 */
export function toleranceOf(tolerations: readonly Toleration[]): Tolerance {
  const existing = new Pairs<true>();
  const equal = new Pairs<Set<string>>();
  const below = new Pairs<bigint>();
  const above = new Pairs<bigint>();
  for (const { key: ofKey, operator, value: ofValue, effect: ofEffect } of tolerations) {
    const [key, value, effect] = [ofKey ?? '', ofValue ?? '', ofEffect ?? ''];
    const number = operator === 'Lt' || operator === 'Gt' ? wholeNumber(value) : undefined;
    if (operator === 'Exists') existing.set(key, effect, true);
    else if ((operator ?? '') === '' || operator === 'Equal') {
      if (key !== '') equal.set(key, effect, (equal.get(key, effect) ?? new Set<string>()).add(value));
    } else if (number !== undefined) {
      const bounds = operator === 'Lt' ? below : above;
      const bound = bounds.get(key, effect);
      const tolerateMore = bound === undefined || (operator === 'Lt' ? number > bound : number < bound);
      if (tolerateMore) bounds.set(key, effect, number);
    }
  }
  return ({ key, value, effect }) => {
    const number = wholeNumber(value ?? '');
    return ['', key].some((ofKey) =>
      ['', effect].some((ofEffect) => {
        const lowest = above.get(ofKey, ofEffect);
        const highest = below.get(ofKey, ofEffect);
        return (
          existing.get(ofKey, ofEffect) === true ||
          equal.get(ofKey, ofEffect)?.has(value ?? '') === true ||
          (number !== undefined &&
            ((highest !== undefined && number < highest) || (lowest !== undefined && number > lowest)))
        );
      }),
    );
  };
}

/** Something for each key and effect. */
class Pairs<T> {
  readonly #byKey = new Map<string, Map<string, T>>();

  get(key: string, effect: string): T | undefined {
    return this.#byKey.get(key)?.get(effect);
  }

  set(key: string, effect: string, value: T): void {
    let byEffect = this.#byKey.get(key);
    if (byEffect === undefined) this.#byKey.set(key, (byEffect = new Map<string, T>()));
    byEffect.set(effect, value);
  }
}

/** Undefined for what is no whole number of 64 bits, written without leading zeros or a plus sign. */
function wholeNumber(text: string): bigint | undefined {
  // A longer text is none, and is not looked through.
  if (text.length > 20 || !/^(0|-?[1-9]\d{0,18})$/.test(text)) return undefined;
  const number = BigInt(text);
  return number === BigInt.asIntN(64, number) ? number : undefined;
}
