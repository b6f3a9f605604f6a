import { Command, InvalidArgumentError, Option } from 'commander';
import type { ReportFormat } from '../audit/reporters/reporters.ts';
import type { ReportApi } from '../audit/reports/report-kinds.ts';
import type { AuditFlags } from './audit.ts';
import { configOption, objectsOption, readCount, readDuration, readName, readNamespacedName } from './options.ts';

const reportFormats: readonly ReportFormat[] = ['table', 'wide', 'json', 'yaml', 'sarif', 'junit', 'html'];

const reportApis: readonly ReportApi[] = ['openreports.io/v1alpha1', 'wgpolicyk8s.io/v1alpha2'];

/** Without an answer for so long a request is given up, where nobody says otherwise. */
const defaultTimeoutMs = 30_000;

/** Longer than any audit: for `--request-timeout 0`, which is no timeout. */
const noTimeoutMs = 2 ** 31 - 1;

/** The command `audit`, which is imported when it runs. Options of a cluster are named as kubectl names them. */
export function auditCommand(setExitCode: (code: number) => void): Command {
  return new Command('audit')
    .description('Find what is wrong in a cluster that is there already, with the very policies of the webhook.')
    .option(
      '--kubeconfig <file>',
      'cluster to audit; without it, the one that runs this pod, or what kubectl would use',
    )
    .option('--context <name>', 'context of the kubeconfig to use')
    .option('-n, --namespace <name>', 'only pods and pod templates of this namespace')
    .addOption(
      new Option('-A, --all-namespaces', 'pods and pod templates of all namespaces; the default').conflicts(
        'namespace',
      ),
    )
    .option('-l, --selector <labels>', 'only pods and pod templates with these labels')
    .addOption(
      new Option('--request-timeout <duration>', 'give a request up after so long; 0 for never')
        .argParser(readTimeout)
        .default(defaultTimeoutMs, '30s'),
    )
    .addOption(objectsOption('manifests to audit, in place of a cluster; - for standard input (repeatable)'))
    .addOption(configOption())
    .addOption(
      new Option('--config-map <namespace/name>', 'the ConfigMap that holds it, as the chart makes one')
        .argParser(readNamespacedName)
        .conflicts('config'),
    )
    .addOption(
      new Option('-o, --output <format>', 'table, wide and html are for people, the others for programs')
        .choices(reportFormats)
        .default('table'),
    )
    .addOption(
      new Option('--fail-on <severity>', 'the least severe finding that makes the exit code 1')
        .choices(['error', 'warning', 'info', 'never'])
        .default('error'),
    )
    .option(
      '--baseline <file>',
      'leave out what this file knows, as --write-baseline writes it: only what is new counts',
    )
    .option('--write-baseline <file>', 'write what is found to this file, for --baseline; the exit code is 0 then')
    .option(
      '--write-reports <name>',
      'write what is found into the cluster too, as reports of this name, for each namespace its own',
      readReportName,
    )
    .addOption(new Option('--report-api <version>', 'API of these reports').choices(reportApis).default(reportApis[0]))
    .option('--report-owner <name>', 'ClusterRole that owns these reports: they go with it', readName)
    .option('--push-metrics <url>', "hand the run's figures to this Pushgateway", readUrl)
    .option('--limit <number>', 'findings of each code that formats for people show; 0 shows all', readCount)
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  shimgate audit --config-map shimgate/shimgate\n' +
        '  shimgate audit --config shimgate.yaml -n tenant-a --fail-on warning\n' +
        '  shimgate audit --config shimgate.yaml --objects cluster/ -o json\n' +
        '  shimgate audit --config-map shimgate/shimgate --baseline known.yaml',
    )
    .action(async (options: AuditFlags) => {
      const { audit } = await import('./audit.ts');
      setExitCode(await audit(options));
    });
}

/** As kubectl reads it: a duration, or a number of seconds; 0 for none. */
function readTimeout(value: string): number {
  const timeoutMs = /^\d{1,6}$/.test(value) ? Number(value) * 1000 : readDuration(value);
  if (timeoutMs > noTimeoutMs) throw new InvalidArgumentError('It must be shorter than 24 days.');
  return timeoutMs === 0 ? noTimeoutMs : timeoutMs;
}

/** A label's value too, and with a number behind it. */
function readReportName(value: string): string {
  if (!/^[a-z0-9]([-a-z0-9]{0,52}[a-z0-9])?$/.test(value)) {
    throw new InvalidArgumentError('It must be of lower case letters, digits and hyphens, 54 at most.');
  }
  return value;
}

function readUrl(value: string): string {
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError('It must be an http or https URL.');
  if (url.username !== '' || url.password !== '') throw new InvalidArgumentError('It must be without a user.');
  return value;
}
