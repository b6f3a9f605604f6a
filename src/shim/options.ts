import { nearMiss } from '../finding/near-miss.ts';
import { problem, type Problem } from '../finding/problem.ts';
import { quote } from '../finding/quote.ts';
import { executableKind, formerOciRuntime, typeOfShim } from './executable-kind.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './json-value.ts';

/** containerd's stock shim: it runs runc, or whatever its option BinaryName says. */
export const runcShim = 'io.containerd.runc.v2';

/** The shim of Windows nodes. */
export const runhcsShim = 'io.containerd.runhcs.v1';

type OptionKind = 'string' | 'boolean' | 'integer' | 'string map';

/** Source: containerd, api/types/runc/options/oci.proto; CriuPath was there in 1.x. */
const runcOptions: ReadonlyMap<string, OptionKind> = new Map([
  ['BinaryName', 'string'],
  ['Root', 'string'],
  ['SystemdCgroup', 'boolean'],
  ['NoPivotRoot', 'boolean'],
  ['NoNewKeyring', 'boolean'],
  ['ShimCgroup', 'string'],
  ['IoUid', 'integer'],
  ['IoGid', 'integer'],
  ['CriuPath', 'string'],
  ['CriuImagePath', 'string'],
  ['CriuWorkPath', 'string'],
  ['TaskApiAddress', 'string'],
  ['TaskApiVersion', 'integer'],
]);

/**
 * Shims that containerd 2.0 removed, and what they take in 1.7: the one that still is in its place is better known.
 *
 * Source: containerd 1.7, pkg/cri/server/helpers.go, getRuntimeOptionsType; runtime/linux/runctypes/runc.proto.
 */
const formerOptions: ReadonlyMap<string, ReadonlyMap<string, OptionKind>> = new Map([
  ['io.containerd.runc.v1', runcOptions],
  [
    'io.containerd.runtime.v1.linux',
    new Map<string, OptionKind>([
      ['Runtime', 'string'],
      ['RuntimeRoot', 'string'],
      ['CriuPath', 'string'],
      ['SystemdCgroup', 'boolean'],
    ]),
  ],
]);

/** Options of io.containerd.runtime.v1.linux that runc's shim has by another name. Source: the same two. */
const namesOfFirstShim: ReadonlyMap<string, string> = new Map([
  ['runtime', 'BinaryName'],
  ['runtimeroot', 'Root'],
]);

/** Source: hcsshim, cmd/containerd-shim-runhcs-v1/options/runhcs.proto. */
const runhcsOptions: ReadonlyMap<string, OptionKind> = new Map([
  ['Debug', 'boolean'],
  ['DebugType', 'integer'],
  ['RegistryRoot', 'string'],
  ['SandboxImage', 'string'],
  ['SandboxPlatform', 'string'],
  ['SandboxIsolation', 'integer'],
  ['BootFilesRootPath', 'string'],
  ['VmProcessorCount', 'integer'],
  ['VmMemorySizeInMb', 'integer'],
  ['GPUVHDPath', 'string'],
  ['ScaleCpuLimitsToSandbox', 'boolean'],
  ['DefaultContainerScratchSizeInGb', 'integer'],
  ['DefaultVmScratchSizeInGb', 'integer'],
  ['ShareScratch', 'boolean'],
  ['NCProxyAddr', 'string'],
  ['LogLevel', 'string'],
  ['IoRetryTimeoutInSec', 'integer'],
  ['DefaultContainerAnnotations', 'string map'],
  ['NoInheritHostTimezone', 'boolean'],
  ['ScrubLogs', 'boolean'],
]);

/** Source: containerd, api/types/runtimeoptions/v1/api.proto. */
const genericOptions: ReadonlyMap<string, OptionKind> = new Map([
  ['TypeUrl', 'string'],
  ['ConfigPath', 'string'],
  ['ConfigBody', 'string'],
]);

/**
 * Judges options by the shim that they go to, as containerd decodes them: the runc and runhcs shims have messages of
 * their own, every other runtime type gets the generic one. Key letter case does not matter, as in containerd's TOML.
 *
 * @returns problems whose path is the option's key
 *
 * Source: containerd, internal/cri/config/config.go, GenerateRuntimeOptions and getRuntimeOptionsType.
 */
export function judgeOptions(runtimeType: string, options: JsonObject): readonly Problem[] {
  if (runtimeType === runcShim) return judgeAgainst(runtimeType, runcOptions, options);
  if (runtimeType === runhcsShim) return judgeAgainst(runtimeType, runhcsOptions, options);
  const former = formerOptions.get(runtimeType);
  return former === undefined ? judgeGeneric(runtimeType, options) : judgeAgainst(runtimeType, former, options);
}

/** The options that containerd itself knows, of runc's shim and of every other one. */
export const knownOptionNames: readonly string[] = [...runcOptions.keys(), ...genericOptions.keys()];

/**
 * Keys of a runtime that are no options, in containerd's spelling.
 *
 * Source: containerd, internal/cri/config/config.go, Runtime.
 */
const runtimeKeys: readonly string[] = [
  'runtime_type',
  'runtime_path',
  'pod_annotations',
  'container_annotations',
  'privileged_without_host_devices',
  'privileged_without_host_devices_all_devices_allowed',
  'cgroup_writable',
  'base_runtime_spec',
  'cni_conf_dir',
  'cni_max_conf_num',
  'snapshotter',
  'sandboxer',
  'sandbox_mode',
  'io_type',
  'disable_pause_image_pull',
];

function judgeAgainst(
  runtimeType: string,
  known: ReadonlyMap<string, OptionKind>,
  options: JsonObject,
): readonly Problem[] {
  return Object.entries(options).flatMap(([option, value]) => {
    const kind = kindOf(known, option);
    if (kind !== undefined) {
      if (!hasKind(value, kind)) return [wrongType(runtimeType, option, kind)];
      return option.toLowerCase() === 'binaryname' ? judgeBinaryName(runtimeType, option, value) : [];
    }
    if (isRuntimeKey(option)) return [runtimeKeyInOptions(option)];
    const names = [...known.keys()];
    const meant = otherSpelling(option, names) ?? nearMiss(option, names);
    const message = `${runtimeType} has no option ${quote(option)}, and containerd drops it; it has ${names.join(', ')}.`;
    const renamed = runtimeType === runcShim ? namesOfFirstShim.get(option.toLowerCase()) : undefined;
    if (renamed !== undefined) {
      const fix = `Write it ${renamed}: ${option} was its name in the options of the shim of Linux that containerd 2.0 removed.`;
      return [problem('UnknownOption', [option], message, { fix })];
    }
    // ConfigPath is an option of every other shim, and names what such a shim reads.
    const isOfOthers = kindOf(genericOptions, option) !== undefined;
    const other = isOfOthers ? { fix: 'Use the runtime type of the shim that it is for, or remove it.' } : {};
    return [
      problem('UnknownOption', [option], message, meant === undefined ? other : { fix: `Did you mean ${meant}?` }),
    ];
  });
}

function judgeGeneric(runtimeType: string, options: JsonObject): readonly Problem[] {
  const shim = quote(runtimeType);
  const configPath = Object.entries(options).find(([option]) => option.toLowerCase() === 'configpath')?.[1];
  const bodyIsReplaced = typeof configPath === 'string' && configPath !== '';
  return Object.entries(options).flatMap(([option, value]) => {
    const kind = kindOf(genericOptions, option);
    if (kind !== undefined) return hasKind(value, kind) ? [] : [wrongType(runtimeType, option, kind)];
    if (isRuntimeKey(option)) return [runtimeKeyInOptions(option)];
    const spelling = otherSpelling(option, [...genericOptions.keys()]);
    if (spelling !== undefined) {
      const message = `containerd does not know the option ${quote(option)}: it has ${spelling}.`;
      return [problem('UnknownOption', [option], message, { fix: `Write ${spelling}.` })];
    }
    if (bodyIsReplaced) {
      const message = `With ConfigPath set, containerd hands ${shim} that path alone and drops ${quote(option)}.`;
      const better = option.toLowerCase() === 'binaryname' ? fixOfBinaryName(value) : {};
      return [problem('DroppedOption', [option], message, better)];
    }
    if (option.toLowerCase() === 'binaryname') {
      const message = `${option} is an option of ${runcShim}; ${shim} gets it as configuration text that it does not know.`;
      return [problem('RuncOptionForOtherShim', [option], message, fixOfBinaryName(value))];
    }
    const message = `containerd hands ${quote(option)} to ${shim} as configuration text; only that shim knows what it means.`;
    return [problem('UncheckedOption', [option], message)];
  });
}

/** runc's shim calls what BinaryName names as runc is called; a shim cannot be called so. */
function judgeBinaryName(runtimeType: string, option: string, value: JsonValue): readonly Problem[] {
  if (typeof value !== 'string') return [];
  const former = formerOciRuntime(value);
  if (former !== undefined) {
    const message = `${option} names ${quote(value)}, which ${former.fault}, and no pod of this runtime starts.`;
    const fix = `Remove ${option}, and use the runtime type ${former.runtimeType}.`;
    return [problem('FormerOciRuntime', [option], message, { fix })];
  }
  if (executableKind(value) !== 'shim') return [];
  const message = `${option} names the shim ${quote(value)}, and ${runtimeType} calls it as an OCI runtime: no pod of this runtime starts.`;
  const type = typeOfShim(value) ?? 'of that shim';
  const fix = `Remove ${option}, and use the runtime type ${type}; to say where the shim is, set runtime_path on the nodes (runtimePath here).`;
  return [problem('ShimAsOciRuntime', [option], message, { fix })];
}

/** What a shim of another type does not know is best removed: what runs now goes on running. */
function fixOfBinaryName(value: JsonValue): { readonly fix?: string } {
  if (typeof value !== 'string' || executableKind(value) !== 'shim') return {};
  return { fix: 'Remove BinaryName; to say where the shim is, set runtime_path on the nodes (runtimePath here).' };
}

function isRuntimeKey(option: string): boolean {
  return otherSpelling(option, runtimeKeys) !== undefined || runtimeKeys.includes(option.toLowerCase());
}

function runtimeKeyInOptions(option: string): Problem {
  const message = `${quote(option)} is a key of the runtime itself: among its options, containerd does not see it.`;
  return problem('RuntimeKeyInOptions', [option], message);
}

/** A known name that differs in letter case, dashes and underscores alone. */
function otherSpelling(option: string, names: readonly string[]): string | undefined {
  const bare = (text: string) => text.toLowerCase().replace(/[-_]/g, '');
  return names.find((name) => bare(name) === bare(option));
}

function wrongType(runtimeType: string, option: string, kind: OptionKind): Problem {
  const message = `${quote(option)} of ${quote(runtimeType)} must be of type ${kind}: containerd cannot decode these options, and no pod of this runtime starts.`;
  return problem('WrongOptionType', [option], message);
}

function kindOf(known: ReadonlyMap<string, OptionKind>, option: string): OptionKind | undefined {
  const exact = known.get(option);
  if (exact !== undefined) return exact;
  const lower = option.toLowerCase();
  for (const [name, kind] of known) if (name.toLowerCase() === lower) return kind;
  return undefined;
}

function hasKind(value: JsonValue, kind: OptionKind): boolean {
  switch (kind) {
    case 'string':
    case 'boolean':
      return typeof value === kind;
    case 'integer':
      return Number.isInteger(value);
    case 'string map':
      return isJsonObject(value) && Object.values(value).every((item) => typeof item === 'string');
  }
}
