import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { changedReview, recordedRequest } from './recorded-requests.ts';
import { withWebhook, type Webhook } from './start-webhook.ts';
import type { LogEntry } from './webhook-process.ts';

const secret = 'hunter2-do-not-log';

async function send({ client }: Webhook, start: string): Promise<void> {
  const { path, body } = recordedRequest(start);
  expect(await client.review(path, body)).toMatchObject({ status: 200 });
}

/** Entries about requests; all of them are there once the process has ended. */
async function requestsLogged({ process }: Webhook): Promise<readonly LogEntry[]> {
  await process.stop();
  return process.log.filter((entry) => 'webhook' in entry);
}

describe('the log', () => {
  test('is one line of JSON for each denied or changed request, and none for one that is plainly allowed', async () => {
    await withWebhook({}, async (webhook) => {
      for (const start of ['007', '008', '009', '014', '019', '028', '036']) await send(webhook, start);
      expect(await requestsLogged(webhook)).toEqual([
        {
          level: 'info',
          time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
          webhook: 'mutating',
          uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
          operation: 'CREATE',
          resource: 'pods',
          namespace: 'default',
          name: 'sandboxed',
          decision: 'allow',
          mode: 'enforce',
          edits: 5,
          ms: expect.any(Number),
        },
        expect.objectContaining({
          webhook: 'validating',
          name: 'spoofed',
          decision: 'deny',
          findings: ['ManagedAnnotationWrong', 'ManagedAnnotationMissing'],
          edits: 0,
        }),
        expect.objectContaining({
          webhook: 'mutating',
          operation: 'UPDATE',
          name: 'sandboxed',
          findings: ['ManagedAnnotationRestored'],
          edits: 1,
        }),
      ]);
    });
  });

  test('has a line for every request where it is to be verbose', async () => {
    await withWebhook({ flags: { '--log-level': 'debug' } }, async (webhook) => {
      for (const start of ['007', '009', '019']) await send(webhook, start);
      expect(await webhook.client.review('/mutate', '[]')).toMatchObject({ status: 400 });
      const entries = await requestsLogged(webhook);
      expect(entries.map(({ level, resource }) => [level, resource])).toEqual([
        ['debug', 'pods'],
        ['info', 'pods'],
        ['debug', 'deployments'],
      ]);
      expect(webhook.process.log.filter(({ msg }) => msg === 'request refused')).toEqual([
        expect.objectContaining({
          level: 'debug',
          status: 400,
          reason: expect.stringContaining('the body must be object'),
        }),
      ]);
    });
  });

  test('says nothing below the level that is asked for', async () => {
    await withWebhook({ flags: { '--log-level': 'info' } }, async (webhook) => {
      expect(await webhook.client.review('/mutate', '[]')).toMatchObject({ status: 400 });
      await send(webhook, '007');
      await webhook.process.stop();
      expect(webhook.process.log.map(({ msg }) => msg)).toEqual(['ready', 'stopping', 'stopped']);
    });
  });

  test('never holds what is in an object, not even where it is verbose and the object is refused', async () => {
    await withWebhook({ flags: { '--log-level': 'debug' } }, async (webhook) => {
      const annotations = { 'example.com/token': secret, 'io.containerd.cri.runtime-handler': secret };
      const env = [{ name: 'PASSWORD', value: secret }];
      const spec = { runtimeClassName: 'gvisor', containers: [{ name: 'app', image: secret, env }] };
      const object = { metadata: { name: 'sandboxed', annotations, labels: { a: secret } }, spec };
      const old = { ...object, metadata: { annotations: { 'io.containerd.cri.runtime-handler': `${secret}-before` } } };
      const userInfo = { username: secret, extra: { token: [secret] } };
      const reviews: readonly (readonly [string, number])[] = [
        [changedReview('009', (request) => ({ ...request, object, userInfo })), 200],
        [changedReview('028', (request) => ({ ...request, object, oldObject: old, userInfo })), 200],
        [
          changedReview('009', (request) => ({ ...request, object: { metadata: { annotations: { a: [secret] } } } })),
          400,
        ],
        [changedReview('009', (request) => ({ ...request, object: secret })), 400],
        [changedReview('009', (request) => ({ ...request, uid: `${secret}\n` })), 400],
        [secret, 400],
      ];
      for (const [body, status] of reviews) {
        for (const path of ['/mutate', '/validate'] as const) {
          const answer = await webhook.client.review(path, body);
          expect(answer.status).toBe(status);
          if (status !== 200) expect(answer.body).not.toContain(secret);
        }
      }
      expect(await requestsLogged(webhook)).toHaveLength(4);
      expect(webhook.process.output).not.toContain(secret);
    });
  });

  test.each(['throw new Error("the end")', 'process.exit(1)'])(
    'is whole though the process ends by %s',
    async (end) => {
      const module = (...path: readonly string[]) =>
        JSON.stringify(pathToFileURL(join(import.meta.dirname, '..', '..', 'src', ...path)).href);
      const script = `
        import { createLogger } from ${module('cli', 'logger.ts')};
        import { AnsweredRequests } from ${module('webhook', 'answered-requests.ts')};
        const logger = createLogger('info');
        const answered = new AnsweredRequests({ countRequest: () => {} }, logger);
        logger.info('last words');
        answered.note({ uid: 'last request', decision: 'deny', findings: [], ms: 1 });
        ${end};`;
      const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
      const { stdout } = (await run.catch((error: unknown) => error)) as Awaited<typeof run>;
      const lines = stdout.trim().split('\n');
      const entries = lines.map((line) => JSON.parse(line) as { readonly uid?: string });
      // What the writing thread has in hand just then may come after what is written at the exit.
      expect(entries.toSorted(({ uid = '' }, { uid: other = '' }) => uid.localeCompare(other))).toMatchObject([
        { level: 'info', msg: 'last words' },
        { level: 'info', uid: 'last request' },
      ]);
    },
  );
});
