import { readFile } from 'node:fs/promises';
import { pino } from 'pino';
import { openCertificateFiles } from '../../src/certificates/certificate-files.ts';
import { readConfiguration } from '../../src/config/read-configuration.ts';
import { clusterStateFrom } from '../../src/manifests/cluster-state.ts';
import { readManifests } from '../../src/manifests/read-manifests.ts';
import { World } from '../../src/policy/world.ts';
import { createMetrics, type Metrics } from '../../src/webhook/metrics.ts';
import { WebhookServer, type Limits, type Timeouts } from '../../src/webhook/webhook-server.ts';
import { sampleConfiguration, sampleObjects, type Workplace } from './workplace.ts';

export type InProcessServer = { readonly server: WebhookServer; readonly port: number; readonly metrics: Metrics };

/** Starts the webhook's server within this process, for limits that the real program sets too high for a test. */
export async function startServer(
  workplace: Workplace,
  timeouts: Partial<Timeouts>,
  limits: Partial<Limits> = {},
): Promise<InProcessServer> {
  const { certFile, keyFile } = workplace.certificate;
  const world = await sampleWorld();
  const metrics = createMetrics('test');
  const loopback = { host: '127.0.0.1', port: 0 };
  const server = new WebhookServer({
    secureAddress: loopback,
    metricsAddress: loopback,
    certificate: (await openCertificateFiles(certFile, keyFile)).current,
    clients: undefined,
    world: { current: () => world },
    checks: [],
    metrics,
    logger: pino({ enabled: false }),
    timeouts,
    limits,
  });
  const { secure } = await server.start();
  return { server, port: secure.port, metrics };
}

async function sampleWorld(): Promise<World> {
  const { configuration } = readConfiguration(await readFile(sampleConfiguration), sampleConfiguration);
  if (configuration === undefined) throw new Error('the sample configuration is not valid');
  const { objects } = await readManifests([sampleObjects], process.stdin);
  return new World(clusterStateFrom(objects).state, configuration);
}
