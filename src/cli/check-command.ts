import { Command, Option } from 'commander';
import type { CheckOptions } from './check.ts';
import { readDuration, readName } from './options.ts';

/** The command `check`, which is imported when it runs. */
export function checkCommand(setExitCode: (code: number) => void): Command {
  return new Command('check')
    .description(
      'Ask the API server, in dry runs, whether shimgate answers it: a RuntimeClass whose handler is a path has to be refused, and another one let in.',
    )
    .option('--kubeconfig <file>', 'cluster to ask; without it, the one that runs this pod, or what kubectl would use')
    .option('--context <name>', 'context of the kubeconfig to use')
    .addOption(
      new Option('--webhook-configuration <name>', 'name of the webhook configurations, to say what is wrong with them')
        .argParser(readName)
        .default('shimgate'),
    )
    .addOption(
      new Option('--runtime-class <name>', 'name of the RuntimeClass that is tried and never made')
        .argParser(readName)
        .default('shimgate-check'),
    )
    .addOption(
      new Option('--timeout <duration>', 'how long an API server may take to hear of the webhooks')
        .argParser(readDuration)
        .default(45_000, '45s'),
    )
    .addHelpText('after', '\nExample:\n  shimgate check')
    .action(async (options: CheckOptions) => {
      const { check } = await import('./check.ts');
      setExitCode(await check(options));
    });
}
