import data from './guarded-annotations.json' with { type: 'json' };
import { maxKeyLength } from './guarded-keys.ts';
import { matchesAny } from './path-match.ts';

/** The annotations of one runtime, shim, CRI or plugin, known ones and others. */
export type AnnotationFamily = {
  readonly name: string;
  /**
   * Who reads them: a `shim` has what containerd passes on, by pod_annotations; on the `node`, containerd, snapshotters and
   * plugins of NRI have all that a pod has.
   */
  readonly reader: 'shim' | 'node';
};

/** The family that a key belongs to; undefined where nobody who runs pods is known to read it. */
export function annotationFamily(key: string): AnnotationFamily | undefined {
  // Asked about every annotation of many pods: nearly all end here, or with the few suffixes.
  const near = byStart.get(key.slice(0, startCharacters));
  const own = near?.find(({ prefix }) =>
    /[./]$/.test(prefix) ? key.startsWith(prefix) : key === prefix || key.startsWith(`${prefix}/`),
  );
  if (own !== undefined) return own.family;
  const slash = key.indexOf('/');
  const end = slash < 0 ? key.length : slash;
  return suffixes.find(({ suffix }) => key.endsWith(suffix, end))?.family;
}

/**
 * Whether the reader of an annotation has it, as far as that is known: containerd passes on nothing of itself, but what a
 * glob of the runtime's pod_annotations matches. Nothing is known where the globs are not.
 *
 * Source: containerd, internal/cri/util, GetPassthroughAnnotations.
 */
export function reachesReader(key: string, podAnnotations: readonly string[] | undefined): boolean {
  if (podAnnotations === undefined || annotationFamily(key)?.reader !== 'shim') return true;
  return key.length > maxKeyLength || matchesAny(podAnnotations, key);
}

/** No prefix is shorter. */
const startCharacters = 4;

type Prefix = { readonly prefix: string; readonly family: AnnotationFamily };

const listed: readonly Prefix[] = data.families.flatMap(({ name, prefixes, reader }) => {
  const family: AnnotationFamily = { name, reader: reader === 'node' ? 'node' : 'shim' };
  return prefixes.map((prefix) => ({ prefix, family }));
});

/** Prefixes by how they begin. One that ends within a key, at a dot or slash, covers what follows; others are a domain or a key. */
const byStart: ReadonlyMap<string, readonly Prefix[]> = Map.groupBy(
  listed.filter(({ prefix }) => !prefix.startsWith('*')),
  ({ prefix }) => prefix.slice(0, startCharacters),
);

/** Domains of which every name below is the family's, written `*.crio.io` in the list. */
const suffixes: readonly { readonly suffix: string; readonly family: AnnotationFamily }[] = listed
  .filter(({ prefix }) => prefix.startsWith('*'))
  .map(({ prefix, family }) => ({ suffix: prefix.slice(1), family }));
