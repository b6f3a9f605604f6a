import { quote } from '../../finding/quote.ts';
import { withEntries, type LocatedTable, type LocatedValue } from '../../text/located-value.ts';
import { importFinding, type Report } from '../import-finding.ts';
import { containerdFields, imagesPluginFields, runtimeFields, runtimePluginFields } from './containerd-fields.ts';

const criNames: ReadonlySet<string> = new Set([...runtimePluginFields.keys(), ...imagesPluginFields.keys()]);

const containerdNames: ReadonlySet<string> = new Set([
  ...containerdFields.keys(),
  ...['default_runtime', 'untrusted_workload_runtime'],
  ...['snapshotter', 'disable_snapshot_annotations', 'discard_unpacked_layers'],
]);

const runtimeNames: ReadonlySet<string> = new Set([
  ...runtimeFields.keys(),
  ...['sandbox_mode', 'runtime_engine', 'runtime_root'],
]);

/**
 * The CRI plugin's table of 1.x without the keys that it passes over for their letter case: it takes those of its structs in
 * small letters or in capitals alone, and 2.x in any. What is dropped is reported.
 *
 * Source: go-toml 1.9.5, marshal.go, valueFromTree: the names that it tries. Run: config dump and crictl info of 1.6 and 1.7.
 */
export function withKeysThatCount(cri: LocatedTable, report: Report): LocatedTable {
  const inRuntime = (value: LocatedValue) => (value.kind === 'table' ? counted(value, runtimeNames, report) : value);
  const inSection = (section: LocatedTable): LocatedTable => {
    const changed = [...counted(section, containerdNames, report).entries].map(
      ([key, value]): [string, LocatedValue] => {
        const name = key.toLowerCase();
        if (name === 'default_runtime' || name === 'untrusted_workload_runtime') return [key, inRuntime(value)];
        if (name !== 'runtimes' || value.kind !== 'table') return [key, value];
        const runtimes = [...value.entries].map(([handler, one]): [string, LocatedValue] => [handler, inRuntime(one)]);
        return [key, { ...value, entries: new Map(runtimes) }];
      },
    );
    return { ...section, entries: new Map(changed) };
  };
  const entries = [...counted(cri, criNames, report).entries].map(([key, value]): [string, LocatedValue] => [
    key,
    key.toLowerCase() === 'containerd' && value.kind === 'table' ? inSection(value) : value,
  ]);
  return { ...cri, entries: new Map(entries) };
}

function counted(table: LocatedTable, names: ReadonlySet<string>, report: Report): LocatedTable {
  const lost = [...table.entries].filter(([key]) => isLost(key) && names.has(key.toLowerCase()));
  for (const [key, { at }] of lost) {
    const message = `containerd 1.x ignores ${quote(key)}: it takes its keys in small letters, or in capitals alone, which 2.x does not mind.`;
    report(importFinding('KeyIgnored', at, message, `Write it ${key.toLowerCase()}.`));
  }
  return withEntries(table, new Map(lost.map(([key]) => [key, undefined])));
}

function isLost(key: string): boolean {
  return key !== key.toLowerCase() && key !== key.toUpperCase();
}
