import { isUtf8 } from 'node:buffer';
import type { ErrorObject } from 'ajv';
import type { AdmissionReview } from '../generated/admission-review.ts';
import type { Binding, RuntimeClass } from '../generated/objects.ts';
import { validateAdmissionReview } from '../generated/validate-admission-review.ts';
import { validateBinding, validatePod, validateRuntimeClass, validateWorkload } from '../generated/validate-objects.ts';
import type { Validator } from '../generated/validator.ts';
import { fieldPath, pointerSegments } from '../finding/field-path.ts';
import { quote } from '../finding/quote.ts';
import type { ObjectReference } from '../finding/object-reference.ts';
import type { Review, Subject } from '../policy/review.ts';
import { nestedTooMuch } from './nesting.ts';
import { groupKindOf, isWorkload, podTemplatePlace } from './pod-template-place.ts';

/** The part of an AdmissionReview that asks; only the fields that are read have been checked. */
export type AdmissionRequest = AdmissionReview['request'];

/** Input that is no AdmissionReview that can be answered: an HTTP 400. The message is safe to send back. */
export class MalformedReviewError extends Error {}

/**
 * Parses a body as an AdmissionReview v1 request.
 *
 * @param nesting what `nestedTooMuch` says of it, where that was asked before; null for nothing
 * @throws MalformedReviewError where it is not UTF-8, not JSON, not an AdmissionReview v1, or lacks what must be there
 */
export function decodeAdmissionReview(
  body: Uint8Array,
  nesting: string | null = nestedTooMuch(body) ?? null,
): AdmissionRequest {
  if (nesting !== null) throw new MalformedReviewError(`the body ${nesting}`);
  if (!isUtf8(body)) throw new MalformedReviewError('the body is not valid UTF-8');
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    throw new MalformedReviewError('the body is not valid JSON');
  }
  return checkAdmissionReview(parsed);
}

/** An object, wherever it is from; of what it holds nothing has been checked. */
export type UncheckedObject = { readonly apiVersion: string; readonly kind: string; readonly value: object };

/**
 * Checks a value that was parsed already as an AdmissionReview v1 request.
 *
 * @throws MalformedReviewError where it is none
 */
export function checkAdmissionReview(parsed: unknown): AdmissionRequest {
  if (!validateAdmissionReview(parsed)) throw malformed('', validateAdmissionReview.errors);
  return parsed.request;
}

/**
 * Reduces a request to what policies read, and checks the types of it in the objects.
 *
 * @throws MalformedReviewError where a field that policies read has the wrong type
 */
export function reviewOfRequest(request: AdmissionRequest): Review {
  const { uid, kind, operation, namespace, name, userInfo, resource, subResource = '' } = request;
  const { object, oldObject } = request;
  const group = kind.group ?? '';
  const subject = subjectOf(`${group}/${kind.kind}`, subResource, object ?? oldObject, oldObject);
  return {
    operation,
    subject,
    object: shownObject(subject, kind.kind, namespace, shownName(request)),
    namespace: namespace === undefined || namespace === '' ? undefined : namespace,
    username: userInfo.username ?? '',
    groups: userInfo.groups ?? [],
    request: {
      uid,
      kind: { group, version: kind.version ?? '', kind: kind.kind },
      resource: resource.resource,
      name: name === '' ? undefined : name,
      ...(request.dryRun === true && { isDryRun: true as const }),
    },
  };
}

/**
 * The review of what `kubectl create` would ask for an object. An object that is stored already goes by its name, also
 * where the API server made that.
 *
 * @throws MalformedReviewError where a field of it that policies read has the wrong type
 */
export function reviewOfCreation(unchecked: UncheckedObject): Review {
  const { apiVersion, kind, value } = unchecked;
  const groupKind = groupKindOf(unchecked);
  const group = groupKind.slice(0, groupKind.indexOf('/'));
  const { namespace, name } = placeOf(groupKind, value);
  const subject = subjectOf(groupKind, '', value, undefined);
  return {
    operation: 'CREATE',
    subject,
    object: shownObject(subject, kind, namespace, name ?? ''),
    namespace: namespace === '' ? undefined : namespace,
    username: '',
    groups: [],
    request: {
      uid: '',
      kind: { group, version: apiVersion.slice(group === '' ? 0 : group.length + 1), kind },
      resource: `${kind.toLowerCase()}s`,
      name,
    },
  };
}

/** An object as reports refer to it, though it may have fields of the wrong type. */
export function referenceToUnchecked(unchecked: UncheckedObject): ObjectReference {
  const { apiVersion, kind, value } = unchecked;
  const { namespace, name = '' } = placeOf(groupKindOf(unchecked), value);
  return { apiVersion, kind, ...(namespace !== undefined && { namespace }), name };
}

/** Where an object that is created comes to stand, as kubectl has it. */
function placeOf(groupKind: string, value: object): { readonly namespace?: string; readonly name?: string } {
  const { name, generateName, namespace } = metadataOf(value);
  const where = namespace === undefined && isWorkload(groupKind) ? 'default' : namespace;
  const called = name ?? (generateName === undefined ? undefined : `${generateName}*`);
  return { ...(where !== undefined && { namespace: where }), ...(called !== undefined && { name: called }) };
}

/** What a review is about, as reports refer to it. */
export function referenceOf({ request: { kind, name = '' }, namespace }: Review): ObjectReference {
  return {
    apiVersion: [kind.group, kind.version].filter((part) => part !== '').join('/'),
    kind: kind.kind,
    ...(namespace !== undefined && { namespace }),
    name,
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

function subjectOf(
  groupKind: string,
  subResource: string,
  current: object | null | undefined,
  oldObject: object | null | undefined,
): Subject {
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

/** What messages call the object: the same in both phases, so that warnings that differ in nothing are shown once. */
function shownObject(subject: Subject, kind: string, namespace: string | undefined, name: string): string {
  const plain = namespace === undefined || namespace === '' ? name : name === '' ? namespace : `${namespace}/${name}`;
  const shown = `${kind} ${/^[\w./*-]{1,512}$/.test(plain) ? plain : quote(plain)}`;
  return subject.kind === 'template' ? `${shown} (${subject.prefix.slice(0, -1)})` : shown;
}

/**
 * A name that the API server generates is made between the two webhooks, so a new object goes by what such a name begins
 * with in both. Where a collection is deleted, the request names no object, and the object itself does.
 */
function shownName({ name = '', operation, object, oldObject }: AdmissionRequest): string {
  const { name: own = '', generateName = '' } = metadataOf(object ?? oldObject);
  if (operation === 'CREATE' && isGenerated(name, generateName)) return `${generateName}*`;
  return name === '' ? own : name;
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

type PlainMetadata = Readonly<Partial<Record<'name' | 'generateName' | 'namespace', string>>>;

/** What of an object's metadata names it, whether or not the rest of it is as it should be. */
function metadataOf(object: object | null | undefined): PlainMetadata {
  const metadata = (object as { readonly metadata?: unknown } | null | undefined)?.metadata;
  if (typeof metadata !== 'object' || metadata === null) return {};
  const { name, generateName, namespace } = metadata as Readonly<Record<keyof PlainMetadata, unknown>>;
  return {
    ...(typeof name === 'string' && { name }),
    ...(typeof generateName === 'string' && { generateName }),
    ...(typeof namespace === 'string' && { namespace }),
  };
}
