import { isTrueOf, versionsWhere } from '../../shim/containerd-facts.ts';
import { listVersions, verbFor, type ContainerdVersion } from '../../shim/containerd-version.ts';
import { quote } from '../../finding/quote.ts';
import { canUnpack, pulledInto, type PullSettings } from '../../shim/runtime-handler-at-pull.ts';
import { startOf, valueAt, type Place } from '../../text/located-value.ts';
import { importFinding, type Report } from '../import-finding.ts';
import { listNames } from '../../finding/list-names.ts';
import { reportAlike, type AboutRuntime } from '../report-alike.ts';
import { structField } from './go-decoding.ts';
import type { NodeConfiguration } from './node-configuration.ts';
import { pullSettingsOf } from './pull-settings.ts';
import { tableField } from './read-configuration-as.ts';

/** A runtime with a snapshotter of its own, and where that is said. */
type OwnSnapshotter = {
  readonly name: string;
  readonly at: Place;
  readonly settings: PullSettings;
  /** The one that its containers are made from. */
  readonly containers: string;
};

/**
 * Reports pulls that fail, of all images or of runtimes' own, and pulls into another snapshotter than containers are made
 * from.
 *
 * @param missing snapshotters that are not there at all, which is said elsewhere
 */
export function reportPulls(configuration: NodeConfiguration, missing: ReadonlySet<string>, report: Report): void {
  const own = ownSnapshotters(configuration).filter(
    ({ containers, settings }) => !missing.has(containers) && !missing.has(settings.ofPlatform ?? containers),
  );
  const { general } = pullSettingsOf(configuration, '');
  const failing = missing.has(general) ? configuration.versions : reportAllPulls(configuration, report);
  reportConflicts(own, configuration.versions, report);
  reportRuntimePulls(own, configuration.versions.filter((version) => !failing.includes(version)), report); // prettier-ignore
}

/** @returns the versions with which no image can be pulled */
function reportAllPulls(configuration: NodeConfiguration, report: Report): readonly ContainerdVersion[] {
  const { images, plugins, source, versions } = configuration;
  const { general, isLocal, unpacked } = pullSettingsOf(configuration, '');
  const pulls = { isLocal, ...(unpacked !== undefined && { unpacked }) };
  const failing = versions.filter((version) => !canUnpack(version, general, pulls));
  if (failing.length === 0) return failing;
  const list = valueAt(plugins, 'io.containerd.transfer.v1.local', 'unpack_config');
  const said = structField(images, 'snapshotter');
  const isSure = failing.length === versions.length;
  const who = isSure ? 'containerd' : listVersions(failing);
  const unpack = isSure ? 'pulls' : verbFor(failing, 'pulls', 'pull');
  const why =
    unpacked === undefined
      ? 'the transfer service unpacks into overlayfs alone where nothing else is said'
      : `unpack_config, which replaces what it does by itself, does not name ${quote(general)}`;
  const message = `No image can be pulled: ${who} ${unpack} into the snapshotter ${quote(general)}, and ${why}.`;
  const at = list?.at ?? said?.at ?? startOf(source);
  report(importFinding('PullsFail', at, message, unpackFix([general], unpacked), isSure ? undefined : 'warning'));
  return failing;
}

function ownSnapshotters(configuration: NodeConfiguration): readonly OwnSnapshotter[] {
  const platforms = tableField(configuration.images, 'runtime_platforms');
  return [...configuration.runtimes].flatMap(([name, table]) => {
    const settings = pullSettingsOf(configuration, name);
    const { general, ofRuntime, ofPlatform } = settings;
    const containers = ofRuntime ?? general;
    if (!table.entries.has('runtime_type')) return [];
    if (containers === general && (ofPlatform ?? general) === general) return [];
    const platform = tableField(platforms ?? table, name);
    const place = platform === undefined ? undefined : (structField(platform, 'snapshotter') ?? platform);
    const isPlace = ofPlatform !== undefined && ofPlatform !== containers;
    const at = (isPlace ? place : table.entries.get('snapshotter'))?.at ?? place?.at ?? table.at;
    return [{ name, at, settings, containers }];
  });
}

/** Images are pulled into one snapshotter, containers are made from another: each image is unpacked twice. */
function reportConflicts(own: readonly OwnSnapshotter[], versions: readonly ContainerdVersion[], report: Report): void {
  const said = own.flatMap(({ name, at, settings: { ofPlatform }, containers }): readonly AboutRuntime[] => {
    if (ofPlatform === undefined || ofPlatform === containers) return [];
    const message = `Images of runtime ${quote(name)} are pulled into the snapshotter ${quote(ofPlatform)}, and its containers are made from ${quote(containers)}.`;
    return [{ name, problem: importFinding('SnapshotterConflict', at, message) }];
  });
  reportAlike(said, report);
  const affected = versionsWhere('pullsByPlatformsAlone', versions);
  const unsaid = own.filter(({ settings }) => settings.ofPlatform === undefined);
  if (affected.length === 0) return;
  for (const alike of Map.groupBy(unsaid, ({ at, containers }) => JSON.stringify([at.file, containers])).values()) {
    const [first] = alike;
    if (first === undefined) continue;
    const { general } = first.settings;
    const names = listNames('runtime', alike.map(({ name }) => name)); // prettier-ignore
    const who = affected.length === versions.length ? '' : `With ${listVersions(affected)}, `;
    const images = `${who === '' ? 'Images' : 'images'} of the ${names} are pulled into the snapshotter ${quote(general)}`;
    const message = `${who}${images}, and containers are made from ${quote(first.containers)}: what the runtimes table says does not count for pulls there, whatever annotation a pod has.`;
    const fix = `Set the same snapshotter in runtime_platforms of plugins."io.containerd.cri.v1.images", and have pulls unpack into it (unpack_config of the transfer service, or use_local_image_pull).`;
    report(importFinding('SnapshotterConflict', first.at, message, fix));
  }
}

/** Pulls that name a runtime, and fail: by the annotation, or for the pause image. */
function reportRuntimePulls(
  own: readonly OwnSnapshotter[],
  versions: readonly ContainerdVersion[],
  report: Report,
): void {
  const failing = own.flatMap((one) => {
    const { settings } = one;
    const target = (version: ContainerdVersion) => pulledInto(version, settings);
    const affected = versions.filter((version) => !canUnpack(version, target(version), settings));
    const last = affected.at(-1);
    return last === undefined ? [] : [{ ...one, affected, target: target(last) }];
  });
  const groups = Map.groupBy(failing, ({ at, affected, target }) => JSON.stringify([at.file, affected, target]));
  for (const alike of groups.values()) {
    const [first] = alike;
    if (first === undefined) continue;
    const { affected, target, settings } = first;
    const names = listNames('runtime', alike.map(({ name }) => name)); // prettier-ignore
    const pause = affected.filter((version) => isTrueOf('pullsPauseForHandler', version));
    const where = affected.length === versions.length ? '' : ` with ${listVersions(affected)}`;
    const ofPause =
      pause.length === 0
        ? ''
        : ` ${pause.length === affected.length ? 'On' : `With ${listVersions(pause)}, on`} a node that has no pause image yet, no pod of the ${names} starts either.`;
    const message = `Pulls that name the ${names} fail${where}: nothing unpacks into the snapshotter ${quote(target)}. A pod with the annotation io.containerd.cri.runtime-handler gets ErrImagePull.${ofPause}`;
    report(
      importFinding('RuntimePullsFail', first.at, message, unpackFix([target, settings.general], settings.unpacked)),
    );
  }
}

/** The transfer service's list replaces the default: it has to name all that is used. */
function unpackFix(snapshotters: readonly string[], unpacked: readonly string[] | undefined): string {
  const needed = [...new Set([...snapshotters, ...(unpacked ?? [])])].map((name) => JSON.stringify(name)).join(' and ');
  return `Add [[plugins."io.containerd.transfer.v1.local".unpack_config]] tables for ${needed} (with platform and snapshotter), or set use_local_image_pull = true under plugins."io.containerd.cri.v1.images".`;
}
