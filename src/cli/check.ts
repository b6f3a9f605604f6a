import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../cluster/api-error.ts';
import type { ClusterConnection } from '../cluster/connection.ts';
import { quote } from '../finding/quote.ts';
import { connect } from './connect.ts';
import { exitCodes } from './exit.ts';
import { styled, writeLines, type Piece } from './output.ts';

export type CheckOptions = {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly webhookConfiguration: string;
  readonly runtimeClass: string;
  /** In milliseconds. */
  readonly timeout: number;
};

/** What was asked, and what came of it: undefined where that is as it should be. */
type Outcome = { readonly asked: string; readonly wrong: string | undefined };

type WebhookConfiguration = {
  readonly webhooks?: readonly {
    readonly name: string;
    readonly clientConfig: { readonly caBundle?: string };
    readonly failurePolicy?: string;
  }[];
};

const pauseMs = 1_000;
const requestTimeoutMs = 15_000;

/** Nobody but shimgate says this, and it says so in every mode. */
const refusal = '[AbsolutePath]';

/**
 * `shimgate check`: whether registration, Service, certificate, CA and rules work together, as a user of the cluster sees them. It
 * changes nothing: what it sends is a dry run.
 *
 * @returns the exit code: 1 where something is not as it should be
 * @throws CommandError where nothing says which cluster to ask
 */
export async function check(options: CheckOptions): Promise<number> {
  const connection = connect(options.kubeconfig, '; give --kubeconfig', options.context);
  const deadline = Date.now() + options.timeout;
  let outcomes = await askBoth(connection, options.runtimeClass);
  while (outcomes.some(({ wrong }) => wrong !== undefined) && Date.now() + pauseMs < deadline) {
    await sleep(pauseMs);
    outcomes = await askBoth(connection, options.runtimeClass);
  }
  writeLines(outcomes.map(outcomeLine));
  if (outcomes.every(({ wrong }) => wrong === undefined)) return exitCodes.fine;
  const reasons = await Promise.all(
    ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'].map((kind) =>
      wrongWith(connection, kind, options.webhookConfiguration),
    ),
  );
  writeLines(reasons.flat().map((reason) => [`        ${reason}`]));
  return exitCodes.found;
}

async function askBoth(connection: ClusterConnection, name: string): Promise<readonly Outcome[]> {
  const [path, stock] = await Promise.all([answerTo(connection, name, '/bin/sh'), answerTo(connection, name, 'runc')]);
  return [
    {
      asked: `a RuntimeClass whose handler is a path is refused with ${refusal}`,
      wrong: path.includes(refusal) ? undefined : path,
    },
    { asked: 'a RuntimeClass with the handler runc is let in', wrong: stock === letIn ? undefined : stock },
  ];
}

const letIn = 'the API server let it in';

/** What the API server says to a RuntimeClass, in a dry run. */
async function answerTo(connection: ClusterConnection, name: string, handler: string): Promise<string> {
  const value = { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name }, handler };
  try {
    await connection.request('PATCH', `/apis/node.k8s.io/v1/runtimeclasses/${name}`, {
      query: { dryRun: 'All', fieldManager: 'shimgate-check', force: 'true' },
      body: { value, type: 'application/apply-patch+yaml' },
      timeoutMs: requestTimeoutMs,
    });
    return letIn;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.status === 0 ? `no answer of the API server: ${error.message}` : error.message;
  }
}

function outcomeLine({ asked, wrong }: Outcome): readonly Piece[] {
  return wrong === undefined
    ? [styled('green', 'passed'), `  ${asked}`]
    : [styled('red', 'failed'), `  ${asked}: ${wrong}`];
}

/** What can be seen to be wrong with the webhooks for RuntimeClasses of a configuration, in sentences. */
async function wrongWith(connection: ClusterConnection, kind: string, name: string): Promise<readonly string[]> {
  const which = `${kind} ${quote(name)}`;
  try {
    const collection = `/apis/admissionregistration.k8s.io/v1/${kind.toLowerCase()}s`;
    const answer = await connection.request('GET', `${collection}/${name}`, { timeoutMs: requestTimeoutMs });
    const { webhooks = [] } = answer as WebhookConfiguration;
    const webhook = webhooks.find((one) => one.name === 'runtimeclasses.shimgate.dev');
    if (webhook === undefined) return [`${which} has no webhook runtimeclasses.shimgate.dev: nobody is asked.`];
    const isTrusted = (webhook.clientConfig.caBundle ?? '') !== '';
    return [
      ...(isTrusted ? [] : [`${which} has no caBundle: the API server does not trust the webhook.`]),
      ...(webhook.failurePolicy === 'Ignore'
        ? [`${which} has failurePolicy Ignore: what the webhook does not answer is let in.`]
        : []),
    ];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return [
      error.status === 404 ? `There is no ${which}: nobody is asked.` : `${which} was not read: ${error.message}`,
    ];
  }
}
