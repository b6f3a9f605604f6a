import { webhookConfigurations } from '../registration/webhook-configurations.ts';
import { webhooksFor } from '../registration/webhooks.ts';
import { printableYaml } from '../text/printable.ts';
import { exitCodes } from './exit.ts';
import { loadConfiguration } from './load-configuration.ts';
import { writeStructured, type OutputFormat } from './output.ts';
import { version } from './version.ts';

export type WebhooksOptions = {
  readonly config: string;
  readonly name: string;
  readonly serviceNamespace: string;
  readonly servicePort: number;
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly excludedNamespace?: readonly string[];
  readonly events?: true;
  readonly output: OutputFormat;
};

/**
 * `shimgate webhooks`: what the chart renders for a configuration, as documents in YAML or a List in JSON.
 *
 * @returns the exit code
 * @throws CommandError where the configuration cannot be used
 */
export async function webhooks(options: WebhooksOptions): Promise<number> {
  const configurations = webhookConfigurations(webhooksFor(await loadConfiguration(options.config)), {
    name: options.name,
    namespace: options.serviceNamespace,
    port: options.servicePort,
    failurePolicy: options.failurePolicy,
    excludedNamespaces: options.excludedNamespace ?? ['kube-system'],
    ...(options.events === true && { writesEvents: true as const }),
    labels: {
      'app.kubernetes.io/component': 'admission-webhook',
      'app.kubernetes.io/instance': options.name,
      'app.kubernetes.io/name': 'shimgate',
      'app.kubernetes.io/version': version,
    },
  });
  if (options.output === 'json') writeStructured({ apiVersion: 'v1', kind: 'List', items: configurations }, 'json');
  else process.stdout.write(configurations.map(printableYaml).join('---\n'));
  return exitCodes.fine;
}
