import { nearMiss } from '../../finding/near-miss.ts';
import { quote } from '../../finding/quote.ts';
import { knownOptionNames } from '../../shim/options.ts';
import type { LocatedValue } from '../../text/located-value.ts';
import { importFinding, type Report } from '../import-finding.ts';
import { isZero, type Fields } from './go-decoding.ts';
import { otherSpelling, placeOfKey } from './key-places.ts';
import { isTopLevelKey } from './misplaced-keys.ts';

/** What 1.x did with keys that 2.x does not have. Source: containerd 1.7, pkg/cri/config/config.go. */
const keysOfContainerd1: ReadonlyMap<string, string> = new Map([
  ['default_runtime', 'made it the default runtime, under the name "default"'],
  ['untrusted_workload_runtime', 'made it the runtime "untrusted"'],
  ['runtime_engine', 'took it for the OCI runtime of the old Linux shim, and does not load CRI with another type'],
  ['runtime_root', 'took it for the directory of state of the old Linux shim, and does not load CRI with another type'],
  ['no_pivot', 'took it for an option of the old Linux shim'],
  ['disable_cgroup', 'made no cgroups with it'],
]);

/**
 * Reports a key that containerd does not have in a table, and where it belongs.
 *
 * @param fields those that the table has
 * @param where what the table is, for messages
 */
export function reportUnknownKey(
  key: string,
  value: LocatedValue,
  fields: Fields,
  where: string,
  report: Report,
): void {
  const formerly = keysOfContainerd1.get(key);
  if (formerly !== undefined) {
    if (saysNothing(value)) return;
    const message = `containerd 2 ignores ${key} of ${where}; containerd 1.x ${formerly}.`;
    report(importFinding('FormerKey', value.at, message));
    return;
  }
  // Up to 2.2 it said whether devices may be asked for by CDI; since then they always may.
  if (key === 'enable_cdi') return;
  const said = sayingOf(key, value, fields, where);
  if (said !== undefined) report(importFinding('KeyIgnored', value.at, said.message, said.fix));
}

type Saying = { readonly message: string; readonly fix: string | undefined };

function sayingOf(key: string, value: LocatedValue, fields: Fields, where: string): Saying | undefined {
  if (key === 'runtimes')
    return {
      message: `containerd ignores the runtimes of ${where}: they are one level too high or too low.`,
      fix: 'Put them into the section containerd: plugins."io.containerd.cri.v1.runtime".containerd.runtimes.',
    };
  if (key === 'snapshotter')
    return {
      message: `containerd ignores the snapshotter of ${where}, since the version that this file says has it elsewhere.`,
      fix: 'Set it under plugins."io.containerd.cri.v1.images".',
    };
  if (isRuntime(value))
    return {
      message: `containerd ignores the runtime ${quote(key)}: it does not look for one in ${where}.`,
      fix: `Move it to plugins."io.containerd.cri.v1.runtime".containerd.runtimes.${quote(key)}.`,
    };
  if (key === 'systemd_cgroup')
    return {
      message: `containerd ignores systemd_cgroup of ${where}, and containerd 1.x does not load CRI with it.`,
      fix: 'Set SystemdCgroup = true in the options of the runtime instead, as in plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options.',
    };
  // Keys of the top level are looked for in the whole file.
  if (isTopLevelKey(key, value) && !fields.has('version')) return undefined;
  const message = `containerd ignores ${quote(key)}: ${where} has no such key.`;
  const spelling = otherSpelling(key, [...fields.keys()]);
  if (spelling !== undefined) return { message, fix: `Write it ${spelling}.` };
  const option = where.startsWith('runtime ') ? otherSpelling(key, knownOptionNames) : undefined;
  const elsewhere = option === undefined ? placeOfKey(key) : { name: option, place: 'its table options' };
  if (elsewhere !== undefined) {
    const { name, place } = elsewhere;
    return { message, fix: `Move it to ${place}${name === key ? '' : `, as ${name}`}.` };
  }
  const meant = nearMiss(key, [...fields.keys()]);
  return { message, fix: meant === undefined ? undefined : `Did you mean ${meant}?` };
}

function isRuntime(value: LocatedValue): boolean {
  return value.kind === 'table' && value.entries.get('runtime_type')?.kind === 'string';
}

/** containerd 1.x treated a table without runtime_type as absent. */
function saysNothing(value: LocatedValue): boolean {
  if (value.kind !== 'table') return isZero(value);
  const type = value.entries.get('runtime_type');
  return type === undefined || isZero(type);
}
