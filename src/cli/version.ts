import packageJson from '../../package.json' with { type: 'json' };
import { writeLines, writeStructured, type OutputFormat } from './output.ts';

/** The version of this build. */
export const version: string = packageJson.version;

export type VersionOptions = { readonly output?: OutputFormat };

/** `shimgate version`: what somebody who reports a bug is asked for. */
export function writeVersion({ output }: VersionOptions): void {
  const all = { version, node: process.versions.node, platform: process.platform, arch: process.arch };
  if (output === undefined) writeLines([[`shimgate ${version} (Node ${all.node}, ${all.platform} ${all.arch})`]]);
  else writeStructured(all, output);
}
