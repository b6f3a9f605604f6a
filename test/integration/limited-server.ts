import { changedReview, recordedRequest } from './recorded-requests.ts';
import { startServer, type InProcessServer } from './in-process-server.ts';
import { RawConnection, wireRequest } from './raw-connection.ts';
import { readExposition, valueOf } from './read-exposition.ts';
import { withWorkplace, type Workplace } from './workplace.ts';

export type LimitedServer = InProcessServer & {
  readonly workplace: Workplace;
  /** @param localAddress of the client, for one of several peers */
  readonly open: (localAddress?: string) => Promise<RawConnection>;
};

/** Gives a test a server with limits that a test can meet. */
export async function withLimits(
  limits: Parameters<typeof startServer>[2],
  use: (overloaded: LimitedServer) => Promise<void>,
  source: Parameters<typeof startServer>[3] = {},
): Promise<void> {
  await withWorkplace(async (workplace) => {
    const started = await startServer(workplace, { drainMs: 100 }, limits, source);
    const ca = workplace.certificate.authority.cert;
    const open = (localAddress = '127.0.0.1') => RawConnection.overTls(started.port, { ca, localAddress });
    try {
      await use({ ...started, workplace, open });
    } finally {
      await started.server.stop();
    }
  });
}

/** How often this limit was met. */
export async function shed({ metrics }: InProcessServer, limit: string): Promise<number> {
  const name = 'shimgate_admission_shed_total';
  return valueOf(readExposition(await metrics.registry.getSingleMetricAsString(name)), name, { limit });
}

/** What a pod's creation sends. */
export const { body } = recordedRequest('009');
export const request = wireRequest('/mutate', body);

/** A pod of a namespace that the sample cluster does not have: it is looked up. */
export const lookedUp = wireRequest(
  '/mutate',
  changedReview('009', (review) => ({ ...review, namespace: 'made-just-now' })),
);

export const comeAgain = /HTTP\/1\.1 429 Too Many Requests\r\nRetry-After: 1\r\n/;

/** Sends a request but for the last byte of its body, once the server has said that it waits for it. */
export async function begin(connection: RawConnection): Promise<void> {
  connection.write(wireRequest('/mutate', body, ['Expect: 100-continue']).slice(0, -body.length));
  await connection.until(/100 Continue\r\n\r\n$/);
  connection.write(body.slice(0, -1));
}
