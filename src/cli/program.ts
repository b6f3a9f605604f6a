import tab from '@bomb.sh/tab/commander';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { NamespacedName } from '../cluster/object-name.ts';
import { CommandError, exitCodes } from './exit.ts';
import type { ExplainOptions } from './explain.ts';
import { outputFormats } from './output.ts';
import type { ResolveOptions } from './resolve.ts';
import type { ReviewOptions } from './review.ts';
import type { ServeOptions } from './serve.ts';
import { version } from './version.ts';

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
    process.stderr.write(`error: ${error.message}\n`);
    return exitCodes.failed;
  }
}

/** Whoever reads the output may stop early, as `head` does: that is no error of ours. */
function letReaderLeave(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

const configOption = () => new Option('--config <file>', 'configuration; without one, an empty one applies');
const objectsOption = (why: string) => new Option('--objects <path>', why).argParser(append).default([]);
const outputOption = () => new Option('-o, --output <format>', 'output for machines').choices(outputFormats);

function createProgram(setExitCode: (code: number) => void): Command {
  const program = new Command('shimgate')
    .description('Follows pods to the containerd shims that will run them, and refuses names that are paths.')
    .version(version, '--version', 'print the version')
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError('Run with --help for usage.')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  shimgate resolve io.containerd.kata.v2\n' +
        '  shimgate review -f deploy.yaml --config shimgate.yaml\n' +
        '  source <(shimgate completion bash)',
    );

  program
    .command('serve')
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
    .option('--client-ca-file <file>', 'only answer clients with a certificate of one of these CAs')
    .option('--bind-address <address>', 'address of the secure port', '0.0.0.0')
    .option('--secure-port <port>', 'port for AdmissionReviews; 0 takes a free one', readPort, 8443)
    .addOption(
      new Option('--metrics-bind-address <address>', 'where health and metrics are served')
        .argParser(readAddress)
        .default(readAddress(':8080'), ':8080'),
    )
    .addOption(
      new Option('--log-level <level>', 'least severe level that is logged')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  shimgate serve --config shimgate.yaml --objects cluster/ --tls-cert-file tls.crt --tls-private-key-file tls.key',
    )
    .action(async (options: ServeOptions) => {
      const { serve } = await import('./serve.ts');
      setExitCode(await serve(options, version));
    });

  program
    .command('review')
    .description("Print the webhook's verdict on manifests and recorded AdmissionReviews, without a webhook.")
    .addOption(
      new Option('-f, --filename <path>', 'manifest, directory, or - for standard input (repeatable)')
        .argParser(append)
        .makeOptionMandatory(),
    )
    .addOption(objectsOption('manifests of RuntimeClasses, Namespaces and Nodes to judge with (repeatable)'))
    .addOption(configOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  shimgate review -f deploy.yaml --config shimgate.yaml --objects runtimeclasses.yaml\n' +
        '  helm template . | shimgate review -f - --config shimgate.yaml -o json',
    )
    .action(async (options: ReviewOptions) => {
      const { review } = await import('./review.ts');
      setExitCode(await review(options));
    });

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

  tab(program, { completionCommandName: 'completion' });
  return program;
}

function append(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

function readNamespacedName(value: string): NamespacedName {
  const [namespace = '', name = '', ...rest] = value.split('/');
  const isName = (part: string) => /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(part);
  if (rest.length > 0 || !isName(namespace) || !isName(name))
    throw new InvalidArgumentError('It must be NAMESPACE/NAME.');
  return { namespace, name };
}

function readPort(value: string): number {
  const port = Number(value);
  if (!/^\d+$/.test(value) || port > 65_535) throw new InvalidArgumentError('It must be a port, from 0 to 65535.');
  return port;
}

/** Reads an address as Kubernetes components write it: host:port, [v6]:port, or :port for every address. */
function readAddress(value: string): { readonly host: string; readonly port: number } {
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d+)$/.exec(value);
  if (parts === null) throw new InvalidArgumentError('It must be host:port, or :port for every address.');
  const host = parts[1] ?? parts[2] ?? '';
  return { host: host === '' ? '0.0.0.0' : host, port: readPort(parts[3] ?? '') };
}
