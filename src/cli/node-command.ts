import { Command, Option } from 'commander';
import { knownVersions } from '../shim/containerd-version.ts';
import type { NodeOptions } from './node.ts';
import { append, logLevelOption, outputOption, readPathList, readPathOnNode, readVersion } from './options.ts';
import { version } from './version.ts';

/** The command `node`, which is imported when it runs. */
export function nodeCommand(setExitCode: (code: number) => void): Command {
  return new Command('node')
    .description(
      "Say what runtimes this node has: reads containerd's files, looks whether what they name is there, and keeps the node's NodeRuntimes object up to date.",
    )
    .option('--once', 'print the object, and end: nothing is written to the cluster')
    .addOption(outputOption())
    .option('--root <directory>', "where the node's file system is mounted", '/')
    .addOption(
      new Option('--host-path <path>', 'what of the node is mounted below it (repeatable); without it, all of it')
        .argParser((value: string, previous: readonly string[] | undefined) => append(readPathOnNode(value), previous))
        .default([]),
    )
    .addOption(
      new Option(
        '--config-path <path>',
        "containerd's configuration on the node; without it, it is looked for where known distributions have it",
      ).argParser(readPathOnNode),
    )
    .addOption(
      new Option('--search-path <path:path>', "containerd's PATH; without it, what its distribution has").argParser(
        readPathList,
      ),
    )
    .addOption(
      new Option('--containerd-version <version>', 'containerd of the node; without it, what its program says')
        .choices(knownVersions)
        .argParser(readVersion),
    )
    .option(
      '--kubeconfig <file>',
      'cluster to write to; without it, the one that runs this pod, or what kubectl would use',
    )
    .addOption(logLevelOption())
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  shimgate node --once -o yaml\n' +
        '  shimgate node --once --root /host\n' +
        '  shimgate node --root /host --host-path /etc/containerd --host-path /usr --host-path /opt',
    )
    .action(async (options: NodeOptions) => {
      const { node } = await import('./node.ts');
      setExitCode(await node(options, version));
    });
}
