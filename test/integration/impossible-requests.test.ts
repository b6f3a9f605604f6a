import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectGoodAnswer } from './good-review.ts';
import { changedReview, parseReview, recordedRequest } from './recorded-requests.ts';
import { closeWebhook, openWebhook, type Webhook } from './start-webhook.ts';

let webhook: Webhook;

beforeAll(async () => {
  webhook = await openWebhook();
});

afterAll(() => closeWebhook(webhook));

type Impossible = { readonly name: string; readonly body: string; readonly says: string };

const good = recordedRequest('009').body;
const { uid } = parseReview(good).request;

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}

const impossibleNames: readonly Impossible[] = [
  ...[
    ['name', 'a/b', 'a slash'],
    ['name', '..', 'two dots'],
    ['name', 'web%2f', 'an escape'],
    ['name', 'a\nb', 'a line break'],
    ['name', 'x'.repeat(254), '254 characters'],
    ['namespace', '../kube-system', 'a path'],
    ['namespace', 'Team', 'a capital'],
    ['namespace', 'x'.repeat(64), '64 characters'],
    ['subResource', 'a b', 'a blank'],
  ].map(([field = '', value, what = '']) => ({
    name: `a ${field} with ${what}`,
    body: changedReview('009', (request) => ({ ...request, [field]: value })),
    says: `request.${field} is no name that Kubernetes takes`,
  })),
  {
    name: 'a resource that is no name',
    body: changedReview('009', (request) => ({ ...request, resource: { resource: 'pods/../x' } })),
    says: 'request.resource.resource is no name',
  },
  {
    name: 'a kind that is no name',
    body: changedReview('009', (request) => ({ ...request, kind: { kind: 'Po d' } })),
    says: 'request.kind.kind is no name',
  },
  {
    name: 'a class that is a path',
    body: changedReview('009', (request) => ({ ...request, object: { spec: { runtimeClassName: '../x' } } })),
    says: 'request.object.spec.runtimeClassName is no name',
  },
  {
    name: 'a class whose name is a mebibyte',
    body: changedReview('009', (request) => ({
      ...request,
      object: { spec: { runtimeClassName: 'x'.repeat(1024 * 1024) } },
    })),
    says: 'request.object.spec.runtimeClassName is no name',
  },
];

/** What takes V8 a hundred bytes for each two. */
const nestedTooMuch: readonly Impossible[] = [
  { name: 'lists nested 4,000,000 levels', body: nested(4_000_000), says: 'nested deeper than 10240' },
  {
    name: 'an unfinished list nested 8,000,000 levels',
    body: '['.repeat(8_000_000),
    says: 'nested deeper than 10240',
  },
  {
    name: 'objects nested 1,000,000 levels within a good review',
    body: good.replace('{', `{"x":${'{"x":'.repeat(1_000_000)}1${'}'.repeat(1_000_000)},`),
    says: 'nested deeper than 10240',
  },
  {
    name: '2,000,000 empty objects',
    body: `[${'{},'.repeat(2_000_000)}{}]`,
    says: 'more than 1000000 objects and lists',
  },
  {
    name: 'brackets within a text',
    body: JSON.stringify('[{'.repeat(1_000_000)),
    says: 'the body must be object',
  },
];

describe('what no API server sends is answered with 400, and not a word of it is logged', () => {
  test.each([...impossibleNames, ...nestedTooMuch])('$name', async ({ body, says }) => {
    await webhook.workplace.explain(async () => {
      const answer = await webhook.client.review('/mutate', body.replace(uid, 'impossible'));
      expect(answer).toMatchObject({ status: 400, headers: { 'content-type': 'text/plain; charset=utf-8' } });
      expect(answer.body).toContain(says);
      expect(answer.body.length).toBeLessThan(256);
      await expectGoodAnswer(webhook.client);
      expect(webhook.process.stderr).toBe('');
      expect(webhook.process.log.filter((entry) => entry['uid'] === 'impossible')).toEqual([]);
    });
  });
});
