import { Command, Option } from 'commander';
import {
  append,
  logLevelOption,
  objectsOption,
  readAddress,
  readDuration,
  readNamespacedName,
  readPort,
} from './options.ts';
import type { ServeOptions } from './serve-plan.ts';
import { version } from './version.ts';

/** The command `serve`, which is imported when it runs. */
export function serveCommand(setExitCode: (code: number) => void): Command {
  return new Command('serve')
    .description('Run the webhook: POST /mutate and /validate over HTTPS; /livez, /readyz and /metrics beside it.')
    .option('--config <file>', 'configuration; changes of the file take effect at once')
    .addOption(
      new Option('--config-map <namespace/name>', 'the ConfigMap that holds it, followed through the API')
        .argParser(readNamespacedName)
        .conflicts('config'),
    )
    .option(
      '--kubeconfig <file>',
      'cluster to follow; without it, the one that runs this pod, or what kubectl would use',
    )
    .option('--node-runtimes', 'follow what nodes say of their runtimes (NodeRuntimes, which shimgate node writes)')
    .option('--events', 'write an Event about the controller of a pod that is denied or warned of')
    .addOption(objectsOption('manifests of RuntimeClasses, Namespaces and Nodes, in place of a cluster (repeatable)'))
    .option('--tls-cert-file <file>', 'serving certificate, in PEM; reloaded on change')
    .option('--tls-private-key-file <file>', 'its private key, in PEM')
    .addOption(
      new Option(
        '--self-managed-certificate <namespace/name>',
        'make and renew the certificate, and keep it in this Secret',
      ).argParser(readNamespacedName),
    )
    .addOption(
      new Option('--service <namespace/name>', 'the Service that a self-managed certificate is for').argParser(
        readNamespacedName,
      ),
    )
    .option(
      '--webhook-configuration <name>',
      'the webhook configurations that get the CA of a self-managed certificate',
    )
    .option(
      '--in-process-policy <name>',
      'the MutatingAdmissionPolicy, its interlock and the webhook configurations by which the API server answers ordinary pods itself',
    )
    .addOption(
      new Option(
        '--in-process-trusted-webhook <name>',
        'with it, a mutating webhook configuration that runs after and leaves alone what shimgate writes (repeatable)',
      )
        .argParser(append)
        .default([]),
    )
    .addOption(
      new Option(
        '--certificate-lifetime <duration>',
        'of a self-managed certificate; it is renewed at two thirds of it',
      )
        .argParser(readDuration)
        .default(readDuration('2160h'), '2160h'),
    )
    .addOption(
      new Option('--authority-lifetime <duration>', 'of the CA of a self-managed certificate')
        .argParser(readDuration)
        .default(readDuration('87600h'), '87600h'),
    )
    .option('--client-ca-file <file>', 'only answer clients with a certificate of one of these CAs; reloaded on change')
    .addOption(
      new Option('--client-allowed-name <name>', 'and of those, only with this common name (repeatable)')
        .argParser(append)
        .default([]),
    )
    .option('--bind-address <address>', 'address of the secure port; 0.0.0.0 is every address, IPv6 too', '0.0.0.0')
    .option('--secure-port <port>', 'port for AdmissionReviews; 0 takes a free one', readPort, 8443)
    .addOption(
      new Option('--metrics-bind-address <address>', 'where health and metrics are served')
        .argParser(readAddress)
        .default(readAddress(':8080'), ':8080'),
    )
    .addOption(
      new Option(
        '--shutdown-delay-duration <duration>',
        'after SIGTERM, how long to go on accepting while not ready: longer than endpoints take to follow',
      )
        .argParser(readDuration)
        .default(0, '0s'),
    )
    .addOption(
      new Option(
        '--shutdown-idle-duration <duration>',
        'after SIGTERM, how long to leave it to clients to close idle connections: the API server does after 90s',
      )
        .argParser(readDuration)
        .default(0, '0s'),
    )
    .addOption(logLevelOption())
    .addHelpText(
      'after',
      '\nExample:\n  shimgate serve --config shimgate.yaml --objects cluster/ --tls-cert-file tls.crt --tls-private-key-file tls.key',
    )
    .action(async (options: ServeOptions) => {
      const { serve } = await import('./serve.ts');
      setExitCode(await serve(options, version));
    });
}
