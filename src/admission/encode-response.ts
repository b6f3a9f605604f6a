import { codes } from '../finding/codes.ts';
import type { CodeEntry } from '../finding/code-entry.ts';
import type { Finding } from '../finding/finding.ts';
import { causeOf, sentence } from '../finding/wording.ts';
import type { Verdict } from '../policy/evaluate.ts';
import type { Review } from '../policy/review.ts';
import { encodedPatch } from './annotation-patch.ts';
import { warningTexts } from './warnings.ts';

/** An AdmissionReview v1 response, ready to be sent. */
export type AdmissionResponseReview = {
  readonly apiVersion: 'admission.k8s.io/v1';
  readonly kind: 'AdmissionReview';
  readonly response: AdmissionResponse;
};

export type AdmissionResponse = {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: Status;
  readonly patchType?: 'JSONPatch';
  /** A JSON Patch in base64. */
  readonly patch?: string;
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
};

/** The part of Kubernetes' metav1.Status that a denial has. */
export type Status = {
  readonly status: 'Failure';
  readonly message: string;
  readonly reason: 'Forbidden' | 'Invalid';
  readonly code: 403 | 422;
  readonly details: {
    readonly name?: string;
    readonly group?: string;
    readonly kind: string;
    readonly causes: readonly { readonly reason: string; readonly message: string; readonly field: string }[];
  };
};

/** Words a verdict as the API server wants it: a denial carries no patch, and a patch its type. */
export function encodeResponse(review: Review, verdict: Verdict): AdmissionResponseReview {
  const isDenied = verdict.decision === 'deny';
  const warnings = verdict.told.length === 0 ? [] : warningTexts(verdict.told);
  const patch = encodedPatch(review, verdict);
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid: review.request.uid,
      allowed: !isDenied,
      ...(isDenied && { status: denial(review, verdict.findings) }),
      ...(patch !== undefined && { patchType: 'JSONPatch' as const, patch }),
      ...(warnings.length > 0 && { warnings }),
      auditAnnotations: auditAnnotations(verdict),
    },
  };
}

/** Keys without a slash, 63 characters at most: the API server puts the webhook's name before them. */
function auditAnnotations({ decision, exemption, findings, shim }: Verdict): Readonly<Record<string, string>> {
  return {
    decision,
    ...(exemption !== undefined && { exempt: exemption }),
    ...(findings.length > 0 && { findings: [...new Set(findings.map(({ code }) => code))].join(',') }),
    ...(shim?.runtimeType !== undefined && { 'runtime-type': shim.runtimeType }),
  };
}

/**
 * 422 for a RuntimeClass whose handler can never be right, 403 for what policy forbids. Of an Invalid status kubectl
 * prints only the causes, so that each cause is a full sentence.
 */
function denial({ request: { kind, name } }: Review, findings: readonly Finding[]): Status {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const isInvalid = kind.kind === 'RuntimeClass' && errors.every(({ code }) => subjectOf(code) === 'Names');
  const sentences = errors.map(sentence);
  const toCause = isInvalid ? causeOf : sentence;
  return {
    status: 'Failure',
    message: sentences.length === 1 ? (sentences[0] ?? '') : sentences.map((one) => `\n- ${one}`).join(''),
    reason: isInvalid ? 'Invalid' : 'Forbidden',
    code: isInvalid ? 422 : 403,
    details: {
      ...(name !== undefined && { name }),
      ...(kind.group !== '' && { group: kind.group }),
      kind: kind.kind,
      causes: errors.map((error) => ({ reason: error.code, message: toCause(error), field: error.field })),
    },
  };
}

function subjectOf(code: Finding['code']): CodeEntry['subject'] {
  return codes[code].subject;
}
