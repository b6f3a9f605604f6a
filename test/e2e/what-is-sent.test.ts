import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { parse } from 'yaml';
import {
  checkAdmissionReview,
  reviewOfCreation,
  reviewOfRequest,
  type AdmissionRequest,
} from '../../src/admission/decode-review.ts';
import { parseManifests, type ManifestObject } from '../../src/manifests/read-manifests.ts';
import { podQuestion, withUse } from '../../src/policy/checks/runtime-class-deletion.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import type { Phase } from '../../src/policy/review.ts';
import { policyFolders, type PolicyFixture, type PolicyFolder } from '../support/worlds/policy-fixtures.ts';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { ApiClient, type ApiAnswer } from '../support/cluster/api-client.ts';
import { RecordingWebhooks } from './scenarios/recording-webhooks.ts';

jest.setTimeout(120_000);

let cluster: LeasedCluster;
let api: ApiClient;
let webhooks: RecordingWebhooks;

beforeAll(async () => {
  cluster = await LeasedCluster.lease();
  api = new ApiClient(cluster);
  webhooks = await RecordingWebhooks.start(cluster, api);
}, 60_000);

afterAll(async () => {
  await webhooks.stop();
  api.close();
  await cluster.release();
});

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

/** Sends what a review is about to the API server, without effect. */
function ask({
  kind,
  namespace,
  name = '',
  operation,
  subResource = '',
  object,
}: AdmissionRequest): Promise<ApiAnswer> {
  const collection = placeOf(kind.kind === 'Binding' && subResource !== '' ? 'Pod' : kind.kind, namespace);
  const one = `${collection}/${name}${subResource === '' ? '' : `/${subResource}`}`;
  switch (operation) {
    case 'CREATE':
      return api.send('POST', `${subResource === '' ? collection : one}?dryRun=All`, object ?? {});
    case 'UPDATE':
      return api.send('PUT', `${one}?dryRun=All`, object ?? {});
    case 'DELETE':
      return api.send('DELETE', `${one}?dryRun=All`);
    case 'CONNECT':
      throw new Error('nobody connects to what a policy judges');
  }
}

/** What the API server says to an object that it refuses itself, so that it comes no further. */
const ownRefusals = /pod rejected: |conflict: runtimeClass|is invalid|cannot be handled as/;

/** The webhooks of which shimgate would do or say something, by their paths. */
function concerned(request: AdmissionRequest, { world, findPods }: PolicyFolder): readonly string[] {
  const review = reviewOfRequest(request);
  return (['mutating', 'validating'] satisfies Phase[])
    .filter((phase) => {
      const question = podQuestion(review, phase, world.configuration);
      const asked = withUse(review, question && findPods(question));
      const { findings, edits, defaultClass, decision } = evaluate(asked, phase, world);
      return findings.length + edits.size > 0 || defaultClass !== undefined || decision !== 'allow';
    })
    .map((phase) => (phase === 'mutating' ? '/mutate' : '/validate'));
}

const mutated: ReadonlySet<string> = new Set(['Pod', 'RuntimeClass']);

/** Whether the mutating webhook is asked about such a request at all. */
function isMutated({ kind, operation, subResource = '' }: AdmissionRequest): boolean {
  return mutated.has(kind.kind) && operation !== 'DELETE' && subResource === '';
}

describe.each(policyFolders())('of the objects of $id', (folder) => {
  beforeAll(async () => {
    await store(folder);
    const document = parse(readFileSync(path.join(folder.directory, 'configuration.yaml'), 'utf8')) as object;
    const { apiVersion: _, kind: __, ...config } = document as Readonly<Record<string, unknown>>;
    await webhooks.register(config);
  });

  let seen = 0;

  afterAll(async () => {
    await webhooks.unregister();
    await remove(folder);
    // Or the API server would have refused them all, and nothing would have been shown.
    expect(seen).toBeGreaterThan(0);
  });

  test.each([...folder.fail, ...folder.pass])('$name is sent where a policy has to do with it', async (fixture) => {
    for (const request of requestsOf(fixture)) {
      let answer: ApiAnswer | undefined;
      await storeOld(request);
      const sent = await webhooks.during(async () => {
        answer = await ask(request);
      });
      await removeOld(request);
      const expected = concerned(request, folder).filter((one) => one !== '/mutate' || isMutated(request));
      const missing = expected.filter((one) => !sent.includes(one));
      if (expected.length > 0 && missing.length === 0) seen++;
      if (missing.length === 0) continue;
      // What the API server refuses by itself comes no further, and is never stored.
      expect(answer?.text).toMatch(ownRefusals);
      expect(answer?.status).toBeGreaterThanOrEqual(400);
    }
  });
});

test('what is sent back because a replica has too much to do is sent again, and comes in', async () => {
  await webhooks.register({ mode: 'enforce' });
  webhooks.refuseNext(2);
  const made = { metadata: { name: 'patient' }, handler: 'runc' };
  const sent = await webhooks.during(async () => {
    const { status } = await api.send('POST', '/apis/node.k8s.io/v1/runtimeclasses?dryRun=All', made);
    expect(status).toBe(201);
  });
  await webhooks.unregister();
  expect(sent).toEqual(['/mutate', '/mutate', '/mutate', '/validate']);
});

test('a pod that no rule concerns is not sent', async () => {
  await webhooks.register({ mode: 'enforce' });
  const sent = await webhooks.during(async () => {
    const pod = { metadata: { name: 'plain' }, spec: { containers: [{ name: 'main', image: 'nginx' }] } };
    expect(await api.send('POST', '/api/v1/namespaces/default/pods?dryRun=All', pod)).toMatchObject({ status: 201 });
  });
  await webhooks.unregister();
  expect(sent).toEqual([]);
});

function requestsOf({ objects }: PolicyFixture): readonly AdmissionRequest[] {
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

/** What an update or a deletion is about has to be there. Nobody refuses it: the webhooks allow all. */
async function storeOld({ kind, namespace, oldObject }: AdmissionRequest): Promise<void> {
  if (oldObject === null || oldObject === undefined) return;
  const { status, text } = await api.send('POST', placeOf(kind.kind, namespace), oldObject);
  // A class of the folder's cluster is there already.
  if (status !== 201 && status !== 409) expect(text).toMatch(ownRefusals);
}

async function removeOld({ kind, namespace, oldObject }: AdmissionRequest): Promise<void> {
  if (oldObject === null || oldObject === undefined) return;
  const { name = '' } = (oldObject as { readonly metadata: { readonly name?: string } }).metadata;
  await api.send('DELETE', `${placeOf(kind.kind, namespace)}/${name}?gracePeriodSeconds=0`);
}

/** The cluster of a folder, and the namespaces of its objects, stored while no webhook is there. */
async function store(folder: PolicyFolder): Promise<void> {
  const text = readFileSync(path.join(folder.directory, 'cluster.yaml'));
  for (const { kind, value } of parseManifests(text, 'cluster.yaml').objects) {
    if (isIrrelevant(kind)) continue;
    const { metadata } = value as { readonly metadata: { readonly namespace?: string } };
    await api.send('POST', placeOf(kind, metadata.namespace), value);
  }
  const requests = [...folder.fail, ...folder.pass].flatMap(requestsOf);
  const namespaces = new Set(requests.flatMap(({ namespace }) => namespace ?? []));
  for (const name of namespaces) {
    await api.send('POST', '/api/v1/namespaces', { metadata: { name } });
    // Pods are refused until the namespace's own account is there; the controller makes it a moment later.
    await api.send('POST', `/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } });
  }
}

async function remove(folder: PolicyFolder): Promise<void> {
  const text = readFileSync(path.join(folder.directory, 'cluster.yaml'));
  for (const { kind, value } of parseManifests(text, 'cluster.yaml').objects) {
    const { metadata } = value as { readonly metadata: { readonly namespace?: string; readonly name: string } };
    if (kind !== 'Namespace' && !isIrrelevant(kind))
      await api.send('DELETE', `${placeOf(kind, metadata.namespace)}/${metadata.name}?gracePeriodSeconds=0`);
  }
}
