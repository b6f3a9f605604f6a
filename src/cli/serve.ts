import { readFile } from 'node:fs/promises';
import { pino } from 'pino';
import { CertificateFiles } from '../certificates/certificate-files.ts';
import { ConfigurationFile, type Reload } from '../config/configuration-file.ts';
import { locatedSentence } from '../config/read-configuration.ts';
import { clusterStateFrom } from '../manifests/cluster-state.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import type { World } from '../policy/world.ts';
import type { Address } from '../webhook/listener.ts';
import type { ReadinessCheck } from '../webhook/management-app.ts';
import { createMetrics } from '../webhook/metrics.ts';
import { WebhookServer } from '../webhook/webhook-server.ts';
import { CommandError, exitCodes } from './exit.ts';

export type ServeOptions = {
  readonly config: string;
  readonly objects: readonly string[];
  readonly tlsCertFile: string;
  readonly tlsPrivateKeyFile: string;
  readonly clientCaFile?: string;
  readonly bindAddress: string;
  readonly securePort: number;
  readonly metricsBindAddress: Address;
  readonly logLevel: string;
};

/** `shimgate serve`: the webhook, until SIGTERM or SIGINT. @returns the exit code */
export async function serve(options: ServeOptions, version: string): Promise<number> {
  const logger = pino({
    level: options.logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
  const metrics = createMetrics(version);
  const reportReload = (reload: Reload) => {
    metrics.countReload(reload.result);
    const findings = reload.findings.map(locatedSentence);
    if (reload.result === 'success') logger.info({ findings }, 'configuration changed');
    else logger.error({ findings, error: reload.error }, 'configuration refused, the one before stays in force');
  };

  const { opened: configuration, findings } = await openConfiguration(options.config, reportReload);
  for (const found of findings) logger[found.severity === 'error' ? 'error' : 'warn'](locatedSentence(found));
  if (configuration === undefined) throw new CommandError(`the configuration ${options.config} is not valid`);

  const manifests = await readManifests(options.objects, process.stdin);
  const cluster = clusterStateFrom(manifests.objects);
  for (const found of [...manifests.findings, ...cluster.findings]) logger.error(locatedSentence(found));
  if (manifests.findings.length + cluster.findings.length > 0) throw new CommandError('--objects cannot be read');
  for (const [kind, count] of Object.entries(cluster.counts)) metrics.setCacheObjects(kind, count);

  const certificate = await CertificateFiles.open(options.tlsCertFile, options.tlsPrivateKeyFile).catch(
    (error: unknown) => {
      throw new CommandError(error instanceof Error ? error.message : String(error));
    },
  );
  metrics.setCertificateExpiry(certificate.current.notAfter);

  const world = (): World => ({
    ...cluster.state,
    configuration: configuration.current,
    recentConfigurations: configuration.recent,
  });
  const server = new WebhookServer({
    secureAddress: { host: options.bindAddress, port: options.securePort },
    metricsAddress: options.metricsBindAddress,
    certificate: certificate.current,
    clientCa: options.clientCaFile === undefined ? undefined : await readClientCa(options.clientCaFile),
    world,
    checks: [
      { name: 'configuration', failure: () => undefined },
      certificateCheck(certificate),
      { name: 'world', failure: () => undefined },
    ],
    metrics,
    logger,
  });
  certificate.watch(
    (changed) => {
      server.useCertificate(changed);
      metrics.setCertificateExpiry(changed.notAfter);
      logger.info({ notAfter: changed.notAfter }, 'serving certificate changed');
    },
    (reason) => {
      logger.error({ reason }, 'serving certificate refused, the one before stays in use');
    },
  );
  const { secure, management } = await server.start().catch((error: unknown) => {
    throw new CommandError(`cannot listen: ${error instanceof Error ? error.message : String(error)}`);
  });
  logger.info({ version, secure, management, ms: Math.round(performance.now()) }, 'ready');

  const signal = await untilStopped();
  logger.info({ signal }, 'stopping');
  const isFinished = await server.stop();
  configuration.close();
  certificate.close();
  logger.info({ isFinished }, 'stopped');
  return exitCodes.fine;
}

async function openConfiguration(file: string, onReload: (reload: Reload) => void) {
  try {
    return await ConfigurationFile.open(file, onReload);
  } catch (error) {
    throw new CommandError(`cannot read the configuration: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function certificateCheck(certificate: CertificateFiles): ReadinessCheck {
  return {
    name: 'certificate',
    failure: () => {
      const { notAfter } = certificate.current;
      return notAfter.getTime() > Date.now()
        ? undefined
        : `the serving certificate expired at ${notAfter.toISOString()}`;
    },
  };
}

async function readClientCa(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandError(`cannot read --client-ca-file: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        resolve(signal);
      });
    }
  });
}
