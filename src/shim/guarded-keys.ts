import data from './guarded-annotations.json' with { type: 'json' };
import { pathMatch } from './path-match.ts';

/**
 * How the readers of a value take it apart: a `path`; `paths`, which blanks, commas or semicolons separate; `words`, kernel
 * parameters that every blank separates; a `commandLine`, which the kernel alone reads, so that quotes keep a blank; a
 * `list`, which blanks, commas or semicolons separate or which is a JSON array; or `text`, taken whole.
 */
export type ValueForm = 'path' | 'words' | keyof typeof data.readAs;

/** One entry of the list of guarded annotations, which docs/guarded-annotations.md shows with its sources. */
export type GuardedKey = {
  /** The entry's key: literal, with a `*` at its end for a prefix, or a glob. */
  readonly pattern: string;
  readonly form: ValueForm;
  /** What the key does, as a sentence or two. */
  readonly why: string;
  /** Values that take nothing from what protects the host, and so need no permission. */
  readonly safe: ReadonlySet<string>;
};

/**
 * The annotation by which a pod asks for the runtime `untrusted`, past its RuntimeClass. A case of its own.
 *
 * Source: containerd, internal/cri/annotations/annotations.go, UntrustedWorkload.
 */
export const untrustedWorkloadAnnotation = 'io.kubernetes.cri.untrusted-workload';

/**
 * Why a pod annotation of this key is guarded; undefined where it is not. An entry that is the key itself comes first, then the
 * longest prefix, then a glob, which is a rule about keys that the list does not know yet. Matches are anchored. A key that is
 * longer than any that Kubernetes takes is held against the beginnings of globs: it is refused anyway, and nobody reads it.
 */
export function guardedKey(key: string): GuardedKey | undefined {
  // Asked about every annotation of every pod: nearly all end here.
  const bucket = buckets.get(key.slice(0, bucketCharacters));
  if (bucket === undefined) return undefined;
  const exact = bucket.exact.get(key);
  if (exact !== undefined) return exact === 'harmless' ? undefined : exact;
  return (
    bucket.prefixes.find(({ prefix }) => key.startsWith(prefix))?.entry ??
    bucket.globs.find(({ pattern }) =>
      key.length > maxKeyLength ? key.startsWith(literalStart(pattern)) : pathMatch(pattern, key) === 'match',
    )
  );
}

/** Whether a value of a guarded key needs no permission, since it switches nothing on, or a protection. */
export function isSafeValue({ safe }: GuardedKey, value: string): boolean {
  return safe.has(value);
}

/** The first clause of why, fit to stand in parentheses. */
export function shortWhy({ why }: GuardedKey): string {
  const clause = why.split(/[.;] |\.$/, 1)[0] ?? '';
  return clause.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());
}

/** Whether a key is known, and known to need no guarding. */
export function isHarmlessKey(key: string): boolean {
  return buckets.get(key.slice(0, bucketCharacters))?.exact.get(key) === 'harmless';
}

/** The keys of the list that are neither prefix nor glob: what somebody may have meant who wrote another one. */
export function plainGuardedKeys(): readonly string[] {
  return entries.flatMap(({ pattern }) => (pattern.includes('*') ? [] : [pattern]));
}

/** Source: Kubernetes, apimachinery, pkg/util/validation, IsQualifiedName: a DNS name, a slash and a name. */
export const maxKeyLength = 253 + 1 + 63;

/** Shorter than the literal beginning of every entry. */
const bucketCharacters = 4;

/** Keys that the list's rules would cover and that are none of theirs. */
const notGuarded: readonly string[] = [...data.harmless, untrustedWorkloadAnnotation];

type Bucket = {
  readonly exact: Map<string, GuardedKey | 'harmless'>;
  /** Longest first. */
  readonly prefixes: { readonly prefix: string; readonly entry: GuardedKey }[];
  readonly globs: GuardedKey[];
};

const formOf: ReadonlyMap<string, ValueForm> = new Map([
  ...data.readAs.paths.map((key) => [key, 'paths'] as const),
  ...data.readAs.list.map((key) => [key, 'list'] as const),
  ...data.readAs.text.map((key) => [key, 'text'] as const),
  ...data.readAs.commandLine.map((key) => [key, 'commandLine'] as const),
]);

const usualForm: Readonly<Record<keyof typeof data.guarded, ValueForm>> = {
  path: 'path',
  arguments: 'words',
  library: 'text',
  switch: 'text',
  device: 'text',
  isolation: 'text',
  snapshot: 'text',
};

const entries: readonly GuardedKey[] = [
  ...entriesOf('path'),
  ...entriesOf('arguments'),
  ...entriesOf('library'),
  ...entriesOf('switch'),
  ...entriesOf('device'),
  ...entriesOf('isolation'),
  ...entriesOf('snapshot'),
];

const buckets: ReadonlyMap<string, Bucket> = fillBuckets();

type Listed = { readonly key: string; readonly why: string; readonly safe?: readonly string[] };

function entriesOf(kind: keyof typeof data.guarded): readonly GuardedKey[] {
  const listed: readonly Listed[] = data.guarded[kind];
  return listed.map(({ key, why, safe = [] }) => ({
    pattern: key,
    form: formOf.get(key) ?? usualForm[kind],
    why,
    safe: new Set(safe.flatMap(spellingsOf)),
  }));
}

/** The values that readers take for the same. Source: Go's package strconv, func ParseBool. */
function spellingsOf(value: string): readonly string[] {
  switch (value) {
    case 'true':
      return ['1', 't', 'T', 'true', 'TRUE', 'True'];
    case 'false':
      return ['0', 'f', 'F', 'false', 'FALSE', 'False'];
    default:
      return [value];
  }
}

function literalStart(pattern: string): string {
  return pattern.slice(0, pattern.indexOf('*'));
}

function fillBuckets(): ReadonlyMap<string, Bucket> {
  const filled = new Map<string, Bucket>();
  const bucketOf = (key: string): Bucket => {
    const start = key.slice(0, bucketCharacters);
    const bucket = filled.get(start) ?? { exact: new Map(), prefixes: [], globs: [] };
    filled.set(start, bucket);
    return bucket;
  };
  for (const entry of entries) {
    const { pattern } = entry;
    const { exact, prefixes, globs } = bucketOf(pattern);
    const star = pattern.indexOf('*');
    if (star < 0) exact.set(pattern, entry);
    else if (star === pattern.length - 1) prefixes.push({ prefix: pattern.slice(0, star), entry });
    else globs.push(entry);
  }
  for (const key of notGuarded) bucketOf(key).exact.set(key, 'harmless');
  for (const { prefixes } of filled.values()) prefixes.sort((a, b) => b.prefix.length - a.prefix.length);
  return filled;
}
