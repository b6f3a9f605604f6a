import { finding, type Finding } from '../../finding/finding.ts';
import { quote, quoteUnlessPlain } from '../../finding/quote.ts';
import type { Resources } from '../../generated/objects.ts';
import { isSameQuantity } from '../../shim/quantity.ts';
import type { PodCase } from '../case.ts';
import { nothing, type PodCheck } from './check.ts';

/** So many resources of an overhead, and labels, are written out, and the others counted. */
const maxNamed = 4;

/**
 * The API server's own RuntimeClass plugin writes the overhead of a class into its pods, and adds its node selector; it refuses a
 * pod that has another overhead, or another value for one of those labels. A template of such a pod is let in, and none of its
 * pods ever is. About pods that it sends the plugin has spoken already, so that only those of manifests are judged.
 *
 * Source: Kubernetes 1.37, plugin/pkg/admission/runtimeclass/admission.go: setOverhead, setScheduling, validateOverhead.
 */
export const podClassConflicts: PodCheck = {
  id: 'pod-class-conflicts',
  about: 'pods',
  // Nothing of what the API server sends, which is what it may answer by itself.
  reads: [],
  codes: ['NodeSelectorConflict', 'OverheadConflict'],
  evaluate: (given) => {
    const { pod, review, isNew, isTemplate, followed } = given;
    const { overhead, nodeSelector } = pod.spec ?? {};
    if (!isNew || (overhead ?? nodeSelector ?? undefined) === undefined) return nothing;
    const isPastPlugin = review.request.uid !== '' || (pod.status?.phase ?? undefined) !== undefined;
    const isUnknownClass = followed.className !== undefined && followed.runtimeClass === undefined;
    if ((!isTemplate && isPastPlugin) || isUnknownClass) return nothing;
    return { findings: [...judgeOverhead(given, overhead ?? {}), ...judgeSelector(given, nodeSelector ?? {})] };
  },
};

function judgeOverhead(given: PodCase, own: NonNullable<Resources>): readonly Finding[] {
  const { runtimeClass } = given.followed;
  if (Object.keys(own).length === 0) return [];
  if (runtimeClass === undefined) {
    return [overheadConflict(given, `, which names no RuntimeClass, has an overhead (${shown(own)})`)];
  }
  const podFixed = runtimeClass.overhead?.podFixed ?? {};
  if (isSameOverhead(own, podFixed)) return [];
  const ofClass = Object.keys(podFixed).length === 0 ? 'its class has none' : `that of its class is ${shown(podFixed)}`;
  return [overheadConflict(given, `: the overhead of the pod is ${shown(own)}, and ${ofClass}`)];
}

function overheadConflict({ subject, prefix, followed }: PodCase, text: string): Finding {
  const links = followed.runtimeClass === undefined ? 0 : 1;
  return finding('OverheadConflict', {
    field: `${prefix}spec.overhead`,
    subject,
    statement: { kind: 'predicate', links, ...(links > 0 && { about: 0 }), text, detail: refused },
  });
}

function judgeSelector(given: PodCase, own: Readonly<Record<string, string>>): readonly Finding[] {
  const { subject, prefix, followed } = given;
  const wanted = Object.entries(followed.runtimeClass?.scheduling?.nodeSelector ?? {});
  const conflicts = wanted.filter(([label, value]) => Object.hasOwn(own, label) && own[label] !== value);
  const [first] = conflicts;
  if (first === undefined) return [];
  const text = `: its class wants ${pairs(conflicts)} of a node, and the pod ${pairs(
    conflicts.map(([label]) => [label, own[label] ?? '']),
  )}`;
  const [label] = first;
  return [
    finding('NodeSelectorConflict', {
      field: `${prefix}spec.nodeSelector${conflicts.length === 1 ? `[${quoteUnlessPlain(label)}]` : ''}`,
      subject,
      statement: { kind: 'predicate', links: 1, about: 0, text, detail: refused },
    }),
  ];
}

const refused = ': the API server refuses such a pod';

/** As the API server compares them: resource by resource, one of nothing included. */
function isSameOverhead(one: NonNullable<Resources>, other: NonNullable<Resources>): boolean {
  const resources = Object.keys(one);
  return (
    resources.length === Object.keys(other).length &&
    resources.every((resource) => {
      return Object.hasOwn(other, resource) && isSameQuantity(String(one[resource]), String(other[resource]));
    })
  );
}

function shown(overhead: NonNullable<Resources>): string {
  const resources = Object.keys(overhead);
  const named = resources.slice(0, maxNamed).map((one) => `${quoteUnlessPlain(one)} ${plain(overhead[one] ?? '')}`);
  return counted(named, resources.length);
}

function pairs(labels: readonly (readonly [label: string, value: string])[]): string {
  return counted(
    labels.slice(0, maxNamed).map(([label, value]) => quote(`${label}=${value}`)),
    labels.length,
  );
}

function counted(named: readonly string[], count: number): string {
  return `${named.join(', ')}${count > named.length ? ` and ${count - named.length} more` : ''}`;
}

function plain(quantity: string | number): string {
  const text = String(quantity);
  return /^[\w.+-]{1,64}$/.test(text) ? text : quote(text);
}
