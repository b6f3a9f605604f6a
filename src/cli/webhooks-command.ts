import { Command, Option } from 'commander';
import { append, readName, readPort } from './options.ts';
import { outputFormats } from './output.ts';
import type { WebhooksOptions } from './webhooks.ts';

/** The command `webhooks`, which is imported when it runs. Its defaults are those of deploy/manifests.yaml. */
export function webhooksCommand(setExitCode: (code: number) => void): Command {
  return new Command('webhooks')
    .description('Print the webhook configurations that a configuration needs, for whoever installs without Helm.')
    .requiredOption('--config <file>', 'configuration, whose namespace rules have entries of their own')
    .addOption(
      new Option('--name <name>', 'name of the webhook configurations and of the Service')
        .argParser(readName)
        .default('shimgate'),
    )
    .addOption(
      new Option('--service-namespace <name>', 'namespace of the Service, which is never sent')
        .argParser(readName)
        .default('shimgate'),
    )
    .option('--service-port <port>', 'port of the Service', readPort, 443)
    .addOption(
      new Option('--failure-policy <policy>', 'what becomes of pods with a class while the webhook does not answer')
        .choices(['Fail', 'Ignore'])
        .default('Fail'),
    )
    .addOption(
      new Option(
        '--excluded-namespace <name>',
        'namespace that is not sent (repeatable); without one, kube-system',
      ).argParser(append),
    )
    .option('--events', 'for serve --events: requests that are no dry run have a side effect')
    .addOption(new Option('-o, --output <format>', 'format').choices(outputFormats).default('yaml'))
    .addHelpText('after', '\nExample:\n  shimgate webhooks --config shimgate.yaml > webhooks.yaml')
    .action(async (options: WebhooksOptions) => {
      const { webhooks } = await import('./webhooks.ts');
      setExitCode(await webhooks(options));
    });
}
