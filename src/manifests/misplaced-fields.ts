import { groupKindOf, podTemplatePlace } from '../admission/pod-template-place.ts';
import { fieldPath, type PathSegment } from '../finding/field-path.ts';
import { finding, type Finding } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';
import { naming } from '../finding/statement.ts';
import { annotationFamily } from '../shim/annotation-families.ts';
import { nameOf, tableOf, valueAt, type ManifestValue } from './manifest-value.ts';

const knownName = 'runtimeClassName';

/** What people write for it, without letter case, dashes and underscores. */
const otherNames: ReadonlySet<string> = new Set(['runtimeclassname', 'runtimeclass', 'runtimehandler']);

/** Maps whose keys are their author's own. */
const freeMaps: ReadonlySet<string> = new Set([
  'annotations',
  'labels',
  'matchLabels',
  'nodeSelector',
  'selector',
  'volumeAttributes',
  'options',
]);

/** Deeper than any field of a pod; who looks goes down by calling itself. */
const maxDepth = 16;

/**
 * Fields of pods, pod templates and RuntimeClasses that say which runtime is meant, and stand where Kubernetes has no such
 * field. kubectl refuses them unless told otherwise; any other client has them dropped, and the pod runs in the default
 * runtime, or the class has no overhead. The webhook never sees them: the API server drops them before.
 *
 * Source: Kubernetes, "Kubernetes API Concepts", Field validation: kubectl asks for Strict unless told otherwise, other
 * clients get Warn, and the field is dropped.
 */
export function misplacedFields(object: ManifestValue): readonly Finding[] {
  const groupKind = groupKindOf(object);
  if (groupKind === 'node.k8s.io/RuntimeClass') return ofClass(object);
  const place = groupKind === '/Pod' ? { prefix: '' } : podTemplatePlace(groupKind);
  if (place === undefined) return [];
  const right = `${place.prefix}spec`.split('.');
  return [
    ...ofPodSpec(object, right),
    ...(place.prefix === '' ? [] : ofAnnotations(object, `${place.prefix}metadata`.split('.'))),
  ];
}

function ofPodSpec(object: ManifestValue, right: readonly string[]): readonly Finding[] {
  const field = fieldPath([...right, knownName]);
  const hasOwn = typeof valueAt(object.value, [...right, knownName]) === 'string';
  const found = namesIn(object.value).filter((path) => fieldPath(path) !== field);
  return found.map((path) => {
    const effect = hasOwn
      ? `what counts is ${field}`
      : 'the pod runs in the default runtime, or in that of a default class';
    const text = `${nameOf(object)}: ${fieldPath(path)} is no field of Kubernetes: kubectl refuses it, others drop it, and then ${effect}.`;
    const fix = hasOwn ? 'Remove it.' : `Write it ${field}.`;
    return finding('MisplacedField', { field: fieldPath(path), statement: naming(text), fix });
  });
}

/** How each of the other names begins, in whatever writing: most keys are told from them by their first letter. */
const beginning = /^[-_]*r[-_]*u[-_]*n/i;

function isOtherName(key: string): boolean {
  return beginning.test(key) && otherNames.has(key.toLowerCase().replaceAll(/[-_]/g, ''));
}

/** The paths of all fields that are called as the class of a pod is, or nearly, and have a text. */
function namesIn(value: object): readonly (readonly PathSegment[])[] {
  const found: PathSegment[][] = [];
  // One path for the whole way: of nearly every field of nearly every pod there is nothing to say.
  const path: PathSegment[] = [];
  const enter = (entry: unknown, segment: PathSegment) => {
    path.push(segment);
    look(entry);
    path.pop();
  };
  const look = (entry: unknown) => {
    if (path.length > maxDepth || typeof entry !== 'object' || entry === null) return;
    if (Array.isArray(entry)) {
      for (let index = 0; index < entry.length; index++) enter(entry[index], index);
      return;
    }
    for (const key in entry) {
      const below = (entry as Readonly<Record<string, unknown>>)[key];
      if (typeof below === 'object') {
        if (!freeMaps.has(key)) enter(below, key);
      } else if (typeof below === 'string' && below !== '' && isOtherName(key) && !freeMaps.has(key)) {
        found.push([...path, key]);
      }
    }
  };
  look(value);
  return found;
}

/** A pod has the annotations of its template, and none of the object that the template stands in. */
function ofAnnotations(object: ManifestValue, right: readonly string[]): readonly Finding[] {
  const own = tableOf(valueAt(object.value, ['metadata', 'annotations']));
  // A Deployment's ReplicaSet carries copies of the Deployment's annotations: they are told once.
  if (own === undefined || valueAt(object.value, ['metadata', 'ownerReferences']) !== undefined) return [];
  const ofPods = tableOf(valueAt(object.value, [...right, 'annotations'])) ?? {};
  return Object.keys(own)
    .filter((key) => !Object.hasOwn(ofPods, key))
    .flatMap((key) => {
      const family = annotationFamily(key);
      if (family === undefined) return [];
      const text = `${nameOf(object)}: annotation ${quote(key)}, of ${family.name}, is the object's own: its pods do not have it.`;
      const fix = `Move it to ${fieldPath([...right, 'annotations'])}.`;
      const field = fieldPath(['metadata', 'annotations', key]);
      return [finding('MisplacedField', { field, statement: naming(text), fix })];
    });
}

/** What a RuntimeClass has below a field of its own, and people write one level up. */
function ofClass(object: ManifestValue): readonly Finding[] {
  const top = tableOf(object.value) ?? {};
  const overhead = tableOf(top['overhead']) ?? {};
  return [
    ...Object.keys(overhead)
      .filter((key) => key !== 'podFixed')
      .map((key) => inClass(object, ['overhead', key], ['overhead', 'podFixed', key], 'pods of it have no overhead')),
    ...['podFixed', 'podOverhead']
      .filter((key) => tableOf(top[key]) !== undefined)
      .map((key) => inClass(object, [key], ['overhead', 'podFixed'], 'pods of it have no overhead')),
    ...['nodeSelector', 'tolerations']
      .filter((key) => top[key] !== undefined && top[key] !== null)
      .map((key) => inClass(object, [key], ['scheduling', key], 'pods of it may be put on any node')),
  ];
}

function inClass(object: ManifestValue, path: readonly string[], right: readonly string[], effect: string): Finding {
  const field = fieldPath(path);
  const text = `${nameOf(object)}: ${field} is no field of a RuntimeClass: kubectl refuses it, others drop it, and then ${effect}.`;
  return finding('MisplacedField', { field, statement: naming(text), fix: `Write it ${fieldPath(right)}.` });
}
