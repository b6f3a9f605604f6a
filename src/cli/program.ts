import { Argument, Command, CommanderError, Option } from 'commander';
import { auditCommand } from './audit-command.ts';
import { checkCommand } from './check-command.ts';
import { completeCommand, completionCommand } from './completion-command.ts';
import { CommandError, exitCodes } from './exit.ts';
import type { ExplainOptions } from './explain.ts';
import type { ImportOptions } from './import.ts';
import { nodeCommand } from './node-command.ts';
import { append, configOption, objectsOption, outputOption, readVersion } from './options.ts';
import { outputFormats, reviewFormats, writeError } from './output.ts';
import { printableLine } from '../text/printable.ts';
import { testCommand } from './test-command.ts';
import type { ResolveOptions } from './resolve.ts';
import type { ReviewOptions } from './review.ts';
import { serveCommand } from './serve-command.ts';
import { webhooksCommand } from './webhooks-command.ts';
import { version, writeVersion, type VersionOptions } from './version.ts';
import { knownVersions } from '../shim/containerd-version.ts';

/**
 * Runs the command line. Commands are imported when they are called, so that none pays for another's imports.
 *
 * @param args the arguments behind the program's name
 * @returns the exit code
 */
export async function run(args: readonly string[]): Promise<number> {
  process.stdout.on('error', letReaderLeave);
  let exitCode: number = exitCodes.fine;
  const program = createProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.failed;
    if (!(error instanceof CommandError)) throw error;
    writeError('error', error.message);
    return exitCodes.failed;
  }
}

/** Whoever reads the output may stop early, as `head` does: that is no error of ours. */
function letReaderLeave(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/** The command line. @param setExitCode called with the exit code of the command that ran */
export function createProgram(setExitCode: (code: number) => void): Command {
  const program = new Command('shimgate')
    .description('Follows pods to the containerd shims that will run them, and refuses names that are paths.')
    .version(version, '--version', 'print the version')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text.split('\n').map(printableLine).join('\n')) })
    .showHelpAfterError('Run with --help for usage.')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  shimgate resolve io.containerd.kata.v2\n' +
        '  shimgate review -f deploy.yaml --config shimgate.yaml\n' +
        '  source <(shimgate completion bash)',
    );

  program.addCommand(serveCommand(setExitCode).copyInheritedSettings(program));

  program
    .command('review')
    .description("Print the webhook's verdict on manifests and recorded AdmissionReviews, without a webhook.")
    .addOption(
      new Option('-f, --filename <path...>', 'manifests, directories, or - for standard input (repeatable)')
        .argParser(append)
        .makeOptionMandatory(),
    )
    .addOption(objectsOption('manifests of RuntimeClasses, Namespaces and Nodes to judge with (repeatable)'))
    .addOption(configOption())
    .addOption(outputOption(reviewFormats))
    .addOption(
      new Option('--fail-on <what>', 'what makes the exit code 1: what would be denied, or findings as bad as this too')
        .choices(['denied', 'error', 'warning', 'info', 'never'])
        .default('denied'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  shimgate review -f deploy.yaml --config shimgate.yaml --objects runtimeclasses.yaml\n' +
        '  helm template . | shimgate review -f - --config shimgate.yaml -o json\n' +
        '  shimgate review -f deploy/ --config shimgate.yaml -o sarif > review.sarif',
    )
    .action(async (options: ReviewOptions) => {
      const { review } = await import('./review.ts');
      setExitCode(await review(options));
    });

  program.addCommand(auditCommand(setExitCode).copyInheritedSettings(program));
  program.addCommand(testCommand(setExitCode).copyInheritedSettings(program));

  program
    .command('resolve')
    .description('Print what a runtime name becomes: the shim, its binary, its options.')
    .argument('<name>', 'runtime name: a configured one, runc, or a shim name')
    .addOption(configOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  shimgate resolve kata-qemu --config shimgate.yaml\n  shimgate resolve io.containerd.kata.v2 -o json',
    )
    .action(async (name: string, options: ResolveOptions) => {
      const { resolve } = await import('./resolve.ts');
      setExitCode(await resolve(name, options));
    });

  program
    .command('explain')
    .description('Print what a code means, why it matters and what to do, as docs/reasons.md says it.')
    .argument('<code>', 'code of a finding, such as UndeclaredHandler')
    .addOption(outputOption())
    .addHelpText('after', '\nExample:\n  shimgate explain UndeclaredHandler')
    .action(async (code: string, options: ExplainOptions) => {
      const { explain } = await import('./explain.ts');
      setExitCode(explain(code, options));
    });

  program
    .command('import')
    .description(
      "Write a configuration from what nodes have: containerd's files, Docker's, or what crictl info prints.",
    )
    .argument(
      '<path...>',
      "a file of a node, a directory with a node's files, manifests of RuntimeClasses, or - for standard input",
    )
    .addOption(
      new Option('-o, --output <format>', 'format of the configuration').choices(outputFormats).default('yaml'),
    )
    .option('--root <directory>', "the root of a node's files, where paths are those on the node")
    .addOption(
      new Option(
        '--containerd-version <version>',
        'containerd of the nodes, a patch release too; without it, what the files can be of',
      )
        // For the help and for completion; what is taken is what the parser takes.
        .choices(knownVersions)
        .argParser(readVersion),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  shimgate import /etc/containerd/config.toml > shimgate.yaml\n  crictl info | shimgate import -\n  shimgate import node-1/ node-2/ runtimeclasses.yaml -o json\n  shimgate import --root node-1/ /opt/containerd/config.toml\n  shimgate import node-1/ --containerd-version 1.7.27',
    )
    .action(async (paths: readonly string[], options: ImportOptions) => {
      const { importNodes } = await import('./import.ts');
      setExitCode(await importNodes(paths, options));
    });

  program
    .command('schema')
    .description('Print the JSON Schema of the configuration, or of the values of the chart.')
    .addArgument(new Argument('[what]', 'which one').choices(['configuration', 'values']).default('configuration'))
    .addHelpText('after', '\nExample:\n  shimgate schema configuration > shimgate.schema.json')
    .action(async (what: 'configuration' | 'values') => {
      const { schemas } = await import('./schemas.ts');
      process.stdout.write(`${JSON.stringify(schemas[what], null, 2)}\n`);
    });

  program
    .command('version')
    .description('Print the version of shimgate, of the Node that runs it, and the system.')
    .addOption(outputOption())
    .action((options: VersionOptions) => {
      writeVersion(options);
    });

  program.addCommand(nodeCommand(setExitCode).copyInheritedSettings(program));

  program.addCommand(checkCommand(setExitCode).copyInheritedSettings(program));
  program.addCommand(webhooksCommand(setExitCode).copyInheritedSettings(program));

  program.addCommand(completionCommand().copyInheritedSettings(program));
  program.addCommand(completeCommand(program).copyInheritedSettings(program), { hidden: true });
  return program;
}
