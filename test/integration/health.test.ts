import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { closeWebhook, openWebhook, type Webhook } from './start-webhook.ts';

let webhook: Webhook;

beforeAll(async () => {
  webhook = await openWebhook();
});

afterAll(() => closeWebhook(webhook));

const verbose = [
  '[+]configuration ok',
  '[+]objects ok',
  '[+]certificate ok',
  '[+]load ok',
  '[+]shutdown ok',
  'readyz check passed',
  '',
].join('\n');

const pages: readonly (readonly [string, number, string])[] = [
  ['/livez', 200, 'ok\n'],
  ['/readyz', 200, 'ok\n'],
  ['/readyz?verbose', 200, verbose],
  ['/readyz?verbose=1', 200, verbose],
  ['/', 404, 'Only /livez, /readyz and /metrics are served here.\n'],
  ['/mutate', 404, 'Only /livez, /readyz and /metrics are served here.\n'],
];

test.each(pages)('%s answers %d on the metrics port, and nobody may keep the answer', async (path, status, body) => {
  await webhook.workplace.explain(async () => {
    const answer = await webhook.get(path);
    expect(answer).toMatchObject({ status, body });
    expect(answer.headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
    expect(answer.headers).not.toHaveProperty('x-powered-by');
  });
});

test.each(['/livez', '/readyz', '/metrics'])('%s is not served on the secure port', async (path) => {
  await webhook.workplace.explain(async () => {
    expect(await webhook.client.send({ method: 'GET', path })).toMatchObject({ status: 404 });
  });
});
