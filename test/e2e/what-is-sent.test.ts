import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { parse } from 'yaml';
import { reviewOfRequest, type AdmissionRequest } from '../../src/admission/decode-review.ts';
import { podQuestion, withUse } from '../../src/policy/checks/runtime-class-deletion.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import type { Phase } from '../../src/policy/review.ts';
import { policyFolders, type PolicyFolder } from '../support/worlds/policy-fixtures.ts';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { ApiClient, type ApiAnswer } from '../support/cluster/api-client.ts';
import { FixtureRequests, ownRefusals, requestsOf } from './scenarios/fixture-requests.ts';
import { RecordingWebhooks } from './scenarios/recording-webhooks.ts';

jest.setTimeout(120_000);

let cluster: LeasedCluster;
let api: ApiClient;
let requests: FixtureRequests;
let webhooks: RecordingWebhooks;

beforeAll(async () => {
  cluster = await LeasedCluster.lease();
  api = new ApiClient(cluster);
  requests = new FixtureRequests(api);
  webhooks = await RecordingWebhooks.start(cluster, api);
}, 60_000);

afterAll(async () => {
  await webhooks.stop();
  api.close();
  await cluster.release();
});

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
    await requests.store(folder);
    const document = parse(readFileSync(path.join(folder.directory, 'configuration.yaml'), 'utf8')) as object;
    const { apiVersion: _, kind: __, ...config } = document as Readonly<Record<string, unknown>>;
    await webhooks.register(config);
  });

  let seen = 0;

  afterAll(async () => {
    await webhooks.unregister();
    await requests.remove(folder);
    // Or the API server would have refused them all, and nothing would have been shown.
    expect(seen).toBeGreaterThan(0);
  });

  test.each([...folder.fail, ...folder.pass])('$name is sent where a policy has to do with it', async (fixture) => {
    for (const request of requestsOf(fixture)) {
      let answer: ApiAnswer | undefined;
      await requests.storeOld(request);
      const sent = await webhooks.during(async () => {
        answer = await requests.ask(request);
      });
      await requests.removeOld(request);
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
