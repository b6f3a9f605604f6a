import { isTrueOf, versionsWhere } from '../../shim/containerd-facts.ts';
import { listVersions, type ContainerdVersion } from '../../shim/containerd-version.ts';
import { quote } from '../../finding/quote.ts';
import type { LocatedTable, LocatedValue, Place } from '../../text/located-value.ts';
import { importFinding, type Report } from '../import-finding.ts';
import { listNames } from '../../finding/list-names.ts';
import { textOf } from '../node-runtimes.ts';
import { isZero, structField } from './go-decoding.ts';
import type { NodeConfiguration } from './node-configuration.ts';
import { tableField } from './read-configuration-as.ts';
import { firstShim } from './starting-runtimes.ts';

/**
 * Reports values that keep CRI from loading: an error where that is so with each version that the node can have, else a
 * warning that names the versions.
 *
 * @returns the values that were judged
 *
 * Source: containerd, internal/cri/config/config.go, ValidateRuntimeConfig and ValidateImageConfig; 1.7,
 * pkg/cri/config/config.go, ValidatePluginConfig.
 */
export function reportWhatKeepsCriFromLoading(
  configuration: NodeConfiguration,
  report: Report,
): readonly LocatedValue[] {
  const judged = runtimeRules.flatMap((rule) => reportRule(rule, configuration, report));
  reportRegistry(configuration, report);
  reportDurations(configuration, report);
  reportFormerSettings(configuration, report);
  return judged;
}

type RuntimeRule = {
  readonly key: string;
  readonly code: 'CriNotLoaded' | 'CgroupVersionMatters';
  readonly isBroken: (value: LocatedValue, runtime: LocatedTable) => boolean;
  readonly isOf: (version: ContainerdVersion) => boolean;
  /** What is wrong, with the value and the runtimes that have it. */
  readonly says: (value: string, runtimes: string) => string;
  readonly fix: string | undefined;
};

const runtimeRules: readonly RuntimeRule[] = [
  {
    key: 'privileged_without_host_devices_all_devices_allowed',
    code: 'CriNotLoaded',
    isBroken: (value, runtime) => !isZero(value) && isUnset(runtime, 'privileged_without_host_devices'),
    isOf: () => true,
    says: (_value, runtimes) =>
      `The ${runtimes} allows all devices without privileged_without_host_devices, which that needs`,
    fix: 'Set privileged_without_host_devices = true beside it, or remove it.',
  },
  {
    key: 'io_type',
    code: 'CriNotLoaded',
    isBroken: (value) => value.kind === 'string' && !['', 'fifo', 'streaming'].includes(value.value),
    isOf: (version) => isTrueOf('checksIoType', version),
    says: (value, runtimes) => `io_type of the ${runtimes} is ${value}, and must be fifo or streaming`,
    fix: 'Remove io_type, or say fifo: named_pipe, of which the log of containerd speaks, is refused too.',
  },
  {
    key: 'cgroup_writable',
    code: 'CgroupVersionMatters',
    isBroken: (value) => !isZero(value),
    isOf: (version) => isTrueOf('checksCgroupWritable', version),
    says: (_value, runtimes) => `cgroup_writable of the ${runtimes} is for cgroup v2: on a node with cgroup v1`,
    fix: undefined,
  },
  ...['runtime_engine', 'runtime_root'].map((key): RuntimeRule => ({
    key,
    code: 'CriNotLoaded',
    isBroken: (value, runtime) => !isZero(value) && textOf(runtime.entries.get('runtime_type'))?.value !== firstShim,
    isOf: (version) => isTrueOf('refusesFormerKeys', version),
    says: (_value, runtimes) => `${key} of the ${runtimes} is for the type ${firstShim} alone`,
    fix: `Remove ${key}, and name the OCI runtime with BinaryName in options.`,
  })),
];

function reportRule(rule: RuntimeRule, configuration: NodeConfiguration, report: Report): readonly LocatedValue[] {
  const { runtimes, versions } = configuration;
  const affected = versions.filter(rule.isOf);
  const isFormer = rule.key.startsWith('runtime_');
  // Where only some versions refuse a former key, FormerKey says so already.
  if (affected.length === 0 || (isFormer && affected.length < versions.length)) return [];
  const broken = [...runtimes].flatMap(([name, runtime]) => {
    const value = runtime.entries.get(rule.key);
    return value !== undefined && rule.isBroken(value, runtime) ? [{ name, value }] : [];
  });
  for (const alike of Map.groupBy(broken, ({ value }) => JSON.stringify([value.at.file, shownValue(value)])).values()) {
    const [first] = alike;
    if (first === undefined) continue;
    const names = listNames('runtime', alike.map(({ name }) => name)); // prettier-ignore
    reportNotLoaded(
      rule.code,
      first.value.at,
      rule.says(shownValue(first.value), names),
      affected,
      versions,
      report,
      rule.fix,
    );
  }
  return broken.map(({ value }) => value);
}

function shownValue(value: LocatedValue): string {
  return value.kind === 'string' ? quote(value.value) : value.kind;
}

/** Says that CRI does not load, with which versions where not with all. @param what a clause, without its end */
function reportNotLoaded(
  code: 'CriNotLoaded' | 'CgroupVersionMatters',
  at: Place,
  what: string,
  affected: readonly ContainerdVersion[],
  versions: readonly ContainerdVersion[],
  report: Report,
  fix?: string,
): void {
  const isSure = affected.length === versions.length;
  const who = isSure ? "containerd's CRI plugin" : `the CRI plugin of ${listVersions(affected)}`;
  const joint = code === 'CgroupVersionMatters' ? ' ' : ': ';
  const severity = code === 'CriNotLoaded' && !isSure ? 'warning' : undefined;
  report(importFinding(code, at, `${what}${joint}${who} does not load.`, fix, severity));
}

/** Mirrors and a directory of hosts exclude each other. */
function reportRegistry({ images, versions }: NodeConfiguration, report: Report): void {
  const registry = tableField(images, 'registry');
  const mirrors = registry === undefined ? undefined : tableField(registry, 'mirrors');
  const path = registry === undefined ? undefined : textOf(structField(registry, 'config_path'));
  if (mirrors === undefined || mirrors.entries.size === 0 || path === undefined) return;
  const what = `registry has both mirrors and a config_path (${path.at.file}:${path.at.line}), which exclude each other`;
  reportNotLoaded('CriNotLoaded', mirrors.at, what, versions, versions, report, 'Remove registry.mirrors; the hosts.toml files below config_path say the same.'); // prettier-ignore
}

/** Source: Go, time, ParseDuration. */
const goDuration = /^[-+]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;

function reportDurations({ images, runtimePart, versions }: NodeConfiguration, report: Report): void {
  const said = [
    ...['drain_exec_sync_io_timeout', 'stats_collect_period', 'stats_retention_period'].map((key) => ({ key, value: structField(runtimePart, key) })), // prettier-ignore
    { key: 'image_pull_progress_timeout', value: structField(images, 'image_pull_progress_timeout') },
  ];
  for (const { key, value } of said) {
    if (value?.kind !== 'string' || value.value === '' || goDuration.test(value.value)) continue;
    const what = `${key} is ${quote(value.value)}, which is no duration`;
    reportNotLoaded('CriNotLoaded', value.at, what, versions, versions, report, 'Write it as in 30s or 5m0s.');
  }
}

/** What 1.x refuses of settings that 2.x only ignores: said where the node has 1.x, since else they are said to be ignored. */
function reportFormerSettings({ runtimePart, runtimes, versions, defaultRuntime }: NodeConfiguration, report: Report) {
  const refusing = versionsWhere('refusesFormerKeys', versions);
  if (refusing.length === 0 || refusing.length < versions.length) return;
  const ofDefault = runtimes.get(defaultRuntime?.value ?? '')?.entries.get('runtime_type');
  const section = tableField(runtimePart, 'containerd');
  const former = [
    { key: 'systemd_cgroup', value: structField(runtimePart, 'systemd_cgroup') },
    { key: 'no_pivot', value: section === undefined ? undefined : structField(section, 'no_pivot') },
  ];
  for (const { key, value } of former) {
    if (value === undefined || isZero(value) || textOf(ofDefault)?.value === firstShim) continue;
    const what = `${key} is for the type ${firstShim} alone`;
    reportNotLoaded('CriNotLoaded', value.at, what, versions, versions, report, systemdFix(key));
  }
  const untrusted = section === undefined ? undefined : tableField(section, 'untrusted_workload_runtime');
  const type = untrusted === undefined ? undefined : textOf(structField(untrusted, 'runtime_type'));
  const named = section === undefined ? undefined : tableField(section, 'runtimes')?.entries.get('untrusted');
  if (untrusted === undefined || type === undefined || named === undefined) return;
  const what = 'Both untrusted_workload_runtime and a runtime called untrusted are there';
  reportNotLoaded('CriNotLoaded', untrusted.at, what, versions, versions, report, 'Remove untrusted_workload_runtime.');
}

function systemdFix(key: string): string {
  const option = key === 'no_pivot' ? 'NoPivotRoot' : 'SystemdCgroup';
  return `Set ${option} in the options of the runtime instead.`;
}

function isUnset(table: LocatedTable, key: string): boolean {
  const value = table.entries.get(key);
  return value === undefined || isZero(value);
}
