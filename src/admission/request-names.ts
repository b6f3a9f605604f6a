import { MalformedReviewError, type AdmissionRequest } from './decode-review.ts';

/**
 * What the API server takes as a name in a path, and what is not invisible. What a kind makes of names is left to the API
 * server, which mutating webhooks come before: it says better what is wrong with a name that somebody mistyped.
 *
 * Source: k8s.io/apimachinery, pkg/api/validation/path, IsValidPathSegmentName; Object Names and IDs, "DNS Subdomain Names".
 */
const unusualName = /^(?!\.{1,2}$)[^/%\p{C}\p{Zl}\p{Zp}]{0,253}$/u;

/** Nearly all names are such. */
const usualName = /^(?:[a-z0-9][-.a-z0-9]{0,252})?$/;

/** Source: Kubernetes, Object Names and IDs, "RFC 1123 Label Names". */
const namespaceName = /^(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)?$/;

/** API groups are DNS names, versions and resources labels; kinds are words. */
const groupName = /^[-.a-z0-9]{0,253}$/;
const versionOrResource = /^[-a-z0-9]{0,63}$/;
const subresourceName = /^[-a-zA-Z0-9/]{0,253}$/;
const kindName = /^[a-zA-Z][a-zA-Z0-9]{0,62}$/;

/**
 * Checks that an API server may have sent a request, before anything that it names is looked up or logged: others can ask
 * too.
 *
 * @throws MalformedReviewError where it has a name that no API server would send
 */
export function checkNames(request: AdmissionRequest): void {
  const field = impossibleName(request);
  if (field !== undefined) throw new MalformedReviewError(`${field} is no name that Kubernetes takes`);
}

/** @returns the field with such a name, undefined where there is none */
function impossibleName(request: AdmissionRequest): string | undefined {
  const { kind, resource, subResource = '', name = '', namespace = '' } = request;
  if (!isObjectName(name)) return 'request.name';
  if (!namespaceName.test(namespace)) return 'request.namespace';
  if (!versionOrResource.test(resource.resource)) return 'request.resource.resource';
  if (!groupName.test(resource.group ?? '')) return 'request.resource.group';
  if (!versionOrResource.test(resource.version ?? '')) return 'request.resource.version';
  if (!subresourceName.test(subResource)) return 'request.subResource';
  if (!kindName.test(kind.kind)) return 'request.kind.kind';
  if (!groupName.test(kind.group ?? '')) return 'request.kind.group';
  if (!versionOrResource.test(kind.version ?? '')) return 'request.kind.version';
  return impossibleNameInObject(request);
}

/** The API server finds the class before it calls a webhook. */
function impossibleNameInObject({ object }: AdmissionRequest): string | undefined {
  const { metadata, spec } = (object ?? {}) as { readonly metadata?: unknown; readonly spec?: unknown };
  const className = textAt(spec, 'runtimeClassName');
  if (!isObjectName(className)) return 'request.object.spec.runtimeClassName';
  return isObjectName(textAt(metadata, 'name')) ? undefined : 'request.object.metadata.name';
}

function isObjectName(name: string): boolean {
  return usualName.test(name) || unusualName.test(name);
}

/** The text that a member holds; empty where it holds none, of which the schemas of objects speak. */
function textAt(object: unknown, member: string): string {
  if (typeof object !== 'object' || object === null || !Object.hasOwn(object, member)) return '';
  const value = (object as Readonly<Record<string, unknown>>)[member];
  return typeof value === 'string' ? value : '';
}
