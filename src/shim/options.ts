import { nearMiss } from '../finding/near-miss.ts';
import { problem, type Problem } from '../finding/problem.ts';
import { quote } from '../finding/quote.ts';
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
  return judgeGeneric(runtimeType, options);
}

function judgeAgainst(
  runtimeType: string,
  known: ReadonlyMap<string, OptionKind>,
  options: JsonObject,
): readonly Problem[] {
  return Object.entries(options).flatMap(([option, value]) => {
    const kind = kindOf(known, option);
    if (kind !== undefined) return hasKind(value, kind) ? [] : [wrongType(runtimeType, option, kind)];
    const names = [...known.keys()];
    const meant = nearMiss(option, names);
    const message = `${runtimeType} has no option ${quote(option)}, and containerd drops it; it has ${names.join(', ')}.`;
    return [problem('UnknownOption', [option], message, meant === undefined ? {} : { fix: `Did you mean ${meant}?` })];
  });
}

function judgeGeneric(runtimeType: string, options: JsonObject): readonly Problem[] {
  const shim = quote(runtimeType);
  const configPath = Object.entries(options).find(([option]) => option.toLowerCase() === 'configpath')?.[1];
  const bodyIsReplaced = typeof configPath === 'string' && configPath !== '';
  return Object.entries(options).flatMap(([option, value]) => {
    const kind = kindOf(genericOptions, option);
    if (kind !== undefined) return hasKind(value, kind) ? [] : [wrongType(runtimeType, option, kind)];
    if (bodyIsReplaced) {
      const message = `With ConfigPath set, containerd hands ${shim} that path alone and drops ${quote(option)}.`;
      return [problem('DroppedOption', [option], message)];
    }
    if (option.toLowerCase() === 'binaryname') {
      const message = `${option} is an option of ${runcShim}; ${shim} gets it as configuration text that it does not know.`;
      return [problem('RuncOptionForOtherShim', [option], message)];
    }
    const message = `containerd hands ${quote(option)} to ${shim} as configuration text; only that shim knows what it means.`;
    return [problem('UncheckedOption', [option], message)];
  });
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
