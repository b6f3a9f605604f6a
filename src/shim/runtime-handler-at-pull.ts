import { isTrueOf } from './containerd-facts.ts';
import type { ContainerdVersion } from './containerd-version.ts';

/** What a node says about pulls, as far as one handler is concerned. */
export type PullSettings = {
  /** The snapshotter of all images; containerd's own is overlayfs. */
  readonly general: string;
  /** The snapshotter of the handler's entry in the runtimes table. */
  readonly ofRuntime?: string;
  /** The snapshotter of the handler's entry in `runtime_platforms` of the images plugin. */
  readonly ofPlatform?: string;
  /** The snapshotters of the transfer service's `unpack_config`; undefined where the node says nothing. */
  readonly unpacked?: readonly string[];
  /** Whether CRI pulls by itself: `use_local_image_pull`, or a setting that the transfer service does not know. */
  readonly isLocal: boolean;
  /** Whether the runtimes table has the handler. */
  readonly isDeclared: boolean;
};

/** What a node has to be given before a pull goes into the handler's snapshotter. */
export type PullLack = 'the runtime' | 'runtime_platforms' | 'unpack_config or use_local_image_pull';

/**
 * What the annotation io.containerd.cri.runtime-handler does to a pull: `needs` it is put to use and nothing else does
 * the same, `bears` it is harmless and changes nothing, `ignores` it does nothing though the handler has a snapshotter
 * of its own, `fails` it makes the pull fail.
 */
export type RuntimeHandlerAtPull = {
  readonly effect: 'needs' | 'bears' | 'ignores' | 'fails';
  readonly lacks: readonly PullLack[];
};

/** What containerd has where a node says nothing. */
export const defaultPullSettings: PullSettings = { general: 'overlayfs', isLocal: false, isDeclared: true };

/**
 * Without unpack_config, the transfer service unpacks ordinary images into the default snapshotter of the system, of Linux
 * or of Windows.
 *
 * Source: containerd, plugins/transfer/plugin_defaults_linux.go and plugin_defaults_windows.go.
 */
const unpackedByDefault: readonly string[] = ['overlayfs', 'windows'];

/**
 * What the annotation does at a pull, by the node's version and settings. A pod runs without it on every version: its
 * image is then unpacked a second time, into the snapshotter that its containers are made from.
 */
export function runtimeHandlerAtPull(version: ContainerdVersion, settings: PullSettings): RuntimeHandlerAtPull {
  if (!settings.isDeclared) {
    const fails = isTrueOf('pullsByRuntimesTableAlone', version);
    return { effect: fails ? 'fails' : 'ignores', lacks: ['the runtime'] };
  }
  const target = pulledInto(version, settings);
  const containers = settings.ofRuntime ?? settings.general;
  if (!canUnpack(version, target, settings)) return { effect: 'fails', lacks: lacksFor(version, target, settings) };
  if (containers === settings.general) return { effect: 'bears', lacks: [] };
  if (target === containers) return { effect: 'needs', lacks: [] };
  return { effect: 'ignores', lacks: lacksFor(version, containers, settings) };
}

/** The snapshotter that a pull for the handler goes into, as the annotation names it. */
export function pulledInto(version: ContainerdVersion, settings: PullSettings): string {
  const { general, ofRuntime, ofPlatform } = settings;
  if (isTrueOf('pullsByRuntimesTableAlone', version)) return ofRuntime ?? general;
  if (isTrueOf('pullsByPlatformsAlone', version)) return ofPlatform ?? general;
  return isTrueOf('pullsByRuntimesTable', version) ? (ofPlatform ?? ofRuntime ?? general) : general;
}

/** Whether a pull into a snapshotter works: from 2.1 on the transfer service refuses what its unpack_config does not name. */
export function canUnpack(
  version: ContainerdVersion,
  snapshotter: string,
  { isLocal, unpacked }: Pick<PullSettings, 'isLocal' | 'unpacked'>,
): boolean {
  if (!isTrueOf('pullsByTransferService', version) || isLocal) return true;
  return (unpacked ?? unpackedByDefault).includes(snapshotter);
}

function lacksFor(version: ContainerdVersion, snapshotter: string, settings: PullSettings): readonly PullLack[] {
  const lacksPlatform =
    isTrueOf('pullsByPlatformsAlone', version) && snapshotter !== (settings.ofPlatform ?? settings.general);
  return [
    ...(lacksPlatform ? (['runtime_platforms'] as const) : []),
    ...(canUnpack(version, snapshotter, settings) ? [] : (['unpack_config or use_local_image_pull'] as const)),
  ];
}
