import { isTrueOf } from '../../shim/containerd-facts.ts';
import type { ContainerdVersion } from '../../shim/containerd-version.ts';

/** How a containerd makes one configuration of a file and its drop-ins. */
export type Manner = 'each file is migrated' | 'merged before migration' | 'drop-ins replace plugins';

/** The manner of a version, by the facts about it. */
export function mannerOf(version: ContainerdVersion): Manner {
  if (isTrueOf('dropInReplacesPlugin', version)) return 'drop-ins replace plugins';
  return isTrueOf('mergesBeforeMigration', version) ? 'merged before migration' : 'each file is migrated';
}
