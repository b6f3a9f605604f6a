import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from '@jest/globals';
import { checkAdmissionReview, reviewOfCreation, type AdmissionRequest } from '../../../src/admission/decode-review.ts';
import { parseManifests, type ManifestObject } from '../../../src/manifests/read-manifests.ts';
import type { ApiAnswer, ApiClient } from '../../support/cluster/api-client.ts';
import type { PolicyFixture, PolicyFolder } from '../../support/worlds/policy-fixtures.ts';

/** Where objects of a kind are; those that have a namespace. */
const places: Readonly<Record<string, string>> = {
  Binding: '/api/v1/namespaces/NAMESPACE/bindings',
  CronJob: '/apis/batch/v1/namespaces/NAMESPACE/cronjobs',
  DaemonSet: '/apis/apps/v1/namespaces/NAMESPACE/daemonsets',
  Deployment: '/apis/apps/v1/namespaces/NAMESPACE/deployments',
  Job: '/apis/batch/v1/namespaces/NAMESPACE/jobs',
  Namespace: '/api/v1/namespaces',
  Node: '/api/v1/nodes',
  Pod: '/api/v1/namespaces/NAMESPACE/pods',
  PodTemplate: '/api/v1/namespaces/NAMESPACE/podtemplates',
  ReplicaSet: '/apis/apps/v1/namespaces/NAMESPACE/replicasets',
  ReplicationController: '/api/v1/namespaces/NAMESPACE/replicationcontrollers',
  RuntimeClass: '/apis/node.k8s.io/v1/runtimeclasses',
  StatefulSet: '/apis/apps/v1/namespaces/NAMESPACE/statefulsets',
};

/** What the API server does not look at when it decides what is sent. */
const isIrrelevant = (kind: string) => kind === 'NodeRuntimes';

function placeOf(kind: string, namespace: string | undefined): string {
  const place = places[kind];
  if (place === undefined) throw new Error(`where are objects of kind ${kind}?`);
  return place.replace('NAMESPACE', namespace ?? 'default');
}

/** What the API server says to an object that it refuses itself, so that it comes no further. */
export const ownRefusals = /pod rejected: |conflict: runtimeClass|is invalid|cannot be handled as/;

/** Sends the fixtures of the policies to a real API server. */
export class FixtureRequests {
  readonly #api: ApiClient;

  constructor(api: ApiClient) {
    this.#api = api;
  }

  /** Sends what a review is about to the API server, without effect. */
  ask({ kind, namespace, name = '', operation, subResource = '', object }: AdmissionRequest): Promise<ApiAnswer> {
    const collection = placeOf(kind.kind === 'Binding' && subResource !== '' ? 'Pod' : kind.kind, namespace);
    const one = `${collection}/${name}${subResource === '' ? '' : `/${subResource}`}`;
    switch (operation) {
      case 'CREATE':
        return this.#api.send('POST', `${subResource === '' ? collection : one}?dryRun=All`, object ?? {});
      case 'UPDATE':
        return this.#api.send('PUT', `${one}?dryRun=All`, object ?? {});
      case 'DELETE':
        return this.#api.send('DELETE', `${one}?dryRun=All`);
      case 'CONNECT':
        throw new Error('nobody connects to what a policy judges');
    }
  }

  /** What an update or a deletion is about has to be there. Nobody refuses it: the webhooks allow all. */
  async storeOld({ kind, namespace, oldObject }: AdmissionRequest): Promise<void> {
    if (oldObject === null || oldObject === undefined) return;
    const { metadata, ...rest } = oldObject as { readonly metadata?: Readonly<Record<string, unknown>> };
    // What an API server says of a stored object nobody may say of a new one.
    const { resourceVersion: _, uid: __, ...given } = metadata ?? {};
    const object = { ...rest, metadata: given };
    const { status, text } = await this.#api.send('POST', placeOf(kind.kind, namespace), object);
    // A class of the folder's cluster is there already.
    if (status !== 201 && status !== 409) expect(text).toMatch(ownRefusals);
  }

  async removeOld({ kind, namespace, oldObject }: AdmissionRequest): Promise<void> {
    if (oldObject === null || oldObject === undefined) return;
    const { name = '' } = (oldObject as { readonly metadata: { readonly name?: string } }).metadata;
    await this.#api.send('DELETE', `${placeOf(kind.kind, namespace)}/${name}?gracePeriodSeconds=0`);
  }

  /** The cluster of a folder, and the namespaces of its objects, stored while no webhook is there. */
  async store(folder: PolicyFolder): Promise<void> {
    const text = readFileSync(path.join(folder.directory, 'cluster.yaml'));
    for (const { kind, value } of parseManifests(text, 'cluster.yaml').objects) {
      if (isIrrelevant(kind)) continue;
      const { metadata } = value as { readonly metadata: { readonly namespace?: string } };
      await this.#api.send('POST', placeOf(kind, metadata.namespace), value);
    }
    const requests = [...folder.fail, ...folder.pass].flatMap(requestsOf);
    const namespaces = new Set(requests.flatMap(({ namespace }) => namespace ?? []));
    for (const name of namespaces) {
      await this.#api.send('POST', '/api/v1/namespaces', { metadata: { name } });
      // Pods are refused until the namespace's own account is there; the controller makes it a moment later.
      await this.#api.send('POST', `/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } });
    }
  }

  async remove(folder: PolicyFolder): Promise<void> {
    const text = readFileSync(path.join(folder.directory, 'cluster.yaml'));
    for (const { kind, value } of parseManifests(text, 'cluster.yaml').objects) {
      const { metadata } = value as { readonly metadata: { readonly namespace?: string; readonly name: string } };
      if (kind !== 'Namespace' && !isIrrelevant(kind))
        await this.#api.send('DELETE', `${placeOf(kind, metadata.namespace)}/${metadata.name}?gracePeriodSeconds=0`);
    }
  }
}

/** What a fixture would have the API server ask. */
export function requestsOf({ objects }: PolicyFixture): readonly AdmissionRequest[] {
  return objects.map((object) =>
    object.kind === 'AdmissionReview' ? checkAdmissionReview(object.value) : creationOf(object),
  );
}

/** What the API server would ask about an object that is created. */
function creationOf({ apiVersion, kind, value }: ManifestObject): AdmissionRequest {
  const { namespace, request } = reviewOfCreation({ apiVersion, kind, value });
  return {
    ...request,
    name: request.name ?? '',
    resource: { group: request.kind.group, resource: request.resource },
    operation: 'CREATE',
    userInfo: {},
    ...(namespace !== undefined && { namespace }),
    object: value,
    oldObject: null,
  };
}
