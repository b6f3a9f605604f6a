import { tableAt, valueAt, type LocatedTable } from '../../text/located-value.ts';
import { structField } from './go-decoding.ts';
import type { NodeConfiguration } from './node-configuration.ts';
import { tableField } from './read-configuration-as.ts';

/** What a proxy plugin can stand for, and the type of plugins of containerd's own that do the same. */
const pluginTypes = {
  snapshot: 'io.containerd.snapshotter.v1',
  sandbox: 'io.containerd.sandbox.controller.v1',
} as const;

/**
 * The names of snapshotters or sandboxers that files declare: as a proxy plugin, or by a table of a plugin that is built
 * in. What is in `disabled_plugins` is none.
 *
 * Source: containerd, cmd/containerd/server/server.go, LoadPlugins.
 */
export function declaredPlugins(
  { files, plugins }: Pick<NodeConfiguration, 'files' | 'plugins'>,
  kind: keyof typeof pluginTypes,
): ReadonlySet<string> {
  const type = pluginTypes[kind];
  const proxies = files.flatMap((file) =>
    [...(tableField(file, 'proxy_plugins')?.entries ?? [])].flatMap(([name, proxy]) => {
      const said = proxy.kind === 'table' ? structField(proxy, 'type') : undefined;
      return said?.kind === 'string' && (said.value === kind || said.value === type) ? [name] : [];
    }),
  );
  const tables = [...plugins.entries.keys()].flatMap((id) =>
    id.startsWith(`${type}.`) ? [id.slice(type.length + 1)] : [],
  );
  const disabled = disabledPlugins(files);
  return new Set([...proxies, ...tables].filter((name) => !disabled.has(`${type}.${name}`)));
}

/** What `disabled_plugins` of all files names. */
export function disabledPlugins(files: readonly LocatedTable[]): ReadonlySet<string> {
  return new Set(
    files.flatMap((file) => {
      const list = structField(file, 'disabled_plugins');
      return list?.kind === 'array' ? list.items.flatMap((item) => (item.kind === 'string' ? [item.value] : [])) : [];
    }),
  );
}

/** The table of a snapshotter's plugin; in a file of version 1 it has a short name. */
export function snapshotterTable(plugins: LocatedTable, name: string): LocatedTable | undefined {
  return tableAt(plugins, `${pluginTypes.snapshot}.${name}`) ?? tableAt(valueAt(plugins, name));
}

/** The id of a snapshotter's plugin. */
export function snapshotterId(name: string): string {
  return `${pluginTypes.snapshot}.${name}`;
}
