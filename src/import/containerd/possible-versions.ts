import { imageKeyVersions, newestFileVersion, runtimeKeyVersions } from '../../shim/containerd-facts.ts';
import { isInRange, knownVersions, type ContainerdVersion, type VersionRange } from '../../shim/containerd-version.ts';
import { tableAt, type LocatedTable } from '../../text/located-value.ts';
import { criPlugin, imagesPlugin, runtimePlugin, shortName, versionOf } from './containerd-migration.ts';
import { isZero, structField } from './go-decoding.ts';

/**
 * The versions of containerd that a configuration can be of: the one that was given, else those that take the version
 * that its files say and have the keys that they use.
 *
 * @returns oldest first; never none
 */
export function possibleVersions(
  files: readonly LocatedTable[],
  given: ContainerdVersion | undefined,
): readonly ContainerdVersion[] {
  if (given !== undefined) return [given];
  const said = Math.max(0, ...files.map(versionOf));
  const taking = knownVersions.filter((version) => newestFileVersion(version) >= said);
  if (taking.length === 0) return knownVersions.slice(-1);
  return narrowed(taking, files.flatMap(keyRangesOf));
}

/** Where keys contradict each other, they say nothing. */
function narrowed(
  versions: readonly ContainerdVersion[],
  ranges: readonly VersionRange[],
): readonly ContainerdVersion[] {
  const left = versions.filter((version) => ranges.every((range) => isInRange(version, range)));
  return left.length === 0 ? versions : left;
}

function keyRangesOf(file: LocatedTable): readonly VersionRange[] {
  const plugins = structField(file, 'plugins');
  const runtimes = [criPlugin, runtimePlugin, shortName].flatMap((id) => [
    ...(tableAt(plugins, id, 'containerd', 'runtimes')?.entries.values() ?? []),
  ]);
  const images = tableAt(plugins, imagesPlugin);
  return [
    ...runtimes.flatMap((runtime) => (runtime.kind === 'table' ? rangesOf(runtime, runtimeKeyVersions) : [])),
    ...(images === undefined ? [] : rangesOf(images, imageKeyVersions)),
  ];
}

/** A key that says nothing is no sign: `config default` of every version writes all that it has. */
function rangesOf(table: LocatedTable, keys: ReadonlyMap<string, VersionRange>): readonly VersionRange[] {
  return [...keys].flatMap(([key, range]) => {
    const value = structField(table, key);
    return value === undefined || isZero(value) ? [] : [range];
  });
}
