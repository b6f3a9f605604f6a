import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import jsonPatch, { type Operation } from 'fast-json-patch';
import type { AdmissionResponse, AdmissionResponseReview } from '../../src/admission/encode-response.ts';
import { expectedAnswer, expectedNames, parseReview, recordedNames, recordedRequest } from './recorded-requests.ts';
import { closeWebhook, openWebhook, type Webhook } from './start-webhook.ts';

let webhook: Webhook;

beforeAll(async () => {
  webhook = await openWebhook();
});

afterAll(() => closeWebhook(webhook));

test('every recorded request has an expected answer, and no expected answer is left over', () => {
  expect(recordedNames()).toHaveLength(40);
  expect(expectedNames()).toEqual(recordedNames());
});

describe('a request that a real API server sent is answered as expected', () => {
  test.each(recordedNames())('%s', async (name) => {
    await webhook.workplace.explain(async () => {
      const { review, httpStatus } = await answerTo(name);
      const { uid, patchType, patch, ...rest } = review.response;
      const decoded = { ...rest, ...(patch !== undefined && { patch: decodePatch(patch) }) };
      expect({ httpStatus, response: decoded }).toEqual(expectedAnswer(name));
      expect(uid).toBe(parseReview(recordedRequest(name).body).request.uid);
      expect(patchType).toBe(patch === undefined ? undefined : 'JSONPatch');
      expect(Object.keys(review)).toEqual(['apiVersion', 'kind', 'response']);
      expect(review).toMatchObject({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' });
    });
  });
});

describe('the API server takes the answer as it is meant', () => {
  test.each(recordedNames())('%s', async (name) => {
    await webhook.workplace.explain(async () => {
      const { review } = await answerTo(name);
      const { response } = review;
      expect(faultsOf(response)).toEqual([]);
      if (name.includes('-validate-')) expect(response.patch).toBeUndefined();
      if (!response.allowed) expect(response.patch).toBeUndefined();
    });
  });
});

/** 010, 012 and so on were recorded behind another webhook; here the pod is the one that this webhook made. */
describe('what the mutating webhook made of a pod, neither webhook finds fault with', () => {
  const patched = recordedNames().filter((name) => name.includes('-mutate-pod-create-') && hasPatch(name));

  test.each(patched)('%s', async (name) => {
    await webhook.workplace.explain(async () => {
      const recorded = parseReview(recordedRequest(name).body);
      const { review } = await answerTo(name);
      const patch = decodePatch(review.response.patch ?? '');
      const object: unknown = jsonPatch.applyPatch(recorded.request.object, [...patch], true, false).newDocument;
      const body = JSON.stringify({ ...recorded, request: { ...recorded.request, object } });
      for (const path of ['/mutate', '/validate'] as const) {
        const { response } = parseAnswer((await webhook.client.review(path, body)).body);
        expect({ path, ...response }).toEqual({
          path,
          uid: recorded.request.uid,
          allowed: true,
          auditAnnotations: expect.objectContaining({ decision: 'allow' }),
        });
      }
    });
  });
});

async function answerTo(
  name: string,
): Promise<{ readonly review: AdmissionResponseReview; readonly httpStatus: number }> {
  const { path, body } = recordedRequest(name);
  const answer = await webhook.client.review(path, body);
  return { review: parseAnswer(answer.body), httpStatus: answer.status };
}

function parseAnswer(body: string): AdmissionResponseReview {
  return JSON.parse(body) as AdmissionResponseReview;
}

function hasPatch(name: string): boolean {
  return (expectedAnswer(name) as { readonly response: AdmissionResponse }).response.patch !== undefined;
}

function decodePatch(patch: string): readonly Operation[] {
  return JSON.parse(Buffer.from(patch, 'base64').toString('utf8')) as readonly Operation[];
}

/**
 * What the API server would drop, cut or stumble over. Source: Kubernetes, apiserver, pkg/warning, and
 * pkg/audit, AddAuditAnnotation.
 */
function faultsOf({ warnings = [], auditAnnotations = {}, status, allowed }: AdmissionResponse): readonly string[] {
  const long = warnings.filter((warning) => Array.from(warning).length >= 256);
  const unprintable = warnings.filter((warning) => /\p{Cc}/u.test(warning));
  const keys = Object.keys(auditAnnotations).filter((key) => key.includes('/') || key.length > 63);
  const total = warnings.reduce((sum, warning) => sum + Array.from(warning).length, 0);
  return [
    ...long,
    ...unprintable,
    ...keys,
    ...(total >= 4096 ? [`${total} characters of warnings`] : []),
    ...(new Set(warnings).size < warnings.length ? ['a warning twice'] : []),
    ...(allowed === (status === undefined) ? [] : ['an allowed request with a status, or a denied one without']),
    ...(status === undefined || status.details.causes.length > 0 ? [] : ['a denial without a cause']),
  ];
}
