import { imageKeyVersions, runtimeKeyVersions } from '../../shim/containerd-facts.ts';
import {
  isInRange,
  listVersions,
  verbFor,
  type ContainerdVersion,
  type VersionRange,
} from '../../shim/containerd-version.ts';
import { listNames } from '../../finding/list-names.ts';
import { withEntries, type LocatedTable, type Place } from '../../text/located-value.ts';
import { importFinding, type Report } from '../import-finding.ts';
import { saysNothing } from '../not-carried-over.ts';
import { isZero, structField } from './go-decoding.ts';

/** Runtimes without the keys that none of the versions has, which are reported: once for each key and file. */
export function withKeysOfVersions(
  runtimes: ReadonlyMap<string, LocatedTable>,
  versions: readonly ContainerdVersion[],
  report: Report,
): ReadonlyMap<string, LocatedTable> {
  const unknown = keysOfNone(runtimeKeyVersions, versions);
  for (const key of unknown) {
    const found = [...runtimes].flatMap(([name, table]) => {
      const value = table.entries.get(key);
      return value === undefined || saysNothing(key, value) ? [] : [{ name, at: value.at }];
    });
    for (const ofFile of Map.groupBy(found, ({ at }) => at.file).values()) {
      const names = ofFile.map(({ name }) => name);
      if (ofFile[0] !== undefined)
        reportForeign(key, ofFile[0].at, ` of the ${listNames('runtime', names)}`, versions, report);
    }
  }
  const none = new Map(unknown.map((key) => [key, undefined]));
  return new Map([...runtimes].map(([name, table]) => [name, withEntries(table, none)]));
}

/** Settings about images without the keys that none of the versions has. */
export function withImageKeysOfVersions(
  images: LocatedTable,
  versions: readonly ContainerdVersion[],
  report: Report,
): LocatedTable {
  const unknown = keysOfNone(imageKeyVersions, versions);
  for (const key of unknown) {
    const value = structField(images, key);
    if (value !== undefined && !isZero(value)) reportForeign(key, value.at, '', versions, report);
  }
  return withEntries(images, new Map(unknown.map((key) => [key, undefined])));
}

function keysOfNone(
  keys: ReadonlyMap<string, VersionRange>,
  versions: readonly ContainerdVersion[],
): readonly string[] {
  return [...keys].flatMap(([key, range]) => (versions.some((version) => isInRange(version, range)) ? [] : [key]));
}

function reportForeign(
  key: string,
  at: Place,
  whose: string,
  versions: readonly ContainerdVersion[],
  report: Report,
): void {
  const message = `${listVersions(versions)} ${verbFor(versions, 'does', 'do')} not know ${key}${whose}, and ${verbFor(versions, 'passes', 'pass')} over it.`;
  report(importFinding('KeyIgnored', at, message, 'Remove it, or run a containerd that has it.'));
}
