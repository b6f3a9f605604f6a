import { nearMiss } from '../finding/near-miss.ts';
import type { LocatedTable, LocatedValue } from '../text/located-value.ts';

/** What a TOML file is that is not containerd's, by keys of its top level that it alone has. */
type OtherKind = { readonly name: string; readonly keys: readonly string[] };

/**
 * Sources: the documentation of each program: crio.conf(5); containerd, docs/hosts.md; Kata Containers, configuration.toml;
 * gVisor, runsc.toml of its shim; containers-registries.conf(5), containers.conf(5), containers-storage.conf(5); NVIDIA's
 * container toolkit, config.toml; nydus-snapshotter, stargz-snapshotter and BuildKit, their configurations; Bottlerocket,
 * user data.
 */
const otherKinds: readonly OtherKind[] = [
  { name: 'a configuration of CRI-O', keys: ['crio'] },
  { name: "a configuration of Kata Containers' runtime", keys: ['hypervisor', 'agent'] },
  { name: "a configuration of gVisor's shim", keys: ['runsc_config', 'shim_cgroup', 'binary_name'] },
  { name: "a configuration of NVIDIA's container runtime", keys: ['nvidia-container-cli', 'nvidia-container-runtime'] },
  { name: 'a registries.conf', keys: ['unqualified-search-registries', 'short-name-mode', 'registries'] },
  { name: 'a containers.conf', keys: ['engine', 'containers'] },
  { name: 'a storage.conf', keys: ['storage'] },
  {
    name: 'a configuration of a snapshotter',
    keys: ['remote', 'cache_manager', 'snapshot', 'cri_keychain', 'resolver'],
  },
  { name: 'a configuration of BuildKit', keys: ['worker'] },
  { name: "Bottlerocket's settings, of which the node makes its /etc/containerd/config.toml", keys: ['settings'] },
];

/**
 * Keys of containerd's top level that are nobody else's; with one of them a file is containerd's, whatever else is in it.
 *
 * Source: containerd, cmd/containerd/server/config/config.go, Config.
 */
const ownKeys: ReadonlySet<string> = new Set([
  'plugins',
  'disabled_plugins',
  'required_plugins',
  'proxy_plugins',
  'stream_processors',
  'oom_score',
  'ttrpc',
  'imports',
  'plugin_dir',
]);

/** Keys of containerd's top level that other programs have too. */
const sharedKeys: ReadonlySet<string> = new Set([
  'version',
  'root',
  'state',
  'temp',
  'debug',
  'cgroup',
  'timeouts',
  'grpc',
  'metrics',
]);

/** Whether TOML is containerd's: it has a key of its top level. An empty file is one that says nothing. */
export function isContainerds(table: LocatedTable): boolean {
  const keys = [...table.entries.keys()].map((key) => key.toLowerCase());
  if (keys.length === 0 || keys.some((key) => ownKeys.has(key))) return true;
  if (!keys.some((key) => sharedKeys.has(key)) || otherKindOf(table) !== undefined) return false;
  // A key that is misspelt is one thing, tables that containerd has never heard of are another.
  return [...table.entries].every(([key, value]) => isNearContainerds(key.toLowerCase()) || !isTables(value));
}

/** Tables of CRI's part of it, which people write at the top level by mistake. */
const tablesOfCri: ReadonlySet<string> = new Set(['cri', 'containerd', 'runtimes']);

function isNearContainerds(key: string): boolean {
  return (
    sharedKeys.has(key) ||
    tablesOfCri.has(key) ||
    key.startsWith('io.containerd.') ||
    nearMiss(key, [...ownKeys, ...sharedKeys]) !== undefined
  );
}

/** What TOML is that is not containerd's; undefined where that is not known. */
export function otherKindOf(table: LocatedTable): string | undefined {
  const { entries } = table;
  if (isHosts(table)) return "a registry's hosts.toml";
  return otherKinds.find(({ keys }) => keys.some((key) => entries.has(key)))?.name;
}

/** `server` is an address, and `host` a table for each mirror. Source: containerd, docs/hosts.md. */
function isHosts({ entries }: LocatedTable): boolean {
  const server = entries.get('server');
  const host = entries.get('host');
  if (server?.kind === 'string')
    return /^[a-z]+:\/\//.test(server.value) || host?.kind === 'table' || entries.size === 1;
  return host?.kind === 'table' && [...host.entries.values()].every((mirror) => mirror.kind === 'table');
}

function isTables(value: LocatedValue): boolean {
  return value.kind === 'table' || (value.kind === 'array' && value.items.some(({ kind }) => kind === 'table'));
}
