/** A minor version of containerd, such as 2.3: patch releases keep what these rules are about. */
export type ContainerdVersion = `${number}.${number}`;

/** Both ends are included; without one, the range has no end on that side. */
export type VersionRange = { readonly from?: ContainerdVersion; readonly until?: ContainerdVersion };

/** The versions whose behaviour is known, oldest first; a later one is taken to do what the newest of these does. */
export const knownVersions: readonly ContainerdVersion[] = ['1.6', '1.7', '2.0', '2.1', '2.2', '2.3', '2.4'];

/**
 * Reads a version as containerd, its packages and the status of a node write it: `2.2`, `v2.2.9`, `1.7.27~ds1`,
 * `containerd://2.1.5-k3s1`.
 *
 * @returns undefined where it is none, or is older than every version whose behaviour is known
 */
export function readContainerdVersion(text: string): ContainerdVersion | undefined {
  const parts = /^(?:containerd:\/\/)?v?(\d{1,3})\.(\d{1,3})(?![\d])(?:[.~+-][\w.~+:-]*)?$/.exec(text);
  if (parts === null) return undefined;
  const version: ContainerdVersion = `${Number(parts[1])}.${Number(parts[2])}`;
  return isInRange(version, { from: knownVersions[0] ?? version }) ? version : undefined;
}

/** Whether a version lies in a range. */
export function isInRange(version: ContainerdVersion, { from, until }: VersionRange): boolean {
  return (from === undefined || compare(version, from) >= 0) && (until === undefined || compare(version, until) <= 0);
}

/** Versions as a message names them: `containerd 2.1`, `containerd 2.3 and 2.4`, `containerd 1.7 and 2.1 to 2.4`. */
export function listVersions(versions: readonly ContainerdVersion[]): string {
  const runs: ContainerdVersion[][] = [];
  for (const version of versions) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run !== undefined && last !== undefined && follows(last, version)) run.push(version);
    else runs.push([version]);
  }
  const parts = runs.flatMap((run) => (run.length > 2 ? [`${run[0] ?? ''} to ${run.at(-1) ?? ''}`] : run));
  const [last, ...before] = parts.toReversed();
  const list = before.length === 0 ? (last ?? '') : `${before.toReversed().join(', ')} and ${last ?? ''}`;
  return `containerd ${list}`;
}

/** The verb that fits what `listVersions` names: `containerd 2.1 refuses`, `containerd 2.3 and 2.4 refuse`. */
export function verbFor(versions: readonly ContainerdVersion[], one: string, many: string): string {
  return versions.length === 1 ? one : many;
}

function follows(before: ContainerdVersion, after: ContainerdVersion): boolean {
  return knownVersions.indexOf(after) === knownVersions.indexOf(before) + 1 && knownVersions.includes(before);
}

function compare(a: ContainerdVersion, b: ContainerdVersion): number {
  const [majorOfA = 0, minorOfA = 0] = a.split('.').map(Number);
  const [majorOfB = 0, minorOfB = 0] = b.split('.').map(Number);
  return majorOfA - majorOfB || minorOfA - minorOfB;
}
