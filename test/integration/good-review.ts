import { expect } from '@jest/globals';
import type { HttpsClient } from './https-client.ts';
import { expectedAnswer, parseReview, recordedRequest } from './recorded-requests.ts';

const { name, path, body } = recordedRequest('009');
const { httpStatus, response } = expectedAnswer(name) as { readonly httpStatus: number; readonly response: object };

/** Sends the recorded review of a sandboxed pod and checks its answer: whatever came before has broken nothing. */
export async function expectGoodAnswer(client: HttpsClient): Promise<void> {
  const answer = await client.review(path, body);
  expect({ httpStatus: answer.status, review: JSON.parse(answer.body) as unknown }).toEqual({
    httpStatus,
    review: {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: {
        ...response,
        uid: parseReview(body).request.uid,
        patchType: 'JSONPatch',
        patch: expect.any(String),
      },
    },
  });
}

/** Where a text shows code of ours: a stack frame, a source file, a package. */
export const codeTrace = /^\s+at |node:internal|node_modules|\b(?:src|dist)[/\\]|\.[cm]?[jt]s\b/m;
