import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { anyJson, damaged } from '../support/arbitrary/arbitrary-damage.ts';
import { anyRequest } from '../support/arbitrary/arbitrary-request.ts';
import { bodyOf, reviewBody } from '../support/worlds/request-of.ts';

/** One request to the running server, good or not. */
export type Exchange = {
  readonly path: string;
  readonly method: string;
  readonly contentType: string;
  readonly body: Uint8Array;
};

const recorded = path.join(import.meta.dirname, '../fixtures/admission-reviews');

/** Bodies that a real API server has sent. */
const recordedBody: fc.Arbitrary<Uint8Array> = fc.constantFrom(
  ...readdirSync(recorded)
    .filter((name) => !name.endsWith('.expected.json'))
    .map((name) => readFileSync(path.join(recorded, name))),
);

const share = fc.double({ min: 0, max: 1, noNaN: true });

const insertion: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 8 }),
  fc
    .constantFrom('"', '{', '[', '\\u0000', '"__proto__":', 'null', '1e999', '\ufeff', '[['.repeat(5000))
    .map((text) => Buffer.from(text)),
);

/** A body with a part of it, from nothing to all, replaced by other bytes or by a second copy of another part. */
const damagedBytes: fc.Arbitrary<Uint8Array> = fc
  .tuple(recordedBody, share, share, insertion, fc.boolean())
  .map(([body, one, other, inserted, isCopied]) => {
    const at = (of: number) => Math.floor(of * body.length);
    const [from, to] = [Math.min(at(one), at(other)), Math.max(at(one), at(other))];
    return Buffer.concat([
      body.subarray(0, from),
      isCopied ? body.subarray(from, to) : inserted,
      body.subarray(to - 1),
    ]);
  });

const goodReview = anyRequest.map((request) => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request,
}));

const body: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 12, arbitrary: goodReview.map(bodyOf) },
  { weight: 6, arbitrary: damaged(goodReview).map(bodyOf) },
  { weight: 2, arbitrary: recordedBody },
  { weight: 4, arbitrary: damagedBytes },
  { weight: 1, arbitrary: anyJson.map(reviewBody) },
  { weight: 1, arbitrary: anyJson.map(bodyOf) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
);

/** Nearly all are sent as the API server does; the rest is wrong in its path, its method or its type. */
export const anyExchange: fc.Arbitrary<Exchange> = fc.record({
  path: fc.oneof(
    { weight: 40, arbitrary: fc.constantFrom('/mutate?timeout=10s', '/validate?timeout=10s') },
    {
      weight: 1,
      arbitrary: fc.constantFrom('/', '/mutate/', '/validate/..', '/%2e%2e/mutate', '/metrics', '//mutate'),
    },
  ),
  method: fc.oneof(
    { weight: 60, arbitrary: fc.constant('POST') },
    { weight: 1, arbitrary: fc.constantFrom('PUT', 'PATCH', 'DELETE', 'OPTIONS') },
  ),
  contentType: fc.oneof(
    { weight: 60, arbitrary: fc.constant('application/json') },
    {
      weight: 1,
      arbitrary: fc.constantFrom('text/plain', 'application/json; charset=utf-16', 'application/yaml', 'x'),
    },
  ),
  body,
});
