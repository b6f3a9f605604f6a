import { isUtf8 } from 'node:buffer';
import type { ErrorObject } from 'ajv';
import type { AdmissionReview } from '../generated/admission-review.ts';
import type { Binding, RuntimeClass } from '../generated/objects.ts';
import { validateAdmissionReview } from '../generated/validate-admission-review.ts';
import { validateBinding, validatePod, validateRuntimeClass, validateWorkload } from '../generated/validate-objects.ts';
import type { Validator } from '../generated/validator.ts';
import { fieldPath, pointerSegments } from '../finding/field-path.ts';
import { quote } from '../finding/quote.ts';
import type { Phase, Review, Subject } from '../policy/review.ts';
import { nestedTooMuch } from './nesting.ts';
import { podTemplatePlace } from './pod-template-place.ts';

/** The part of an AdmissionReview that asks; only the fields that are read have been checked. */
export type AdmissionRequest = AdmissionReview['request'];

/** Input that is no AdmissionReview that can be answered: an HTTP 400. The message is safe to send back. */
export class MalformedReviewError extends Error {}

/**
 * Parses a body as an AdmissionReview v1 request.
 *
 * @throws MalformedReviewError where it is not UTF-8, not JSON, not an AdmissionReview v1, or lacks what must be there
 */
export function decodeAdmissionReview(body: Uint8Array): AdmissionRequest {
  if (!isUtf8(body)) throw new MalformedReviewError('the body is not valid UTF-8');
  const tooMuch = nestedTooMuch(body);
  if (tooMuch !== undefined) throw new MalformedReviewError(`the body ${tooMuch}`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    throw new MalformedReviewError('the body is not valid JSON');
  }
  if (!validateAdmissionReview(parsed)) throw malformed('', validateAdmissionReview.errors);
  return parsed.request;
}

/**
 * Reduces a request to what policies read, and checks the types of it in the objects.
 *
 * @throws MalformedReviewError where a field that policies read has the wrong type
 */
export function toReview(request: AdmissionRequest, phase: Phase): Review {
  const { operation, namespace, userInfo } = request;
  const subject = subjectOf(request);
  return {
    phase,
    operation,
    subject,
    object:
      subject.kind === 'template' ? `${displayName(request)} (${subject.prefix.slice(0, -1)})` : displayName(request),
    namespace: namespace === undefined || namespace === '' ? undefined : namespace,
    username: userInfo.username ?? '',
    groups: userInfo.groups ?? [],
  };
}

/** Subresources of pods by which nothing that policies read can change: the API server resets it. Others are judged. */
const ignoredPodSubresources: ReadonlySet<string> = new Set([
  'attach',
  'ephemeralcontainers',
  'eviction',
  'exec',
  'log',
  'portforward',
  'proxy',
  'resize',
]);

function subjectOf(request: AdmissionRequest): Subject {
  const { kind, subResource = '', object, oldObject } = request;
  const groupKind = `${kind.group ?? ''}/${kind.kind}`;
  const current = object ?? oldObject;
  if (current === undefined || current === null) return { kind: 'other' };
  if (groupKind === '/Pod') {
    if (ignoredPodSubresources.has(subResource)) return { kind: 'other' };
    return { kind: 'Pod', pod: check(validatePod, current, 'object'), old: checkOld(validatePod, oldObject) };
  }
  if (groupKind === '/Binding') {
    return {
      kind: 'Binding',
      annotations: check<Binding>(validateBinding, current, 'object').metadata?.annotations ?? {},
    };
  }
  if (groupKind === 'node.k8s.io/RuntimeClass') {
    return {
      kind: 'RuntimeClass',
      runtimeClass: check<RuntimeClass>(validateRuntimeClass, current, 'object'),
      old: checkOld(validateRuntimeClass, oldObject),
    };
  }
  const place = podTemplatePlace(groupKind);
  if (place === undefined || subResource !== '') return { kind: 'other' };
  const pod = place.find(check(validateWorkload, current, 'object'));
  if (pod === undefined) return { kind: 'other' };
  const old = checkOld(validateWorkload, oldObject);
  return { kind: 'template', pod, old: old === undefined ? undefined : place.find(old), prefix: place.prefix };
}

function check<T>(validate: Validator<T>, value: unknown, field: string): T {
  if (validate(value)) return value;
  throw malformed(`/request/${field}`, validate.errors);
}

function checkOld<T>(validate: Validator<T>, value: unknown): T | undefined {
  return value === undefined || value === null ? undefined : check(validate, value, 'oldObject');
}

function malformed(pointer: string, errors: readonly ErrorObject[] | null | undefined): MalformedReviewError {
  const error = errors?.[0];
  const field = fieldPath(pointerSegments(`${pointer}${error?.instancePath ?? ''}`));
  const fault = error?.keyword === 'const' ? `must be ${String(error.params['allowedValue'])}` : error?.message;
  return new MalformedReviewError(`${field === '' ? 'the body' : field.slice(0, 256)} ${fault ?? 'is not valid'}`);
}

/**
 * What messages call the object. A name that the API server generates is made between the two webhooks, so a new object
 * goes by what such a name begins with in both: warnings that differ in nothing are shown once. Where a collection is
 * deleted, the request names no object, and the object itself does.
 */
function displayName({ kind, namespace, name = '', operation, object, oldObject }: AdmissionRequest): string {
  const metadata = metadataOf(object ?? oldObject);
  const isNew = operation === 'CREATE' && isGenerated(name, metadata.generateName);
  const shown = isNew ? `${metadata.generateName}*` : name === '' ? metadata.name : name;
  const plain = [namespace ?? '', shown].filter((part) => part !== '').join('/');
  return `${kind.kind} ${/^[\w./*-]{1,512}$/.test(plain) ? plain : quote(plain)}`;
}

/**
 * Whether a name is, or will be, the API server's own making. A StatefulSet names its pods itself, and has them carry a
 * generateName all the same.
 *
 * Source: Kubernetes, apiserver, pkg/storage/names/generate.go; apimachinery, pkg/util/rand.
 */
function isGenerated(name: string, generateName: string): boolean {
  if (generateName === '') return false;
  const base = generateName.slice(0, 63 - 5);
  return name === '' || (name.startsWith(base) && /^[bcdfghjklmnpqrstvwxz2456789]{5}$/.test(name.slice(base.length)));
}

function metadataOf(object: object | null | undefined): Readonly<Record<'name' | 'generateName', string>> {
  const metadata = (object as { readonly metadata?: unknown } | null | undefined)?.metadata;
  const { name, generateName } = (metadata ?? {}) as { readonly name?: unknown; readonly generateName?: unknown };
  return {
    name: typeof name === 'string' ? name : '',
    generateName: typeof generateName === 'string' ? generateName : '',
  };
}
