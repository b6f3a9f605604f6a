import { codes } from '../finding/codes.ts';
import { withRuleAnnotations } from '../config/handler-rules.ts';
import { canonicalJson } from '../shim/json-value.ts';
import { resolveRuntimeName, type ShimConfig } from '../shim/runtimes-table.ts';
import { exitCodes } from './exit.ts';
import { loadConfiguration } from './load-configuration.ts';
import { styled, writeLines, writeStructured, type OutputFormat, type Piece } from './output.ts';

export type ResolveOptions = { readonly config?: string; readonly output?: OutputFormat };

/** `shimgate resolve NAME`: what one runtime name becomes. @returns the exit code */
export async function resolve(name: string, { config, output }: ResolveOptions): Promise<number> {
  const configuration = await loadConfiguration(config);
  const resolution = resolveRuntimeName(configuration.runtimes, name);
  if (resolution.kind === 'refused') {
    const { code, message } = resolution.refusal;
    const { fix } = codes[code];
    if (output === undefined) writeLines([[styled('red', 'refused'), `: ${message} [${code}]`], [fix]]);
    else writeStructured({ name, error: { code, message, fix } }, output);
    return exitCodes.found;
  }
  const shim = withRuleAnnotations(name, resolution.shim, configuration.handlerRules);
  if (output === undefined) writeLines(describe(shim));
  else writeStructured(shim, output);
  return exitCodes.fine;
}

function describe(shim: ShimConfig): readonly (readonly Piece[])[] {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Name', shim.name],
    ['Source', shim.source],
    ['Runtime type', shim.runtimeType],
    ['Shim binary', shim.shimBinary],
    ['Runtime path', shim.runtimePath],
    ['Options', shim.options === undefined ? undefined : canonicalJson(shim.options)],
    ['Snapshotter', shim.snapshotter],
    ...Object.entries(shim.annotations ?? {}).map(([key, value]) => ['Annotation', `${key}=${value}`] as const),
  ];
  return rows
    .filter(([, value]) => value !== undefined)
    .map(([label, value]) => [`${`${label}:`.padEnd(15)}${value ?? ''}`]);
}
