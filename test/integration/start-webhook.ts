import { getPage, HttpsClient, type Answer } from './https-client.ts';
import type { WebhookProcess } from './webhook-process.ts';
import { withWorkplace, Workplace, type SpawnOptions } from './workplace.ts';

/** A webhook that is ready. */
export type Webhook = {
  readonly process: WebhookProcess;
  readonly securePort: number;
  readonly managementPort: number;
  /** A client that trusts the webhook's CA. */
  readonly client: HttpsClient;
  /** Asks for a page of the management port. */
  readonly get: (path: string) => Promise<Answer>;
  readonly workplace: Workplace;
};

/** Starts the real program, and waits until it logs that it is ready and /readyz says so too. */
export async function startWebhook(workplace: Workplace, options: SpawnOptions = {}): Promise<Webhook> {
  const process = workplace.spawn(options);
  const { secure, management } = await process.logged('ready');
  const securePort = portOf(secure);
  const managementPort = portOf(management);
  const get = (path: string) => getPage(managementPort, path);
  const { status, body } = await get('/readyz');
  if (status !== 200) throw new Error(`it logged "ready", but /readyz answers ${status}: ${body}`);
  const client = new HttpsClient(securePort, workplace.certificate.authority.cert);
  return { process, securePort, managementPort, client, get, workplace };
}

/** Gives a test a webhook of its own for as long as it takes, and shows what it wrote where the test fails. */
export async function withWebhook(options: SpawnOptions, use: (webhook: Webhook) => Promise<void>): Promise<void> {
  await withWorkplace(async (workplace) => {
    const webhook = await startWebhook(workplace, options);
    try {
      await use(webhook);
    } finally {
      webhook.client.close();
    }
  });
}

/** Starts the webhook that all tests of a file share. */
export async function openWebhook(): Promise<Webhook> {
  const workplace = await Workplace.open();
  try {
    return await workplace.explain(() => startWebhook(workplace));
  } catch (error) {
    await workplace.close();
    throw error;
  }
}

/** Ends a shared webhook, and all that was made for it. */
export async function closeWebhook({ client, workplace }: Webhook): Promise<void> {
  client.close();
  await workplace.close();
}

function portOf(address: unknown): number {
  return (address as { readonly port: number }).port;
}
