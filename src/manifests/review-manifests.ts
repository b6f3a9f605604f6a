import { admitInFull, type FullAdmission } from '../admission/admit-in-full.ts';
import { decodeAdmissionReview, MalformedReviewError, type AdmissionRequest } from '../admission/decode-review.ts';
import { isWorkload } from '../admission/pod-template-place.ts';
import type { LocatedFinding } from '../finding/located-finding.ts';
import { finding } from '../finding/finding.ts';
import type { World } from '../policy/world.ts';
import { groupKindOf } from '../admission/pod-template-place.ts';
import { apiServerRefusals } from './api-server-refusals.ts';
import type { ManifestObject, ManifestSource } from './read-manifests.ts';

/** The verdict on one object of a manifest. */
export type ManifestReview = FullAdmission & {
  readonly object: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
  };
  readonly source: ManifestSource;
};

/** An object, wherever it is from. */
type UnplacedObject = Omit<ManifestObject, 'source'>;

/**
 * Reviews objects as the webhooks would when they are created, and recorded AdmissionReviews as what they ask.
 *
 * @returns the reviews, and a finding for each object that could not be reviewed
 */
export function reviewManifests(
  objects: readonly ManifestObject[],
  world: World,
): { readonly reviews: readonly ManifestReview[]; readonly findings: readonly LocatedFinding[] } {
  const reviews: ManifestReview[] = [];
  const findings: LocatedFinding[] = [];
  for (const object of objects) {
    try {
      reviews.push(asApiServer(object, reviewObject(object, world)));
    } catch (error) {
      if (!(error instanceof MalformedReviewError)) throw error;
      const message = `This ${object.kind} cannot be reviewed: ${error.message}.`;
      const source = { ...object.source, column: 1 };
      findings.push({ ...finding('UnreadableManifest', { field: '', message }), source });
    }
  }
  return { reviews, findings };
}

/** What the API server refuses by itself is denied, whatever the webhooks would say of it. */
function asApiServer(object: ManifestObject, review: ManifestReview): ManifestReview {
  const refusals = apiServerRefusals(object);
  if (refusals.length === 0) return review;
  return { ...review, allowed: false, findings: [...refusals, ...review.findings], patch: [] };
}

function reviewObject(manifest: ManifestObject, world: World): ManifestReview {
  const request = requestFor(manifest);
  const { kind, namespace, name } = request;
  return {
    object: {
      apiVersion: [kind.group ?? '', kind.version ?? ''].filter((part) => part !== '').join('/'),
      kind: kind.kind,
      ...(namespace !== undefined && { namespace }),
      name: name ?? '',
    },
    source: manifest.source,
    ...admitInFull(request, world),
  };
}

/**
 * What the API server would ask about an object that is created, or what a recorded AdmissionReview asks.
 *
 * @throws MalformedReviewError where a recorded one is none
 */
export function requestFor(manifest: UnplacedObject): AdmissionRequest {
  return manifest.kind === 'AdmissionReview' ? recordedRequest(manifest) : creation(manifest);
}

function recordedRequest({ value }: UnplacedObject): AdmissionRequest {
  return decodeAdmissionReview(Buffer.from(JSON.stringify(value)));
}

/** The request that `kubectl create` would lead to. */
function creation(manifest: UnplacedObject): AdmissionRequest {
  const { apiVersion, kind, value } = manifest;
  const metadata = metadataOf(value);
  const group = groupKindOf(manifest).split('/')[0] ?? '';
  const namespace = metadata.namespace ?? (isWorkload(`${group}/${kind}`) ? 'default' : undefined);
  const name = metadata.name ?? (metadata.generateName === undefined ? undefined : `${metadata.generateName}*`);
  return {
    uid: 'manifest',
    kind: { group, version: apiVersion.slice(group === '' ? 0 : group.length + 1), kind },
    resource: { group, resource: `${kind.toLowerCase()}s` },
    operation: 'CREATE',
    userInfo: {},
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
    object: value,
    oldObject: null,
  };
}

type PlainMetadata = Readonly<Record<'name' | 'generateName' | 'namespace', string | undefined>>;

function metadataOf(value: object): PlainMetadata {
  const metadata: unknown = (value as { readonly metadata?: unknown }).metadata;
  const read = (field: string) => {
    const found: unknown =
      typeof metadata === 'object' && metadata !== null
        ? (metadata as Readonly<Record<string, unknown>>)[field]
        : undefined;
    return typeof found === 'string' ? found : undefined;
  };
  return { name: read('name'), generateName: read('generateName'), namespace: read('namespace') };
}
