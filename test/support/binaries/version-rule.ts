export type Version = {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
};

/**
 * Which versions may stand in for the pinned one.
 * - `same-minor`: the same major and minor; the tests assert on messages, which change between minors.
 * - `one-minor-skew`: the same major, at most one minor older or newer: what Kubernetes supports for kubectl
 *   (kubernetes.io, "Version Skew Policy", kubectl).
 * - `same-minor-or-newer`: the same major, the same minor or a newer one.
 */
export type VersionRule = 'same-minor' | 'one-minor-skew' | 'same-minor-or-newer';

/**
 * Finds the first version in a program's output, such as `Kubernetes v1.37.2` or `etcd Version: 3.7.3`.
 *
 * @returns The version without pre-release and build parts, or undefined where there is none.
 */
export function parseVersion(text: string): Version | undefined {
  const match = /\bv?(\d+)\.(\d+)\.(\d+)/.exec(text);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) };
}

/** Writes a version as `1.37.2`. */
export function formatVersion(version: Version): string {
  return `${version.major}.${version.minor}.${version.patch}`;
}

/**
 * Judges whether a found version may be used in place of the pinned one.
 *
 * @returns Why not, as the end of a sentence that begins with the found version, or undefined where it may.
 */
export function reasonAgainst(found: Version, pinned: Version, rule: VersionRule): string | undefined {
  const minorsNewer = found.minor - pinned.minor;
  const sameMajor = found.major === pinned.major;
  switch (rule) {
    case 'same-minor':
      return sameMajor && minorsNewer === 0 ? undefined : `needed is ${pinned.major}.${pinned.minor}.x`;
    case 'one-minor-skew':
      return sameMajor && Math.abs(minorsNewer) <= 1
        ? undefined
        : `it supports API servers within one minor of its own, and the pinned one is ${formatVersion(pinned)}`;
    case 'same-minor-or-newer':
      return sameMajor && minorsNewer >= 0
        ? undefined
        : `needed is ${pinned.major}.${pinned.minor} or newer, below ${pinned.major + 1}`;
  }
}
