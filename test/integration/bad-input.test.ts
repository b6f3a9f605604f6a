import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { codeTrace, expectGoodAnswer } from './good-review.ts';
import type { Request } from './https-client.ts';
import { changedReview, recordedRequest } from './recorded-requests.ts';
import { closeWebhook, openWebhook, type Webhook } from './start-webhook.ts';

let webhook: Webhook;

beforeAll(async () => {
  webhook = await openWebhook();
});

afterAll(() => closeWebhook(webhook));

type BadRequest = Partial<Request> & {
  readonly name: string;
  readonly status: number;
  /** What the answer says, so that whoever sent this knows what to change. */
  readonly says: string;
  readonly allow?: string;
};

const json = { 'Content-Type': 'application/json' };
const good = recordedRequest('009').body;
const mebibyte = 1024 * 1024;

/** A body of so many MiB that is a good review in all but its size. */
function largeReview(mebibytes: number): string {
  return good + ' '.repeat(mebibytes * mebibyte - Buffer.byteLength(good));
}

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}

/** The review with a pod's metadata changed. */
function withMetadata(metadata: object): string {
  return changedReview('009', (request) => ({ ...request, object: { ...request.object, metadata } }));
}

function withoutField(field: string): string {
  return changedReview('009', (request) => ({ ...request, [field]: undefined }));
}

const notReviews: readonly BadRequest[] = [
  { name: 'no JSON', body: 'runtimeClassName: gvisor', status: 400, says: 'not valid JSON' },
  { name: 'JSON null', body: 'null', status: 400, says: 'the body must be object' },
  { name: 'a list', body: '[]', status: 400, says: 'the body must be object' },
  { name: 'a string', body: '"AdmissionReview"', status: 400, says: 'the body must be object' },
  { name: 'an empty object', body: '{}', status: 400, says: "must have required property 'apiVersion'" },
  {
    name: 'a review without a request',
    body: '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}',
    status: 400,
    says: "must have required property 'request'",
  },
  {
    name: 'a review whose request is null',
    body: '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":null}',
    status: 400,
    says: 'request must be object',
  },
  {
    name: 'a request without uid',
    body: withoutField('uid'),
    status: 400,
    says: "request must have required property 'uid'",
  },
  {
    name: 'a uid that would split a log line',
    body: changedReview('009', (request) => ({ ...request, uid: 'a\nb' })),
    status: 400,
    says: 'request.uid must match pattern',
  },
  { name: 'a request without kind', body: withoutField('kind'), status: 400, says: "required property 'kind'" },
  {
    name: 'a request without operation',
    body: withoutField('operation'),
    status: 400,
    says: "required property 'operation'",
  },
  {
    name: 'an operation that does not exist',
    body: changedReview('009', (request) => ({ ...request, operation: 'PATCH' })),
    status: 400,
    says: 'request.operation must be equal to one of the allowed values',
  },
  {
    name: 'AdmissionReview v1beta1',
    body: good.replace('admission.k8s.io/v1', 'admission.k8s.io/v1beta1'),
    status: 400,
    says: 'apiVersion must be admission.k8s.io/v1',
  },
  { name: 'a truncated document', body: good.slice(0, good.length / 2), status: 400, says: 'not valid JSON' },
  { name: 'an empty body', body: '', status: 400, says: 'The body is empty' },
  { name: 'white space', body: ' \n', status: 400, says: 'not valid JSON' },
  { name: 'a list nested 10,000 levels', body: nested(10_000), status: 400, says: 'the body must be object' },
  {
    name: 'an unfinished list nested 10,000 levels',
    body: '['.repeat(10_000),
    status: 400,
    says: 'not valid JSON',
  },
  {
    name: 'UTF-8 that is cut within a character',
    body: Buffer.concat([Buffer.from(good.slice(0, -1)), Buffer.from([0xe2, 0x82]), Buffer.from('}')]),
    status: 400,
    says: 'not valid UTF-8',
  },
  { name: 'UTF-16', body: Buffer.from(good, 'utf16le'), status: 400, says: 'not valid JSON' },
];

const objectsOfTheWrongType: readonly BadRequest[] = [
  {
    name: 'an object that is a list',
    body: changedReview('009', (request) => ({ ...request, object: [] })),
    status: 400,
    says: 'request.object must be object,null',
  },
  {
    name: 'annotations that are a list',
    body: withMetadata({ annotations: ['a'] }),
    status: 400,
    says: 'request.object.metadata.annotations must be object,null',
  },
  {
    name: 'an annotation that is a number',
    body: withMetadata({ annotations: { 'shimgate.dev/source': 5 } }),
    status: 400,
    says: 'request.object.metadata.annotations[shimgate.dev/source] must be string',
  },
  {
    name: 'an annotation of the old object that is null',
    body: changedReview('028', (request) => ({ ...request, oldObject: { metadata: { annotations: { a: null } } } })),
    status: 400,
    says: 'request.oldObject.metadata.annotations.a must be string',
  },
  {
    name: 'a class name that is an object',
    body: changedReview('009', (request) => ({ ...request, object: { spec: { runtimeClassName: {} } } })),
    status: 400,
    says: 'request.object.spec.runtimeClassName must be string,null',
  },
  {
    name: 'a handler that is a list',
    body: changedReview('000', (request) => ({ ...request, object: { handler: ['runsc'] } })),
    status: 400,
    says: 'request.object.handler must be string',
  },
  {
    name: "a Deployment's template that is a string",
    path: '/validate',
    body: changedReview('019', (request) => ({ ...request, object: { spec: { template: 'pod' } } })),
    status: 400,
    says: 'request.object.spec.template must be object',
  },
];

const wrongHttp: readonly BadRequest[] = [
  { name: 'a body of 9 MiB', body: largeReview(9), status: 413, says: 'larger than 8388608 bytes' },
  {
    name: 'a body of 9 MiB that does not say its length',
    body: largeReview(9),
    headers: { ...json, 'Transfer-Encoding': 'chunked' },
    status: 413,
    says: 'larger than 8388608 bytes',
  },
  {
    name: 'YAML',
    headers: { 'Content-Type': 'application/yaml' },
    status: 415,
    says: 'must be of type application/json',
  },
  {
    name: 'a form',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    status: 415,
    says: 'application/json',
  },
  { name: 'a content type that is none', headers: { 'Content-Type': 'json' }, status: 415, says: 'application/json' },
  { name: 'no content type', headers: {}, status: 415, says: 'application/json' },
  {
    name: 'a compressed body',
    headers: { ...json, 'Content-Encoding': 'gzip' },
    body: gzipSync(good),
    status: 415,
    says: 'compressed',
  },
  ...['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'].map((method) => ({
    name: `${method} in place of POST`,
    method,
    ...(method === 'PUT' || method === 'PATCH' ? {} : { body: '' }),
    status: 405,
    says: method === 'HEAD' ? '' : 'Only POST is answered here',
    allow: 'POST',
  })),
  { name: 'a path that does not exist', path: '/admit', status: 404, says: 'Only /mutate and /validate' },
  { name: 'the root', path: '/', method: 'GET', body: '', status: 404, says: 'Only /mutate and /validate' },
  { name: 'metrics on the secure port', path: '/metrics', method: 'GET', body: '', status: 404, says: 'Only /mutate' },
  { name: 'a path that leaves its folder', path: '/mutate/../../etc/passwd', status: 404, says: 'Only /mutate' },
  { name: 'a path with a broken escape', path: '/%zz', status: 404, says: 'Only /mutate' },
];

describe('bad input is refused with a reason, without a trace of our code, and breaks nothing', () => {
  test.each([...notReviews, ...objectsOfTheWrongType, ...wrongHttp])('$name: $status', async (row) => {
    await webhook.workplace.explain(async () => {
      const { method = 'POST', path = '/mutate', headers = json, body = good } = row;
      const answer = await webhook.client.send({ method, path, headers, body });
      expect({ status: answer.status, allow: answer.headers.allow }).toEqual({
        status: row.status,
        allow: row.allow,
      });
      expect(answer.body).toContain(row.says);
      expect(answer.body.length).toBeLessThan(1024);
      expect(answer.body).not.toMatch(codeTrace);
      expect(answer.headers['content-type'] ?? 'text/plain').toMatch(/^text\/plain\b/);
      await expectGoodAnswer(webhook.client);
    });
  });

  test('none of it was worth more than a line for debugging', () => {
    expect(webhook.process.stderr).toBe('');
    expect(webhook.process.log.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  });
});
