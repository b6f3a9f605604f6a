import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import jsonPatch, { type Operation } from 'fast-json-patch';
import type { AdmissionResponseReview } from '../../src/admission/encode-response.ts';
import { codeTrace, expectGoodAnswer } from './good-review.ts';
import type { Answer } from './https-client.ts';
import { changedReview, recordedRequest } from './recorded-requests.ts';
import { closeWebhook, openWebhook, type Webhook } from './start-webhook.ts';

let webhook: Webhook;

beforeAll(async () => {
  webhook = await openWebhook();
});

afterAll(() => closeWebhook(webhook));

const good = recordedRequest('009').body;

/** A member by the name of the prototype, which JSON.parse makes a member like any other. */
const proto = '"__proto__":';

/** The good review, with a member written into the text behind the brace that opens one of its objects. */
function withMember(behind: string, member: string): string {
  const at = good.indexOf(behind);
  if (at < 0) throw new Error(`the recorded review has no ${behind}`);
  const brace = good.indexOf('{', at + behind.length) + 1;
  return `${good.slice(0, brace)}${member},${good.slice(brace)}`;
}

/** The review of a pod of this shape. */
function reviewOf(pod: object): string {
  return changedReview('009', (request) => ({ ...request, object: pod }));
}

function nested(levels: number, kind: 'list' | 'object'): string {
  return kind === 'list'
    ? '['.repeat(levels) + ']'.repeat(levels)
    : '{"spec":'.repeat(levels) + '1' + '}'.repeat(levels);
}

describe('a member named __proto__ changes nothing but the object that it stands in', () => {
  const allowed = { namespaceOptions: 1, isAdmin: true, uid: 'other', allowed: true };
  const rows: readonly (readonly [string, string])[] = [
    ['the review', withMember('', `${proto}${JSON.stringify({ ...allowed, request: null })}`)],
    ['the request', withMember('"request"', `${proto}{"uid":"other","operation":"DELETE"}`)],
    ['the user', withMember('"userInfo"', `${proto}{"groups":["system:nodes"]}`)],
    ['the pod', withMember('"object"', `${proto}{"spec":{"runtimeClassName":"kata-qemu"}}`)],
    ['its metadata', withMember('"metadata"', `${proto}{"annotations":{"kubernetes.io/config.mirror":"x"}}`)],
    ['its spec', withMember('"spec"', `${proto}{"hostNetwork":true}`)],
  ];

  test.each(rows)('in %s', async (_where, body) => {
    await webhook.workplace.explain(async () => {
      expect(body).toContain('__proto__');
      const answer = await webhook.client.review('/mutate', body);
      const usual = await webhook.client.review('/mutate', good);
      expect(answer).toMatchObject({ status: 200, body: usual.body });
      await expectGoodAnswer(webhook.client);
    });
  });

  test('in place of what a review needs, it is not read', async () => {
    await webhook.workplace.explain(async () => {
      const answer = await webhook.client.review('/mutate', `{${proto}${good}}`);
      expect(answer.status).toBe(400);
      expect(answer.body).toContain("must have required property 'apiVersion'");
      await expectGoodAnswer(webhook.client);
    });
  });

  test('among annotations, it is kept as the annotation that it is', async () => {
    await webhook.workplace.explain(async () => {
      const pod = `{"metadata":{"annotations":{${proto}"x","constructor":"y"}},"spec":{"runtimeClassName":"gvisor"}}`;
      const body = reviewOf({}).replace('"object":{}', `"object":${pod}`);
      const operations = patchOf(await webhook.client.review('/mutate', body));
      expect(operations.map(({ path }) => path)).toContain('/metadata/annotations/shimgate.dev~1source');
      expect(operations.filter(({ op }) => op !== 'add')).toEqual([]);
      await expectGoodAnswer(webhook.client);
    });
  });

  test('as an annotation of the wrong type, it is refused like any other', async () => {
    await webhook.workplace.explain(async () => {
      const body = reviewOf({}).replace('"object":{}', `"object":{"metadata":{"annotations":{${proto}{"a":"b"}}}}`);
      const answer = await webhook.client.review('/mutate', body);
      expect(answer.status).toBe(400);
      expect(answer.body).toContain('request.object.metadata.annotations[__proto__] must be string');
      await expectGoodAnswer(webhook.client);
    });
  });
});

describe('a name that every JavaScript object has is a name that the cluster does not have', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s', async (runtimeClassName) => {
    await webhook.workplace.explain(async () => {
      const answer = await webhook.client.review('/mutate', reviewOf({ spec: { runtimeClassName } }));
      const { response } = parse(answer);
      expect(response.allowed).toBe(false);
      expect(response.status?.details.causes.map(({ reason }) => reason)).toEqual(['RuntimeClassNotFound']);
    });
  });
});

describe('a nest of 10,000 levels within a good review is passed over', () => {
  const places: readonly (readonly [string, (nest: string) => string])[] = [
    ['in the pod', (nest) => withMember('"object"', `"status":${nest}`)],
    ['in its spec', (nest) => withMember('"spec"', `"volumes":${nest}`)],
    ['in the options of the request', (nest) => withMember('"request"', `"nest":${nest}`)],
  ];
  const rows = places.flatMap(([place, build]) =>
    (['list', 'object'] as const).map((kind) => [`a nested ${kind} ${place}`, build(nested(10_000, kind))] as const),
  );

  test.each(rows)('%s', async (_what, body) => {
    await webhook.workplace.explain(async () => {
      const answer = await webhook.client.review('/mutate', body);
      const usual = await webhook.client.review('/mutate', good);
      expect(answer).toMatchObject({ status: 200, body: usual.body });
      await expectGoodAnswer(webhook.client);
    });
  });

  test('and where an annotation belongs, it is refused without being shown', async () => {
    await webhook.workplace.explain(async () => {
      const pod = `{"metadata":{"annotations":{"a":${nested(10_000, 'object')}}}}`;
      const answer = await webhook.client.review('/mutate', reviewOf({}).replace('"object":{}', `"object":${pod}`));
      expect(answer.status).toBe(400);
      expect(answer.body).toContain('request.object.metadata.annotations.a must be string');
      expect(answer.body.length).toBeLessThan(1024);
      expect(answer.body).not.toMatch(codeTrace);
      await expectGoodAnswer(webhook.client);
    });
  });
});

describe('annotations that no API server takes are refused at once, whatever is in them', () => {
  const megabytes = 'x/'.repeat(1_400_000);
  const keys = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`shimgate.dev/k${index}`, '']));
  const rows: readonly (readonly [string, object])[] = [
    ['a long value', { 'io.katacontainers.config.hypervisor.path': megabytes }],
    ['many keys', keys],
  ];

  test.each(rows)('%s', async (_what, annotations) => {
    await webhook.workplace.explain(async () => {
      for (const path of ['/mutate', '/validate'] as const) {
        const answer = await webhook.client.review(path, reviewOf({ metadata: { annotations } }));
        const { response } = parse(answer);
        expect(response.allowed).toBe(false);
        expect(response.status?.details.causes.map(({ reason }) => reason)).toEqual(['AnnotationsTooLarge']);
        expect(answer.body.length).toBeLessThan(2048);
      }
      await expectGoodAnswer(webhook.client);
    });
  });
});

describe('what a pod need not have, it need not have', () => {
  const rows: readonly (readonly [string, object])[] = [
    ['no metadata', { spec: { runtimeClassName: 'gvisor' } }],
    ['no annotations', { metadata: {}, spec: { runtimeClassName: 'gvisor' } }],
    ['annotations that are null', { metadata: { annotations: null }, spec: { runtimeClassName: 'gvisor' } }],
  ];

  test.each(rows)('%s', async (_what, pod) => {
    await webhook.workplace.explain(async () => {
      const operations = patchOf(await webhook.client.review('/mutate', reviewOf(pod)));
      const patched: unknown = jsonPatch.applyPatch(pod, [...operations], true, false).newDocument;
      expect(patched).toMatchObject({ metadata: { annotations: { 'io.containerd.cri.runtime-handler': 'runsc' } } });
    });
  });
});

function parse({ status, body }: Answer): AdmissionResponseReview {
  expect(status).toBe(200);
  return JSON.parse(body) as AdmissionResponseReview;
}

function patchOf(answer: Answer): readonly Operation[] {
  const { patch = '' } = parse(answer).response;
  return JSON.parse(Buffer.from(patch, 'base64').toString('utf8')) as readonly Operation[];
}
