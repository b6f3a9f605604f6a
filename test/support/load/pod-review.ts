import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import jsonPatch, { type Operation } from 'fast-json-patch';

type Recorded = { readonly request: { readonly object: Pod } };

type Pod = {
  readonly metadata: { readonly managedFields: readonly { readonly fieldsV1: FieldSet }[] };
  readonly spec: { readonly containers: readonly Container[] };
};

type Container = { readonly name: string; readonly image: string };

type FieldSet = { readonly [field: string]: FieldSet };

const recorded = join(import.meta.dirname, '..', '..', 'fixtures', 'admission-reviews');

/** What a pod of a real service measures, managed fields included. */
const podBytes = 6 * 1024;

/**
 * The recorded review of a sandboxed pod, which gets a patch, grown to 6 KiB by what makes real pods large: sidecars, their
 * environment, and managed fields that list all of it. In one line, as the API server writes it.
 */
export async function makeMutatingReview(): Promise<string> {
  const text = await readFile(join(recorded, '009-mutate-pod-create-sandboxed.json'), 'utf8');
  const review = JSON.parse(text) as Recorded;
  let pod = review.request.object;
  for (let sidecars = 1; byteLength(pod) < podBytes; sidecars++) pod = withSidecar(pod, sidecars);
  return JSON.stringify({ ...review, request: { ...review.request, object: pod } });
}

/** The same review as the validating webhook gets it: with the patch that the mutating one answered applied. */
export function makeValidatingReview(mutating: string, patch: readonly Operation[]): string {
  const review = JSON.parse(mutating) as Recorded;
  const object = jsonPatch.applyPatch(review.request.object, [...patch], true).newDocument;
  return JSON.stringify({ ...review, request: { ...review.request, object } });
}

/** Bytes of the pod in a review. */
export function podBytesOf(review: string): number {
  return byteLength((JSON.parse(review) as Recorded).request.object);
}

function withSidecar(pod: Pod, number: number): Pod {
  const [model] = pod.spec.containers;
  if (model === undefined) throw new Error('the recorded pod has no container');
  const environment = ['LOG_LEVEL', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_SERVICE_NAME', 'HTTP_LISTEN_ADDRESS'];
  const sidecar = {
    ...model,
    name: `sidecar-${number}`,
    image: `registry.example.com/platform/sidecar-${number}:v1.${number}.0`,
    env: environment.map((name) => ({ name, value: `http://collector.observability.svc:${4317 + number}` })),
    ports: [{ name: `metrics-${number}`, containerPort: 9090 + number, protocol: 'TCP' }],
  };
  const owned = {
    '.': {},
    'f:env': Object.fromEntries(
      environment.map((name) => [`k:{"name":"${name}"}`, { '.': {}, 'f:name': {}, 'f:value': {} }]),
    ),
    'f:image': {},
    'f:imagePullPolicy': {},
    'f:name': {},
    'f:ports': { '.': {}, [`k:{"containerPort":${9090 + number},"protocol":"TCP"}`]: { '.': {}, 'f:name': {} } },
    'f:resources': {},
  };
  const managedFields = pod.metadata.managedFields.map((entry) => ({
    ...entry,
    fieldsV1: withContainerFields(entry.fieldsV1, sidecar.name, owned),
  }));
  return {
    ...pod,
    metadata: { ...pod.metadata, managedFields },
    spec: { ...pod.spec, containers: [...pod.spec.containers, sidecar] },
  };
}

function withContainerFields(fields: FieldSet, name: string, owned: FieldSet): FieldSet {
  const spec = fields['f:spec'] ?? {};
  const containers = { ...spec['f:containers'], [`k:{"name":"${name}"}`]: owned };
  return { ...fields, 'f:spec': { ...spec, 'f:containers': containers } };
}

function byteLength(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
