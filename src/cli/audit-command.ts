import { Command, Option } from 'commander';
import type { ReportFormat } from '../audit/reporters/reporters.ts';
import type { AuditOptions } from './audit.ts';
import { configOption, objectsOption, readCount } from './options.ts';

const reportFormats: readonly ReportFormat[] = ['table', 'wide', 'json', 'yaml'];

/** The command `audit`, which is imported when it runs. */
export function auditCommand(setExitCode: (code: number) => void): Command {
  return new Command('audit')
    .description('Find what is wrong in a cluster that is there already, with the very policies of the webhook.')
    .addOption(objectsOption('manifests to audit, in place of a cluster; - for standard input (repeatable)'))
    .addOption(configOption())
    .addOption(
      new Option('-o, --output <format>', 'table and html for people, the others for machines')
        .choices(reportFormats)
        .default('table'),
    )
    .addOption(
      new Option('--fail-on <severity>', 'the least severe finding that makes the exit code 1')
        .choices(['error', 'warning', 'info', 'never'])
        .default('error'),
    )
    .option('--limit <number>', 'findings of each code that table and html show; 0 shows all', readCount)
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  shimgate audit --config shimgate.yaml --objects cluster/\n' +
        '  kubectl get pods,namespaces,nodes,runtimeclasses -A -o yaml | shimgate audit --objects - -o json',
    )
    .action(async (options: AuditOptions) => {
      const { audit } = await import('./audit.ts');
      setExitCode(await audit(options));
    });
}
