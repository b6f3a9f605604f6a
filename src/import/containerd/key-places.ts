import { knownOptionNames } from '../../shim/options.ts';
import {
  containerdFields,
  fileFields,
  imagesPluginFields,
  runtimeFields,
  runtimePluginFields,
} from './containerd-fields.ts';

/** A table that has a key, and how advice names the place. */
type KeyPlace = { readonly names: readonly string[]; readonly place: string };

/** Tables in the order in which a key is looked for. Ids are those of version 3; the migration of older files knows them too. */
const places: readonly KeyPlace[] = [
  { names: [...runtimeFields.keys()], place: 'the table of a runtime, plugins."io.containerd.cri.v1.runtime".containerd.runtimes.NAME' }, // prettier-ignore
  { names: knownOptionNames, place: 'the table options of a runtime' },
  { names: [...containerdFields.keys()], place: 'plugins."io.containerd.cri.v1.runtime".containerd' },
  { names: [...imagesPluginFields.keys()], place: 'plugins."io.containerd.cri.v1.images"' },
  { names: [...runtimePluginFields.keys()], place: 'plugins."io.containerd.cri.v1.runtime"' },
  { names: [...fileFields.keys()], place: 'the top of the file, above the first table' },
  { names: ['config_path', 'mirrors', 'configs', 'auths', 'headers'], place: 'plugins."io.containerd.cri.v1.images".registry' }, // prettier-ignore
  { names: ['bin_dirs', 'bin_dir', 'conf_dir', 'max_conf_num', 'conf_template'], place: 'plugins."io.containerd.cri.v1.runtime".cni' }, // prettier-ignore
  { names: ['address', 'uid', 'gid', 'max_recv_message_size', 'max_send_message_size'], place: 'the table grpc' },
];

/** What people write for a key that containerd calls otherwise, or has elsewhere by another name. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['include', 'imports'],
  ['includes', 'imports'],
  ['import', 'imports'],
  ['pluginimports', 'imports'],
  ['configimports', 'imports'],
  ['disabledplugin', 'disabled_plugins'],
  ['pluginsdisabled', 'disabled_plugins'],
  ['defaultruntime', 'default_runtime_name'],
  ['defaultruntimehandler', 'default_runtime_name'],
  ['runtimebinary', 'BinaryName'],
  ['runtimeoptions', 'options'],
  ['annotations', 'pod_annotations'],
  ['podannotation', 'pod_annotations'],
  ['shimpath', 'runtime_path'],
  ['sandboximage', 'pinned_images'],
]);

/** A key without what tells `runtime_type`, `runtime-type`, `runtimeType` and `RuntimeType` apart. */
export function bareKey(key: string): string {
  return key.toLowerCase().replace(/[-_ ]/g, '');
}

/** A key of one table, written in another way; undefined where there is none. */
export function otherSpelling(key: string, names: readonly string[]): string | undefined {
  const bare = bareKey(key);
  const exact = names.find((name) => bareKey(name) === bare);
  const meant = otherNames.get(bare);
  return exact ?? names.find((name) => name === meant);
}

/** Where a key belongs, and how it is written there; undefined for a key that containerd has nowhere. */
export function placeOfKey(key: string): { readonly name: string; readonly place: string } | undefined {
  const exact = places.find(({ names }) => names.includes(key));
  if (exact !== undefined) return { name: key, place: exact.place };
  for (const { names, place } of places) {
    const name = otherSpelling(key, names);
    if (name !== undefined) return { name, place };
  }
  return undefined;
}
