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
  const domain = key.slice(0, maxKeyLength).split('/', 1)[0] ?? '';
  return families.find(
    ({ beginnings, domains }) =>
      beginnings.some((beginning) => key.startsWith(beginning)) || domains.some((one) => isIn(one, domain)),
  );
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

type Listed = AnnotationFamily & {
  /** How keys begin; each ends where a part of a key does. */
  readonly beginnings: readonly string[];
  /** A key without a slash, or what stands before it; with `*.`, everything below a domain. */
  readonly domains: readonly string[];
};

const families: readonly Listed[] = data.families.map(({ name, prefixes, reader }) => ({
  name,
  reader: reader === 'node' ? 'node' : 'shim',
  beginnings: prefixes.filter((prefix) => /[./]$/.test(prefix)),
  domains: prefixes.filter((prefix) => !/[./]$/.test(prefix)),
}));

function isIn(domain: string, candidate: string): boolean {
  return domain.startsWith('*') ? candidate.endsWith(domain.slice(1)) : candidate === domain;
}
