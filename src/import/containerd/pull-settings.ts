import type { PullSettings } from '../../shim/runtime-handler-at-pull.ts';
import { valueAt } from '../../text/located-value.ts';
import { defaultSnapshotter, textOf, type Located } from '../node-runtimes.ts';
import { isZero, structField } from './go-decoding.ts';
import type { NodeConfiguration } from './node-configuration.ts';
import { tableField } from './read-configuration-as.ts';

const transferPlugin = 'io.containerd.transfer.v1.local';

type UnpackEntry = { readonly snapshotter: Located<string>; readonly isOptional: boolean };

/** The snapshotters that the transfer service unpacks into, as files say; undefined where they say nothing. */
export function unpackConfigOf({ plugins }: NodeConfiguration): readonly UnpackEntry[] | undefined {
  const list = valueAt(plugins, transferPlugin, 'unpack_config');
  if (list?.kind !== 'array') return undefined;
  return list.items.flatMap((item) => {
    const snapshotter = item.kind === 'table' ? textOf(structField(item, 'snapshotter')) : undefined;
    if (item.kind !== 'table' || snapshotter === undefined) return [];
    const optional = structField(item, 'optional');
    return [{ snapshotter, isOptional: optional !== undefined && !isZero(optional) }];
  });
}

/** What a node says about pulls for one of its runtimes. */
export function pullSettingsOf(configuration: NodeConfiguration, name: string): PullSettings {
  const { images, runtimes } = configuration;
  const general = textOf(structField(images, 'snapshotter'))?.value ?? defaultSnapshotter;
  const ofRuntime = textOf(runtimes.get(name)?.entries.get('snapshotter'))?.value;
  const platform = tableField(images, 'runtime_platforms')?.entries.get(name);
  const ofPlatform =
    platform?.kind === 'table' ? (textOf(structField(platform, 'snapshotter'))?.value ?? general) : undefined;
  const unpacked = unpackConfigOf(configuration)?.map(({ snapshotter }) => snapshotter.value);
  return {
    general,
    ...(ofRuntime !== undefined && { ofRuntime }),
    ...(ofPlatform !== undefined && { ofPlatform }),
    ...(unpacked !== undefined && { unpacked }),
    isLocal: pullsLocally(configuration),
    isDeclared: runtimes.has(name),
  };
}

/**
 * Whether CRI pulls by itself: where it is told so, and where a setting is there that the transfer service does not know.
 *
 * Source: containerd, internal/cri/config/config.go, CheckLocalImagePullConfigs.
 */
function pullsLocally({ images }: NodeConfiguration): boolean {
  const isOn = (key: string) => {
    const value = structField(images, key);
    return value !== undefined && !isZero(value);
  };
  const annotations = structField(images, 'disable_snapshot_annotations');
  const downloads = structField(images, 'max_concurrent_downloads');
  const registry = tableField(images, 'registry');
  return (
    ['use_local_image_pull', 'discard_unpacked_layers', 'image_pull_with_sync_fs'].some(isOn) ||
    (annotations?.kind === 'boolean' && !annotations.value) ||
    (downloads?.kind === 'integer' && downloads.value !== 3n) ||
    ['mirrors', 'configs', 'auths'].some((key) => (registry && tableField(registry, key)?.entries.size) ?? 0)
  );
}
