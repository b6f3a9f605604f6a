import type { Node, NodeSelectorRequirement, NodeSelectorTerm, Pod } from '../generated/objects.ts';

/**
 * More words than any manifest has reason for: keys and values are compared with each node's labels, and whoever makes
 * pods could ask for millions of comparisons.
 */
const maxWords = 1_000;

/** Whether a pod's required node affinity lets it onto a node. */
export type NodeAffinity = (node: Node) => boolean;

/** The part of a pod's affinity that is read. */
export function requiredNodes(spec: NonNullable<Pod['spec']>) {
  return spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
}

/**
 * Reads the node affinity that a pod requires. Terms are alternatives, and of a term all has to hold; one that asks for
 * nothing holds nowhere.
 *
 * Source: Kubernetes, component-helpers, scheduling/corev1/nodeaffinity/nodeaffinity.go.
 *
 * @returns undefined where it is too long to be asked of every node
 */
export function requiredNodeAffinity(spec: NonNullable<Pod['spec']>): NodeAffinity | undefined {
  const required = requiredNodes(spec);
  if (required === undefined || required === null) return () => true;
  const terms = required.nodeSelectorTerms ?? [];
  if (wordsIn(terms) > maxWords) return undefined;
  const read = terms.map(readTerm);
  return (node) => read.some((term) => term(node));
}

function wordsIn(terms: readonly NodeSelectorTerm[]): number {
  return terms.reduce(
    (words, { matchExpressions, matchFields }) =>
      [...(matchExpressions ?? []), ...(matchFields ?? [])].reduce(
        (sum, { values }) => sum + 1 + (values?.length ?? 0),
        words + 1,
      ),
    0,
  );
}

function readTerm({ matchExpressions, matchFields }: NodeSelectorTerm): NodeAffinity {
  const ofLabels = (matchExpressions ?? []).map((one) => {
    const holds = readRequirement(one);
    return ({ metadata }: Node) => holds(ownValue(metadata?.labels, one.key));
  });
  // The only field that there is; the API server takes no other.
  const ofFields = (matchFields ?? []).map((one) => {
    const holds = readRequirement(one);
    return ({ metadata }: Node) => holds(one.key === 'metadata.name' ? (metadata?.name ?? '') : '');
  });
  const all = [...ofLabels, ...ofFields];
  return (node) => all.length > 0 && all.every((holds) => holds(node));
}

function readRequirement({ operator, values }: NodeSelectorRequirement): (found: string | undefined) => boolean {
  const wanted = new Set(values ?? []);
  const [bound] = [...wanted].map(wholeNumber);
  switch (operator) {
    case 'In':
      return (found) => found !== undefined && wanted.has(found);
    case 'NotIn':
      return (found) => found === undefined || !wanted.has(found);
    case 'Exists':
      return (found) => found !== undefined;
    case 'DoesNotExist':
      return (found) => found === undefined;
    case 'Gt':
      return (found) => isOrdered(bound, wholeNumber(found));
    case 'Lt':
      return (found) => isOrdered(wholeNumber(found), bound);
    default:
      return () => false;
  }
}

function isOrdered(smaller: bigint | undefined, greater: bigint | undefined): boolean {
  return smaller !== undefined && greater !== undefined && smaller < greater;
}

/** A whole number of 64 bits, as Go reads it; undefined for anything else. */
function wholeNumber(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^[+-]?\d{1,32}$/.test(text)) return undefined;
  const number = BigInt(text.replace(/^\+/, ''));
  return number === BigInt.asIntN(64, number) ? number : undefined;
}

function ownValue(labels: Readonly<Record<string, string>> | null | undefined, key: string): string | undefined {
  return labels !== undefined && labels !== null && Object.hasOwn(labels, key) ? labels[key] : undefined;
}
