import type { Logger } from 'pino';
import { openCertificateFiles, type ServingCertificate } from '../certificates/certificate-files.ts';
import { openClientAuthorities } from '../certificates/client-authorities.ts';
import { ExpiryWatch } from '../certificates/expiry-watch.ts';
import { SelfManagedCertificate } from '../certificates/self-managed-certificate.ts';
import { ConfigurationMap } from '../cluster/configuration-map.ts';
import type { ClusterConnection } from '../cluster/connection.ts';
import { LiveCluster } from '../cluster/live-cluster.ts';
import type { Reflector } from '../cluster/reflector.ts';
import { ConfigurationFile } from '../config/configuration-file.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Reload } from '../config/current-configuration.ts';
import { locatedSentence } from '../finding/located-finding.ts';
import { clusterStateFrom } from '../manifests/cluster-state.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import type { ClusterState } from '../policy/cluster-index.ts';
import type { WorldSource } from '../policy/world.ts';
import type { ReadinessCheck } from '../webhook/management-app.ts';
import type { CacheState, Metrics } from '../webhook/metrics.ts';
import { CommandError } from './exit.ts';
import type { ServeOptions } from './serve.ts';

/** Something that serve follows while it runs. */
export type Source = { readonly checks: readonly ReadinessCheck[]; readonly close: () => void | Promise<void> };

export type ConfigurationSource = Source & {
  readonly current: () => Configuration | undefined;
  readonly recent: () => readonly Configuration[];
  readonly caches: () => readonly CacheState[];
  readonly reread?: () => Promise<void>;
};

export type ClusterSource = Source & {
  readonly state: () => ClusterState;
  readonly isKnown: () => boolean;
  readonly caches: () => readonly CacheState[];
  readonly lookUp?: (runtimeClassName: string) => Promise<void>;
  readonly readNamespace?: (name: string) => Promise<void>;
  readonly findPods?: WorldSource['findPods'];
};

export type CertificateSource = Source & { readonly current: () => ServingCertificate | undefined };

/** @throws CommandError where the file is no valid configuration */
export async function followConfiguration(
  { config, configMap }: ServeOptions,
  connection: ClusterConnection | undefined,
  { logger, metrics }: { readonly logger: Logger; readonly metrics: Metrics },
): Promise<ConfigurationSource> {
  const onReload = (reload: Reload) => {
    metrics.countReload(reload.result);
    const findings = reload.findings.map(locatedSentence);
    if (reload.result === 'success') logger.info({ findings }, 'configuration in force');
    else logger.error({ findings, error: reload.error }, 'configuration refused, the one before stays in force');
  };
  if (configMap !== undefined && connection !== undefined) {
    const map = new ConfigurationMap(connection, configMap, onReload, logger);
    map.start();
    const failure = () => (map.current === undefined ? 'there has been no valid configuration yet' : undefined);
    return {
      current: () => map.current,
      recent: () => map.recent,
      reread: () => map.reread(),
      caches: () => [cacheState(map.reflector)],
      checks: [{ ...syncCheck(map.reflector), name: 'configuration', failure }],
      close: () => map.close(),
    };
  }
  const file = config ?? '';
  const { opened, findings } = await ConfigurationFile.open(file, onReload).catch((error: unknown) => {
    throw new CommandError(`cannot read the configuration: ${error instanceof Error ? error.message : String(error)}`);
  });
  for (const found of findings) logger[found.severity === 'error' ? 'error' : 'warn'](locatedSentence(found));
  if (opened === undefined) throw new CommandError(`the configuration ${file} is not valid`);
  return {
    current: () => opened.current,
    recent: () => opened.recent,
    caches: () => [],
    checks: [{ name: 'configuration', failure: () => undefined }],
    close: () => {
      opened.close();
    },
  };
}

/** @throws CommandError where the manifests cannot be read */
export async function followCluster(
  { objects }: ServeOptions,
  connection: ClusterConnection | undefined,
  logger: Logger,
): Promise<ClusterSource> {
  if (objects.length > 0 || connection === undefined) return readObjects(objects, logger);
  const live = new LiveCluster(connection, logger);
  live.start();
  return {
    state: () => live.state,
    isKnown: () => live.reflectors.every(({ isSynced }) => isSynced),
    caches: () => live.reflectors.map(cacheState),
    lookUp: (name) => live.lookUpRuntimeClass(name),
    readNamespace: (name) => live.lookUpNamespace(name),
    findPods: (question) => live.findPods(question),
    checks: live.reflectors.map(syncCheck),
    close: () => live.close(),
  };
}

/** @throws CommandError where the files hold no pair that can be served */
export async function followCertificate(
  options: ServeOptions,
  connection: ClusterConnection | undefined,
  logger: Logger,
  onChange: (certificate: ServingCertificate) => void,
): Promise<CertificateSource> {
  const { selfManagedCertificate, service, webhookConfiguration, tlsCertFile, tlsPrivateKeyFile } = options;
  if (connection !== undefined && selfManagedCertificate && service && webhookConfiguration !== undefined) {
    const managed = new SelfManagedCertificate(connection, {
      secret: selfManagedCertificate,
      service,
      webhookConfiguration,
      lifetimes: { authorityMs: options.authorityLifetime, servingMs: options.certificateLifetime },
      logger,
      onChange,
    });
    managed.start();
    const current = () => managed.current;
    const registration = {
      name: 'registration',
      failure: () => managed.registrationFailure,
      detail: () => managed.unregistered,
    };
    const watch = new ExpiryWatch(current, logger);
    return {
      current,
      checks: [expiryCheck(current), registration],
      close: () => {
        watch.close();
        return managed.close();
      },
    };
  }
  const files = await openCertificateFiles(tlsCertFile ?? '', tlsPrivateKeyFile ?? '').catch((error: unknown) => {
    throw new CommandError(error instanceof Error ? error.message : String(error));
  });
  files.watch(
    (changed) => {
      logger.info({ notAfter: changed.notAfter }, 'serving certificate changed');
      onChange(changed);
    },
    (reason) => {
      logger.error({ reason }, 'serving certificate refused, the one before stays in use');
    },
  );
  onChange(files.current);
  const current = () => files.current;
  const watch = new ExpiryWatch(current, logger);
  watch.check(Date.now());
  return {
    current,
    checks: [expiryCheck(current)],
    close: () => {
      watch.close();
      files.close();
    },
  };
}

/** @returns undefined where every client is answered @throws CommandError where the file holds no CAs */
export async function followClientAuthorities(
  { clientCaFile }: ServeOptions,
  logger: Logger,
  onChange: (authorities: string) => void,
): Promise<(Source & { readonly current: () => string }) | undefined> {
  if (clientCaFile === undefined) return undefined;
  const authorities = await openClientAuthorities(clientCaFile).catch((error: unknown) => {
    throw new CommandError(`--client-ca-file: ${error instanceof Error ? error.message : String(error)}`);
  });
  authorities.watch(
    (changed) => {
      logger.info('client CAs changed');
      onChange(changed);
    },
    (reason) => {
      logger.error({ reason }, 'client CAs refused, the ones before stay in use');
    },
  );
  return {
    current: () => authorities.current,
    checks: [],
    close: () => {
      authorities.close();
    },
  };
}

async function readObjects(paths: readonly string[], logger: Logger): Promise<ClusterSource> {
  const manifests = await readManifests(paths, process.stdin);
  const { state, findPods, counts, findings } = clusterStateFrom(manifests.objects);
  const unreadable = [...manifests.findings, ...findings];
  for (const found of unreadable) logger.error(locatedSentence(found));
  if (unreadable.length > 0) throw new CommandError('--objects cannot be read');
  const caches = Object.entries(counts).map(([kind, count]) => ({ kind, count, stalenessSeconds: 0 }));
  return {
    state: () => state,
    findPods: (question) => Promise.resolve(findPods(question)),
    isKnown: () => true,
    caches: () => caches,
    checks: [{ name: 'objects', failure: () => undefined }],
    close: () => undefined,
  };
}

function cacheState(reflector: Reflector<unknown>): CacheState {
  const stalenessSeconds = reflector.stalenessSeconds(Date.now()) ?? 0;
  return { kind: reflector.kind, count: reflector.objects.size, stalenessSeconds };
}

/** Ready once a kind was read; that it can no longer be followed is told, and is no reason to take verdicts away. */
function syncCheck(reflector: Reflector<unknown>): ReadinessCheck {
  return {
    name: `sync ${reflector.kind}`,
    failure: () => (reflector.isSynced ? undefined : (reflector.failure ?? 'not read yet')),
    detail: () => {
      const seconds = reflector.stalenessSeconds(Date.now()) ?? 0;
      return seconds === 0 ? undefined : `last heard of ${Math.round(seconds)} s ago: ${reflector.failure ?? ''}`;
    },
  };
}

function expiryCheck(current: () => ServingCertificate | undefined): ReadinessCheck {
  return {
    name: 'certificate',
    failure: () => {
      const notAfter = current()?.notAfter;
      if (notAfter === undefined) return 'there is no serving certificate yet';
      return notAfter.getTime() > Date.now()
        ? undefined
        : `the serving certificate expired at ${notAfter.toISOString()}`;
    },
  };
}
