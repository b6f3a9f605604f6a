import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { CertificateFiles } from '../../src/certificates/certificate-files.ts';
import { readConfiguration } from '../../src/config/read-configuration.ts';
import { clusterStateFrom } from '../../src/manifests/cluster-state.ts';
import { readManifests } from '../../src/manifests/read-manifests.ts';
import type { World } from '../../src/policy/world.ts';
import { createMetrics } from '../../src/webhook/metrics.ts';
import { WebhookServer } from '../../src/webhook/webhook-server.ts';
import { expectGoodAnswer } from './good-review.ts';
import { HttpsClient } from './https-client.ts';
import { RawConnection, wireRequest } from './raw-connection.ts';
import { recordedRequest } from './recorded-requests.ts';
import { sampleConfiguration, sampleObjects, Workplace } from './workplace.ts';

/** The real program waits ten seconds for headers and thirty for a request; tests do not. */
const timeouts = { headersMs: 1_200, requestMs: 1_500, checkMs: 100 };

const byteEveryMs = 1_000;

let workplace: Workplace;
let server: WebhookServer;
let port: number;

beforeAll(async () => {
  workplace = await Workplace.open();
  const { certFile, keyFile } = workplace.certificate;
  const world = await sampleWorld();
  const loopback = { host: '127.0.0.1', port: 0 };
  server = new WebhookServer({
    secureAddress: loopback,
    metricsAddress: loopback,
    certificate: (await CertificateFiles.open(certFile, keyFile)).current,
    clientCa: undefined,
    world: { current: () => world },
    checks: [],
    metrics: createMetrics('test'),
    logger: pino({ enabled: false }),
    timeouts,
  });
  port = (await server.start()).secure.port;
});

afterAll(async () => {
  await server.stop();
  await workplace.close();
});

describe('a client that sends one byte a second holds up nobody, and is answered 408 in the end', () => {
  const request = wireRequest('/mutate', recordedRequest('009').body);
  const bodyAt = request.indexOf('\r\n\r\n') + 4;
  const rows: readonly (readonly [string, number])[] = [
    ['from its first byte on', 0],
    ['in its headers', bodyAt - 10],
    ['in its body', bodyAt + 10],
  ];

  test.each(rows)('%s', async (_where, at) => {
    const connection = await open();
    connection.write(request.slice(0, at));
    let sent = at;
    const trickle = setInterval(() => {
      connection.write(request.slice(sent, ++sent));
    }, byteEveryMs);
    await answersOthers();
    expect(connection.isOpen).toBe(true);
    const received = await connection.untilClosed().finally(() => {
      clearInterval(trickle);
    });
    expect(received).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(received).toMatch(/^Connection: close\r$/im);
    expect(sent).toBeLessThan(request.length);
    await answersOthers();
  });
});

async function sampleWorld(): Promise<World> {
  const { configuration } = readConfiguration(await readFile(sampleConfiguration), sampleConfiguration);
  if (configuration === undefined) throw new Error('the sample configuration is not valid');
  const { objects } = await readManifests([sampleObjects], process.stdin);
  return { ...clusterStateFrom(objects).state, configuration, recentConfigurations: [] };
}

function open(): Promise<RawConnection> {
  return RawConnection.overTls(port, { ca: workplace.certificate.authority.cert });
}

async function answersOthers(): Promise<void> {
  const client = new HttpsClient(port, workplace.certificate.authority.cert);
  await expectGoodAnswer(client);
  client.close();
}
