import { describe, expect, test } from '@jest/globals';
import { decodeAdmissionReview, MalformedReviewError } from '../../../src/admission/decode-review.ts';
import { bodyOf, requestFields, reviewBody } from '../../support/worlds/request-of.ts';

const good = requestFields('Pod', { object: {} });

function without(field: string): object {
  return Object.fromEntries(Object.entries(good).filter(([name]) => name !== field));
}

function refusal(body: Uint8Array): string {
  try {
    decodeAdmissionReview(body);
  } catch (error) {
    if (error instanceof MalformedReviewError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('a body is refused that is', () => {
  test.each<readonly [string, Uint8Array, string]>([
    ['empty', Buffer.from(''), 'the body is not valid JSON'],
    ['no JSON', Buffer.from('{"apiVersion":'), 'the body is not valid JSON'],
    ['JSON with something behind it', Buffer.from(`${JSON.stringify({})} x`), 'the body is not valid JSON'],
    ['YAML', Buffer.from('apiVersion: admission.k8s.io/v1'), 'the body is not valid JSON'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'the body is not valid UTF-8'],
    ['a lone surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'the body is not valid UTF-8'],
    ['UTF-16', Buffer.from('\ufeff{}', 'utf16le'), 'the body is not valid UTF-8'],
    ['null', bodyOf(null), 'the body must be object'],
    ['a list', bodyOf([]), 'the body must be object'],
    ['a text', bodyOf('AdmissionReview'), 'the body must be object'],
    ['a number', bodyOf(1), 'the body must be object'],
    ['an empty object', bodyOf({}), "the body must have required property 'apiVersion'"],
    ['a list nested without end', Buffer.from('['.repeat(10_000) + ']'.repeat(10_000)), 'the body must be object'],
  ])('%s', (_, body, message) => {
    expect(refusal(body)).toBe(message);
  });
});

describe('a review is refused whose', () => {
  const kind = 'AdmissionReview';
  const apiVersion = 'admission.k8s.io/v1';

  test.each<readonly [string, unknown, string]>([
    [
      'version is v1beta1',
      { apiVersion: 'admission.k8s.io/v1beta1', kind, request: good },
      'apiVersion must be admission.k8s.io/v1',
    ],
    ['version is no text', { apiVersion: 1, kind, request: good }, 'apiVersion must be admission.k8s.io/v1'],
    ['kind is another', { apiVersion, kind: 'Pod', request: good }, 'kind must be AdmissionReview'],
    ['request is missing', { apiVersion, kind }, "the body must have required property 'request'"],
    ['request is null', { apiVersion, kind, request: null }, 'request must be object'],
    ['request is a list', { apiVersion, kind, request: [] }, 'request must be object'],
    [
      'request is an answer',
      { apiVersion, kind, response: { uid: 'x', allowed: true } },
      "the body must have required property 'request'",
    ],
  ])('%s', (_, review, message) => {
    expect(refusal(bodyOf(review))).toBe(message);
  });
});

describe('a request is refused', () => {
  test.each(['uid', 'kind', 'resource', 'operation', 'userInfo'])('that lacks %s', (field) => {
    expect(refusal(reviewBody(without(field)))).toBe(`request must have required property '${field}'`);
  });

  test.each<readonly [string, unknown, string]>([
    ['uid', '', 'request.uid must match pattern "^[\\x21-\\x7e]{1,128}$"'],
    ['uid', 'a\r\nb', 'request.uid must match pattern "^[\\x21-\\x7e]{1,128}$"'],
    ['uid', 'x'.repeat(129), 'request.uid must match pattern "^[\\x21-\\x7e]{1,128}$"'],
    ['uid', 7, 'request.uid must be string'],
    ['uid', null, 'request.uid must be string'],
    ['kind', 'Pod', 'request.kind must be object'],
    ['kind', {}, "request.kind must have required property 'kind'"],
    ['kind', { kind: 7 }, 'request.kind.kind must be string'],
    ['kind', { kind: 'Pod', group: null }, 'request.kind.group must be string'],
    ['resource', [], 'request.resource must be object'],
    ['operation', 'create', 'request.operation must be equal to one of the allowed values'],
    ['operation', null, 'request.operation must be equal to one of the allowed values'],
    ['userInfo', null, 'request.userInfo must be object'],
    ['userInfo', { groups: 'system:nodes' }, 'request.userInfo.groups must be array,null'],
    ['userInfo', { groups: [null] }, 'request.userInfo.groups[0] must be string'],
    ['namespace', {}, 'request.namespace must be string'],
    ['name', 7, 'request.name must be string'],
    ['subResource', null, 'request.subResource must be string'],
    ['object', 'Pod', 'request.object must be object,null'],
    ['object', [], 'request.object must be object,null'],
    ['oldObject', 7, 'request.oldObject must be object,null'],
    ['dryRun', 'yes', 'request.dryRun must be boolean,null'],
  ])('whose %s is %j', (field, value, message) => {
    expect(refusal(reviewBody({ ...good, [field]: value }))).toBe(message);
  });
});

describe('a request is accepted', () => {
  test.each<readonly [string, object]>([
    ['as the API server sends it', good],
    [
      'that has what is required, and nothing else',
      Object.fromEntries(
        ['uid', 'kind', 'resource', 'operation', 'userInfo'].map((field) => [field, good[field as keyof typeof good]]),
      ),
    ],
    ['whose groups are null', { ...good, userInfo: { groups: null } }],
    ['of nobody', { ...good, userInfo: {} }],
    ['with fields that nobody knows', { ...good, requestKind: { kind: 'Pod' }, options: null, future: [{}] }],
    ['with the longest uid', { ...good, uid: '~'.repeat(128) }],
  ])('%s', (_, request) => {
    expect(decodeAdmissionReview(reviewBody(request))).toEqual(request);
  });

  test('with an object nested without end', () => {
    const object = '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000);
    const body = JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: good });
    const request = decodeAdmissionReview(Buffer.from(body.replace('"object":{}', `"object":${object}`)));
    expect(Object.keys(request.object ?? {})).toEqual(['a']);
  });

  test('whose bytes are a part of a larger buffer', () => {
    const body = reviewBody(good);
    const larger = Buffer.concat([Buffer.from('xx'), body, Buffer.from('yy')]);
    expect(decodeAdmissionReview(larger.subarray(2, 2 + body.length))).toEqual(good);
  });
});
