import { readFile } from 'node:fs/promises';
import { pino } from 'pino';
import { openCertificateFiles } from '../../src/certificates/certificate-files.ts';
import { readConfiguration } from '../../src/config/read-configuration.ts';
import { clusterStateFrom } from '../../src/manifests/cluster-state.ts';
import { readManifests } from '../../src/manifests/read-manifests.ts';
import { World, type WorldSource } from '../../src/policy/world.ts';
import { createMetrics, type Metrics } from '../../src/webhook/metrics.ts';
import { Readiness } from '../../src/webhook/readiness.ts';
import { WebhookServer, type Limits, type Timeouts } from '../../src/webhook/webhook-server.ts';
import { sampleConfiguration, sampleObjects, type Workplace } from './workplace.ts';

export type InProcessServer = {
  readonly server: WebhookServer;
  readonly port: number;
  readonly managementPort: number;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
};

/**
 * Starts the webhook's server within this process, for limits that the real program sets too high for a test.
 *
 * @param source live look-ups; none where it is left out
 */
export async function startServer(
  workplace: Workplace,
  timeouts: Partial<Timeouts>,
  limits: Partial<Limits> = {},
  source: Omit<WorldSource, 'current'> = {},
): Promise<InProcessServer> {
  const { certFile, keyFile } = workplace.certificate;
  const world = await sampleWorld();
  const metrics = createMetrics('test');
  const readiness = new Readiness();
  const loopback = { host: '127.0.0.1', port: 0 };
  const server = new WebhookServer({
    secureAddress: loopback,
    metricsAddress: loopback,
    clients: undefined,
    world: { ...source, current: () => world },
    readiness,
    metrics,
    logger: pino({ enabled: false }),
    timeouts,
    limits,
  });
  server.useCertificate((await openCertificateFiles(certFile, keyFile)).current);
  const { secure, management } = await server.start();
  return { server, port: secure.port, managementPort: management.port, metrics, readiness };
}

async function sampleWorld(): Promise<World> {
  const { configuration } = readConfiguration(await readFile(sampleConfiguration), sampleConfiguration);
  if (configuration === undefined) throw new Error('the sample configuration is not valid');
  const { objects } = await readManifests([sampleObjects], process.stdin);
  return new World(clusterStateFrom(objects).state, configuration);
}
