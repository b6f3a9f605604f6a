import { LiveCluster } from '../cluster/live-cluster.ts';
import type { Follower } from '../follow/follower.ts';
import { createMetrics } from '../webhook/metrics.ts';
import { Readiness } from '../webhook/readiness.ts';
import { WebhookServer } from '../webhook/webhook-server.ts';
import { connector, untilStopped } from './connect.ts';
import { CommandError, exitCodes } from './exit.ts';
import { createLogger } from './logger.ts';
import {
  followWebhookConfigurations,
  openCertificate,
  openClientAuthorities,
  openCluster,
  openConfiguration,
  openEvents,
  openInProcess,
} from './open-followers.ts';
import { planServe, type ServeOptions } from './serve-plan.ts';
import { worldSource } from './world-source.ts';

/** How often serve asks whether the webhook has become ready, until it has. */
const readyPollMs = 20;

/** `shimgate serve`: the webhook, until SIGTERM or SIGINT. @returns the exit code */
export async function serve(options: ServeOptions, version: string): Promise<number> {
  const plan = planServe(options);
  const stopped = untilStopped();
  const logger = createLogger(options.logLevel);
  const metrics = createMetrics(version);
  const readiness = new Readiness();
  const followers: Follower[] = [];
  const join = <Joined extends Follower>(follower: Joined): Joined => {
    followers.push(follower);
    readiness.join(follower.checks);
    return follower;
  };
  const connect = connector(options.kubeconfig);
  const surroundings = { connect, webhookConfigurations: followWebhookConfigurations(plan, connect, logger), logger };
  try {
    const configuration = join(await openConfiguration(plan.configuration, surroundings, metrics.countReload));
    const cluster = join(await openCluster(plan.cluster, surroundings));
    const certificate = join(await openCertificate(plan.certificate, surroundings));
    const authorities = plan.clients && join(await openClientAuthorities(plan.clients, surroundings));
    metrics.observeCaches(() => followers.flatMap((follower) => follower.caches()));
    const world = worldSource(configuration, cluster);
    if (plan.inProcess !== undefined && cluster instanceof LiveCluster) {
      const inProcess = join(openInProcess(plan.inProcess, world, cluster, surroundings));
      metrics.observeInProcess(() => inProcess.counts);
    }

    const events = plan.writesEvents === true ? openEvents(surroundings, metrics.countEvent) : undefined;
    if (events !== undefined) join(events.recorder);

    const server = new WebhookServer({
      secureAddress: { host: options.bindAddress, port: options.securePort },
      metricsAddress: options.metricsBindAddress,
      clients: authorities && { authorities: authorities.current, names: options.clientAllowedName },
      world,
      readiness,
      metrics,
      logger,
      ...(events !== undefined && { onVerdict: events.onVerdict }),
      timeouts: { settleMs: options.shutdownDelayDuration, idleMs: options.shutdownIdleDuration },
    });
    certificate.start((changed) => {
      metrics.setCertificateExpiry(changed.notAfter);
      server.useCertificate(changed);
    });
    authorities?.start((changed) => {
      server.useClientAuthorities(changed);
    });
    const { secure, management } = await server.start().catch((error: unknown) => {
      throw new CommandError(`cannot listen: ${error instanceof Error ? error.message : String(error)}`);
    });
    logger.debug({ secure, management }, 'listening');
    const announced = setInterval(() => {
      if (!readiness.isReady) return;
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
    await Promise.all(followers.map(async (follower) => follower.close()));
  }
}
