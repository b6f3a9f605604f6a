import { importPaths } from '../import/import-paths.ts';
import { writeConfiguration } from '../import/write-configuration.ts';
import type { ContainerdVersion } from '../shim/containerd-version.ts';
import { CommandError, exitCodes } from './exit.ts';
import { checkStandardInput } from './options.ts';
import { writeFindings, type OutputFormat } from './output.ts';

export type ImportOptions = {
  readonly output: OutputFormat;
  readonly root?: string;
  readonly containerdVersion?: ContainerdVersion;
};

/**
 * `shimgate import PATH...`: a configuration from what nodes have, on standard output; what there is to say about it on
 * standard error.
 *
 * @returns the exit code: 2 where a file could not be read, 1 where another finding is an error, else 0
 */
export async function importNodes(
  paths: readonly string[],
  { output, root, containerdVersion }: ImportOptions,
): Promise<number> {
  checkStandardInput(paths);
  const result = await importPaths(paths, process.stdin, { root, version: containerdVersion });
  writeFindings(result.findings);
  const unreadable = result.findings.some(({ code }) => code === 'UnreadableFile');
  if (result.sources.length === 0) {
    const why =
      unreadable || result.findings.some(({ code }) => code === 'PieceOfConfiguration')
        ? ''
        : ": there are manifests only; give a node's file too, such as /etc/containerd/config.toml";
    throw new CommandError(`nothing could be imported from ${paths.join(', ')}${why}`);
  }
  process.stdout.write(writeConfiguration(result, output));
  if (unreadable) return exitCodes.failed;
  return result.findings.some(({ severity }) => severity === 'error') ? exitCodes.found : exitCodes.fine;
}
