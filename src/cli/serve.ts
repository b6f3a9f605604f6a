import { ClusterConnection } from '../cluster/connection.ts';
import type { NamespacedName } from '../cluster/object-name.ts';
import { WorldMaker, type WorldSource } from '../policy/world.ts';
import type { Address } from '../webhook/listener.ts';
import { createMetrics } from '../webhook/metrics.ts';
import { WebhookServer } from '../webhook/webhook-server.ts';
import { CommandError, exitCodes } from './exit.ts';
import { createLogger } from './logger.ts';
import {
  followCertificate,
  followClientAuthorities,
  followCluster,
  followConfiguration,
  type ClusterSource,
  type ConfigurationSource,
  type Source,
} from './serve-sources.ts';

export type ServeOptions = {
  readonly config?: string;
  readonly configMap?: NamespacedName;
  readonly objects: readonly string[];
  readonly kubeconfig?: string;
  readonly tlsCertFile?: string;
  readonly tlsPrivateKeyFile?: string;
  readonly selfManagedCertificate?: NamespacedName;
  readonly service?: NamespacedName;
  readonly webhookConfiguration?: string;
  /** In milliseconds. */
  readonly certificateLifetime: number;
  /** In milliseconds. */
  readonly authorityLifetime: number;
  readonly clientCaFile?: string;
  readonly clientAllowedName: readonly string[];
  readonly bindAddress: string;
  readonly securePort: number;
  readonly metricsBindAddress: Address;
  /** In milliseconds. */
  readonly shutdownDelayDuration: number;
  /** In milliseconds. */
  readonly shutdownIdleDuration: number;
  readonly logLevel: string;
};

/** How often it is looked whether the webhook has become ready, until it has. */
const readyPollMs = 20;

/** `shimgate serve`: the webhook, until SIGTERM or SIGINT. @returns the exit code */
export async function serve(options: ServeOptions, version: string): Promise<number> {
  checkUsage(options);
  const stopped = untilStopped();
  const logger = createLogger(options.logLevel);
  const metrics = createMetrics(version);
  const connection = connect(options);
  const sources: Source[] = [];
  try {
    const configuration = await followConfiguration(options, connection, { logger, metrics });
    sources.push(configuration);
    const cluster = await followCluster(options, connection, logger);
    sources.push(cluster);
    metrics.observeCaches(() => [...cluster.caches(), ...configuration.caches()]);

    // The certificate may come before the server that serves it, or after.
    const serving: { server?: WebhookServer } = {};
    const certificate = await followCertificate(options, connection, logger, (changed) => {
      metrics.setCertificateExpiry(changed.notAfter);
      serving.server?.useCertificate(changed);
    });
    sources.push(certificate);
    const clients = await followClientAuthorities(options, logger, (authorities) => {
      serving.server?.useClientAuthorities(authorities);
    });
    if (clients !== undefined) sources.push(clients);
    const checks = sources.flatMap((source) => source.checks);
    const server = new WebhookServer({
      secureAddress: { host: options.bindAddress, port: options.securePort },
      metricsAddress: options.metricsBindAddress,
      certificate: certificate.current(),
      clients: clients && { authorities: clients.current(), names: options.clientAllowedName },
      world: worldSource(configuration, cluster),
      checks,
      metrics,
      logger,
      timeouts: { settleMs: options.shutdownDelayDuration, idleMs: options.shutdownIdleDuration },
    });
    serving.server = server;
    const { secure, management } = await server.start().catch((error: unknown) => {
      throw new CommandError(`cannot listen: ${error instanceof Error ? error.message : String(error)}`);
    });
    logger.debug({ secure, management }, 'listening');
    const announced = setInterval(() => {
      if (checks.some(({ failure }) => failure() !== undefined)) return;
      clearInterval(announced);
      logger.info({ version, secure, management, ms: Math.round(performance.now()) }, 'ready');
    }, readyPollMs);

    logger.info({ signal: await stopped }, 'stopping');
    clearInterval(announced);
    const isFinished = await server.stop();
    logger.info({ isFinished }, 'stopped');
    return exitCodes.fine;
  } finally {
    // Also where the start failed: what is still followed would keep the process alive.
    await Promise.all(sources.map(async (source) => source.close()));
  }
}

function checkUsage(options: ServeOptions): void {
  const { config, configMap, selfManagedCertificate, service, webhookConfiguration, tlsCertFile, tlsPrivateKeyFile } =
    options;
  if (options.clientCaFile === undefined && options.clientAllowedName.length > 0) {
    throw new CommandError('--client-allowed-name needs --client-ca-file: without it no client shows who it is');
  }
  if ((config === undefined) === (configMap === undefined)) {
    throw new CommandError('give either --config or --config-map');
  }
  if (selfManagedCertificate !== undefined) {
    if (tlsCertFile !== undefined || tlsPrivateKeyFile !== undefined) {
      throw new CommandError('--self-managed-certificate goes without --tls-cert-file and --tls-private-key-file');
    }
    if (service === undefined || webhookConfiguration === undefined) {
      throw new CommandError('--self-managed-certificate needs --service and --webhook-configuration');
    }
  } else if (tlsCertFile === undefined || tlsPrivateKeyFile === undefined) {
    throw new CommandError('give --tls-cert-file and --tls-private-key-file, or --self-managed-certificate');
  }
}

/** Undefined where nothing asks for a cluster. */
function connect({
  configMap,
  objects,
  kubeconfig,
  selfManagedCertificate,
}: ServeOptions): ClusterConnection | undefined {
  if (objects.length > 0 && configMap === undefined && selfManagedCertificate === undefined) return undefined;
  try {
    return ClusterConnection.open(kubeconfig);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`cannot tell which cluster to follow: ${reason}; give --kubeconfig, or --objects for none`);
  }
}

function worldSource(configuration: ConfigurationSource, cluster: ClusterSource): WorldSource {
  const { lookUp, readNamespace, findPods } = cluster;
  const { reread } = configuration;
  const worlds = new WorldMaker();
  return {
    current: () => {
      const current = configuration.current();
      if (current === undefined || !cluster.isKnown()) return undefined;
      return worlds.worldOf(cluster.state(), current, configuration.recent());
    },
    ...(readNamespace !== undefined && { readNamespace }),
    ...(findPods !== undefined && { findPods }),
    ...(lookUp !== undefined && {
      reread: async (name) => {
        await Promise.all([name === undefined ? undefined : lookUp(name), reread?.()]);
      },
    }),
  };
}

function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, resolve);
  });
}
