import jsonPatch from 'fast-json-patch';
import type { AdmissionResponseReview } from '../../../src/admission/encode-response.ts';

/** The JSON Patch of an answer; empty where it has none. */
export function patchOf({ response }: AdmissionResponseReview): readonly jsonPatch.Operation[] {
  if (response.patch === undefined) return [];
  return JSON.parse(Buffer.from(response.patch, 'base64').toString('utf8')) as jsonPatch.Operation[];
}

/**
 * The object as an independent library makes it by an answer's patch, which it validates; as JSON has it.
 *
 * @throws where the patch does not apply
 */
export function patchedBy(answer: AdmissionResponseReview, object: object): object {
  const document = JSON.parse(JSON.stringify(object)) as object;
  return jsonPatch.applyPatch(document, patchOf(answer), true).newDocument;
}
