import { problem, type Problem } from '../finding/problem.ts';
import { quote } from '../finding/quote.ts';
import type { Runtime } from '../generated/configuration.ts';
import { executableKind, formerOciRuntime, hasOwnShim, typeOfShim } from './executable-kind.ts';
import type { JsonObject } from './json-value.ts';
import { judgeOptions, runcShim, runhcsShim } from './options.ts';
import { isAbsolutePath, refuseRuntimeName, type NameRefusal } from './runtime-name.ts';
import { shimBinary } from './shim-binary.ts';

/** What a runtime name resolves to: the shim that will run, and where that was learnt. */
export type ShimConfig = {
  /** The runtime name that was asked for; for a RuntimeClass, the handler. */
  readonly name: string;
  readonly source: 'configured' | 'stock' | 'implicit' | 'class' | 'node';
  /** containerd's runtime type: a shim name or, where an admin configured it so, an absolute path. */
  readonly runtimeType?: string;
  /** The binary that containerd starts: a name that it looks up, or an absolute path. */
  readonly shimBinary?: string;
  readonly runtimePath?: string;
  readonly options?: JsonObject;
  readonly snapshotter?: string;
  /** Annotations that every pod of this runtime gets. */
  readonly annotations?: Readonly<Record<string, string>>;
};

/** The runtimes that the nodes know, by runtime name. */
export type RuntimesTable = ReadonlyMap<string, ShimConfig>;

export type Resolution =
  | { readonly kind: 'resolved'; readonly shim: ShimConfig }
  | { readonly kind: 'refused'; readonly refusal: NameRefusal };

/**
 * Resolves a runtime name: explicit before stock before implicit. A configured key wins whatever it looks like, even
 * one that would be refused as a name; a name that nobody configured is passed on verbatim where it is permissible.
 *
 * Source: moby, daemon/runtime_unix.go, runtimes.Get.
 */
export function resolveRuntimeName(table: RuntimesTable, name: string): Resolution {
  const declared = table.get(name) ?? stockRuntimes.get(name);
  if (declared !== undefined) return { kind: 'resolved', shim: declared };
  const refusal = refuseRuntimeName(name);
  if (refusal !== undefined) return { kind: 'refused', refusal };
  return { kind: 'resolved', shim: namedShim(name, name, 'implicit') };
}

/** The shim config of a runtime that is known by its shim name alone. */
export function namedShim(name: string, runtimeType: string, source: 'implicit' | 'class' | 'stock'): ShimConfig {
  const binary = shimBinary(runtimeType);
  return { name, source, runtimeType, ...(binary !== undefined && { shimBinary: binary }) };
}

/**
 * Builds the table from the configuration's `runtimes` and judges every entry.
 *
 * @returns the table without the entries that are in error, and all problems, with paths below `runtimes`
 */
export function compileRuntimesTable(runtimes: Readonly<Record<string, Runtime>>): {
  readonly table: RuntimesTable;
  readonly problems: readonly Problem[];
} {
  const table = new Map<string, ShimConfig>();
  const problems: Problem[] = [];
  for (const [name, runtime] of Object.entries(runtimes)) {
    const found = judgeRuntime(name, runtime);
    problems.push(...found.map((one) => ({ ...one, path: ['runtimes', name, ...one.path] })));
    if (!found.some((one) => one.severity === 'error')) table.set(name, configuredShim(name, runtime));
  }
  return { table, problems };
}

/** What containerd runs on a Windows node when a pod names no class. */
export const windowsDefaultRuntime = 'runhcs-wcow-process';

/**
 * What is there without a table: runc, and on Windows nodes the runtimes of containerd's own configuration.
 *
 * Source: containerd, internal/cri/config/config_windows.go, DefaultRuntimeConfig.
 */
const stockRuntimes: RuntimesTable = new Map<string, ShimConfig>([
  ...['runc', runcShim].map((name) => [name, { ...runcShimWith('runc'), name, source: 'stock' }] as const),
  ...[windowsDefaultRuntime, 'runhcs-wcow-hypervisor'].map(
    (name) => [name, namedShim(name, runhcsShim, 'stock')] as const,
  ),
]);

/** Every name that the table or a stock runtime has. */
export function declaredNames(table: RuntimesTable): ReadonlySet<string> {
  return new Set([...table.keys(), ...stockRuntimes.keys()]);
}

/** A fresh object each time: the stock runtime's options and a configured runtime's are never the same object. */
function runcShimWith(binaryName: string): Pick<ShimConfig, 'runtimeType' | 'shimBinary' | 'options'> {
  return { runtimeType: runcShim, shimBinary: 'containerd-shim-runc-v2', options: { BinaryName: binaryName } };
}

function configuredShim(name: string, runtime: Runtime): ShimConfig {
  const { path, runtimeType, runtimePath, options, snapshotter, annotations } = runtime;
  const binary = runtimeType === undefined ? undefined : shimBinary(runtimeType);
  return {
    name,
    source: 'configured',
    ...(runtimeType !== undefined && { runtimeType }),
    ...(binary !== undefined && { shimBinary: binary }),
    ...(options !== undefined && { options }),
    ...(path !== undefined && path !== '' && runcShimWith(path)),
    ...(runtimePath !== undefined && { runtimePath, shimBinary: runtimePath }),
    ...(snapshotter !== undefined && { snapshotter }),
    ...(annotations !== undefined && { annotations }),
  };
}

/** Docker's contradictions first, with Docker's meaning (moby, daemon/runtime_unix.go, setupRuntimes); then ours. */
function judgeRuntime(name: string, runtime: Runtime): readonly Problem[] {
  const { path, runtimeType, runtimePath, runtimeArgs, options } = runtime;
  const runtimeName = quote(name);
  const problems: Problem[] = [];
  if (isAbsent(path) && isAbsent(runtimeType)) {
    problems.push(problem('RuntimeUnspecified', [], `Runtime ${runtimeName} has neither a runtimeType nor a path.`));
  }
  if (!isAbsent(path) && !isAbsent(runtimeType)) {
    problems.push(
      problem('RuntimeOverspecified', ['path'], `Runtime ${runtimeName} has both a path and a runtimeType.`),
    );
  }
  if (!isAbsent(path) && options !== undefined && Object.keys(options).length > 0) {
    problems.push(
      problem('OptionsWithPath', ['options'], `Runtime ${runtimeName} has a path, which takes no options.`),
    );
  }
  if (runtimeArgs !== undefined && runtimeArgs.length > 0) {
    problems.push(
      isAbsent(runtimeType)
        ? problem(
            'RuntimeArgsNotPassed',
            ['runtimeArgs'],
            `containerd has no place for the runtimeArgs of ${runtimeName}: it calls ${quote(path ?? '')} without them.`,
          )
        : problem(
            'RuntimeArgsWithType',
            ['runtimeArgs'],
            `Runtime ${runtimeName} has a runtimeType, which takes no runtimeArgs.`,
          ),
    );
  }
  if (path !== undefined && executableKind(path) === 'shim') problems.push(shimAsPath(name, path));
  problems.push(...judgeFormerOciRuntime(runtimeName, path));
  if (runtimePath !== undefined && executableKind(runtimePath) === 'OCI runtime')
    problems.push(ociRuntimeAsShim('runtimePath', runtimeName, runtimePath, runtimeType));
  if (runtimePath !== undefined && !isAbsolutePath(runtimePath)) {
    problems.push(
      problem(
        'RuntimePathNotAbsolute',
        ['runtimePath'],
        `runtimePath ${quote(runtimePath)} of ${runtimeName} is not absolute.`,
      ),
    );
  }
  if (runtimeType !== undefined && runtimeType !== '') {
    problems.push(...judgeRuntimeType(runtimeName, runtimeType));
    if (options !== undefined) problems.push(...below('options', judgeOptions(runtimeType, options)));
  }
  return problems;
}

/** Docker's path is an OCI runtime of runc's shim; an entry of a shim's own name even hides the shim that Docker would find. */
function shimAsPath(name: string, path: string): Problem {
  const message = `The path of runtime ${quote(name)} names a shim, and runc's shim calls it as an OCI runtime: no container of it starts.`;
  const types = [isAbsolutePath(path) ? path : undefined, typeOfShim(path)].filter((type) => type !== undefined);
  const byName = types.includes(name)
    ? 'Remove the entry, since Docker finds a shim on its PATH by this very name'
    : '';
  const byType = types.map((type) => `runtimeType ${quote(type)}`).join(', or, where the shim is on the PATH, ');
  const fix = [byName, byType === '' ? '' : `${byName === '' ? 'Say' : 'or say'} ${byType} in place of path`];
  const said = fix.filter((part) => part !== '').join('; ');
  return problem('ShimAsOciRuntime', ['path'], message, said === '' ? {} : { fix: `${said}.` });
}

/** Docker's path again: what runc's shim calls, and what takes none of its commands any more. */
function judgeFormerOciRuntime(runtimeName: string, path: string | undefined): readonly Problem[] {
  const former = path === undefined ? undefined : formerOciRuntime(path);
  if (path === undefined || former === undefined) return [];
  const message = `The path of runtime ${runtimeName} names ${quote(path)}, which ${former.fault}, and no container of it starts.`;
  const fix = `Say runtimeType ${quote(former.runtimeType)} in place of path, which Docker knows from version 23 on.`;
  return [problem('FormerOciRuntime', ['path'], message, { fix })];
}

function ociRuntimeAsShim(
  field: 'runtimePath' | 'runtimeType',
  runtimeName: string,
  path: string,
  type: string | undefined,
): Problem {
  const message = `The ${field} of runtime ${runtimeName} names the OCI runtime ${quote(path)}, and containerd starts it as a shim: no pod of it starts.`;
  const binary = type === undefined || type === runcShim || !hasOwnShim(path) ? undefined : shimBinary(type);
  const change = type === runcShim ? '' : `use runtimeType ${runcShim}, `;
  const remove = field === 'runtimePath' ? 'remove runtimePath (runtime_path on the nodes), ' : '';
  const former = formerOciRuntime(path);
  const steps =
    former === undefined
      ? `${remove}${change}and set BinaryName = ${quote(path)} in options.`
      : `${remove}${remove === '' ? '' : 'and '}use runtimeType ${former.runtimeType}.`;
  const fix =
    binary === undefined
      ? `${steps.charAt(0).toUpperCase()}${steps.slice(1)}`
      : `Remove runtimePath (runtime_path on the nodes), or name the shim ${binary} with it.`;
  return problem('OciRuntimeAsShim', [field], message, { fix });
}

/** A runtime type that containerd would refuse is an error; one that it takes for a file is what admins may do. */
function judgeRuntimeType(runtimeName: string, runtimeType: string): readonly Problem[] {
  if (isAbsolutePath(runtimeType)) {
    if (executableKind(runtimeType) === 'OCI runtime')
      return [ociRuntimeAsShim('runtimeType', runtimeName, runtimeType, undefined)];
    const message = `Runtime ${runtimeName} names its shim by path: containerd runs ${quote(runtimeType)} as root on every node.`;
    return [problem('ShimNamedByPath', ['runtimeType'], message)];
  }
  const refusal = refuseRuntimeName(runtimeType);
  if (refusal === undefined) return [];
  const message = `containerd refuses the runtimeType of ${runtimeName}. ${refusal.message}`;
  return [problem(refusal.code, ['runtimeType'], message, { fix: fixOfType(runtimeType) })];
}

function fixOfType(runtimeType: string): string {
  const type = typeOfShim(runtimeType);
  if (type !== undefined) return `Name the shim by its type, ${quote(type)}, or give its absolute path.`;
  const former = formerOciRuntime(runtimeType);
  if (former !== undefined) return `Name its shim, ${former.runtimeType}.`;
  if (executableKind(runtimeType) === 'OCI runtime')
    return `Use runtimeType ${runcShim}, and name the OCI runtime with BinaryName in options.`;
  return 'Name a shim, as io.containerd.kata.v2, or give its absolute path.';
}

function below(field: string, problems: readonly Problem[]): readonly Problem[] {
  return problems.map((one) => ({ ...one, path: [field, ...one.path] }));
}

function isAbsent(value: string | undefined): boolean {
  return value === undefined || value === '';
}
