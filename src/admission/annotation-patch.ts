import type { Verdict } from '../policy/evaluate.ts';
import type { AnnotationEdits } from '../policy/checks/check.ts';

/** One operation of RFC 6902, as far as annotations need them. */
export type PatchOperation =
  | { readonly op: 'add'; readonly path: string; readonly value: string | Readonly<Record<string, unknown>> }
  | { readonly op: 'remove'; readonly path: string };

/** What a verdict does to an object, as a JSON Patch (RFC 6902): a default class, then annotations. */
export function verdictPatch(object: unknown, { edits, defaultClass }: Verdict): readonly PatchOperation[] {
  const patch = annotationPatch(object, edits);
  if (defaultClass === undefined) return patch;
  const hasSpec = isObject(member(object, 'spec'));
  return hasSpec
    ? [{ op: 'add', path: '/spec/runtimeClassName', value: defaultClass }, ...patch]
    : [{ op: 'add', path: '/spec', value: { runtimeClassName: defaultClass } }, ...patch];
}

/** The same as an AdmissionReview carries it, in base64; undefined where there is nothing to do. */
export function encodedPatch(object: unknown, verdict: Verdict): string | undefined {
  const { edits, defaultClass } = verdict;
  const metadata = member(object, 'metadata');
  const isPlain = defaultClass === undefined && isObject(metadata) && !isObject(member(metadata, 'annotations'));
  const known = isPlain ? plainPatches.get(edits) : undefined;
  if (known !== undefined) return known;
  const patch = verdictPatch(object, verdict);
  if (patch.length === 0) return undefined;
  const encoded = Buffer.from(JSON.stringify(patch)).toString('base64');
  if (isPlain) plainPatches.set(edits, encoded);
  return encoded;
}

/** Patches of objects without annotations, which nothing but the edits decides: a class's pods share these. */
const plainPatches = new WeakMap<AnnotationEdits, string>();

/** The object as it is once a verdict's patch was applied. The object itself is left as it is. */
export function applyVerdict(object: object, { edits, defaultClass }: Verdict): object {
  if (defaultClass === undefined) return applyEdits(object, edits);
  const spec = member(object, 'spec');
  return applyEdits({ ...object, spec: { ...(isObject(spec) && spec), runtimeClassName: defaultClass } }, edits);
}

/**
 * Writes edits as a JSON Patch (RFC 6902) that applies to the object as it is: where there are no annotations yet, or no
 * metadata, those are created first. A patch that does not apply is a 500 for the user, even under failurePolicy Ignore.
 */
export function annotationPatch(object: unknown, edits: AnnotationEdits): readonly PatchOperation[] {
  if (edits.size === 0) return [];
  const metadata = member(object, 'metadata');
  const annotations = member(metadata, 'annotations');
  if (!isObject(annotations)) {
    const added = Object.fromEntries([...edits].filter(([, value]) => value !== null));
    if (Object.keys(added).length === 0) return [];
    return isObject(metadata)
      ? [{ op: 'add', path: '/metadata/annotations', value: added }]
      : [{ op: 'add', path: '/metadata', value: { annotations: added } }];
  }
  const operations: PatchOperation[] = [];
  for (const [key, value] of edits) {
    const path = `/metadata/annotations/${escapeSegment(key)}`;
    if (value !== null) operations.push({ op: 'add', path, value });
    else if (Object.hasOwn(annotations, key)) operations.push({ op: 'remove', path });
  }
  return operations;
}

/** The object as it is once the patch for these edits was applied. The object itself is left as it is. */
export function applyEdits(object: object, edits: AnnotationEdits): object {
  if (annotationPatch(object, edits).length === 0) return object;
  const metadata = member(object, 'metadata');
  const annotations = new Map<string, unknown>(Object.entries(member(metadata, 'annotations') ?? {}));
  for (const [key, value] of edits) {
    if (value === null) annotations.delete(key);
    else annotations.set(key, value);
  }
  const kept = isObject(metadata) ? metadata : {};
  return { ...object, metadata: { ...kept, annotations: Object.fromEntries(annotations) } };
}

/** Source: RFC 6901, section 3. */
function escapeSegment(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}

function member(value: unknown, name: 'metadata' | 'annotations' | 'spec'): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
