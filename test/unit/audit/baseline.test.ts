import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AuditFinding } from '../../../src/audit/audit-finding.ts';
import { Baseline, BaselineMaker, fingerprintOf } from '../../../src/audit/baseline.ts';
import { findingsOf, podObject } from '../../support/reports/audit-of.ts';

type Owner = { readonly kind: string; readonly name: string; readonly apiVersion?: string };

const podOf = (
  name: string,
  owner: Owner | undefined,
  more: object = {},
  labels: Readonly<Record<string, string>> = {},
) => {
  const pod = podObject(name, { runtimeClassName: 'nosuch', ...more });
  const ownerReferences = owner && [{ apiVersion: 'apps/v1', uid: name, controller: true, ...owner }];
  return { ...pod, metadata: { ...pod.metadata, labels, ...(ownerReferences && { ownerReferences }) } };
};

const fingerprints = async (object: object) => (await findingsOf({ objects: [object] })).map(fingerprintOf).toSorted();

const ofReplicaSet = (hash: string, name: string, more: object = {}) =>
  podOf(name, { kind: 'ReplicaSet', name: `web-${hash}` }, more, { 'pod-template-hash': hash });

describe('a fingerprint stays', () => {
  test.each<readonly [string, object, object]>([
    ['for another pod of a ReplicaSet', ofReplicaSet('abc', 'web-abc-x'), ofReplicaSet('abc', 'web-abc-y')],
    [
      'for a pod of the next rollout of a Deployment',
      ofReplicaSet('abc', 'web-abc-x'),
      ofReplicaSet('def', 'web-def-x'),
    ],
    [
      'for a pod of the next Job of a CronJob',
      podOf('backup-29400000-x', { kind: 'Job', name: 'backup-29400000', apiVersion: 'batch/v1' }),
      podOf('backup-29400060-y', { kind: 'Job', name: 'backup-29400060', apiVersion: 'batch/v1' }),
    ],
    [
      'under another version of the API',
      podOf('web-0', { kind: 'StatefulSet', name: 'web' }),
      podOf('web-1', { kind: 'StatefulSet', name: 'web', apiVersion: 'apps/v2' }),
    ],
  ])('%s', async (_, before, after) => {
    expect(await fingerprints(before)).toEqual(await fingerprints(after));
  });

  test('where the lines of a file move', async () => {
    const [found] = await findingsOf({ objects: [podOf('p', undefined)] });
    const moved = await findingsOf({ objects: [podObject('first'), podOf('p', undefined)] });
    expect(found?.source?.line).not.toBe(moved[0]?.source?.line);
    expect(moved.map(fingerprintOf)).toEqual(found && [fingerprintOf(found)]);
  });
});

describe('a fingerprint is another', () => {
  const annotated = (value: string) =>
    podOf('p', undefined, { annotations: { 'io.katacontainers.config.hypervisor.path': value } });
  const ofNode = { kind: 'Node', name: 'node-1', apiVersion: 'v1' };

  test.each<readonly [string, object, object]>([
    ['for a pod of another owner', ofReplicaSet('abc', 'p'), podOf('p', { kind: 'ReplicaSet', name: 'other-abc' })],
    ['for a pod by itself with another name', podOf('p', undefined), podOf('q', undefined)],
    ['for another class', podOf('p', undefined), podOf('p', undefined, { runtimeClassName: 'other' })],
    ['for another value of an annotation', annotated('/opt/kata/bin/qemu'), annotated('/bin/sh')],
    ['for another static pod of a node', podOf('proxy-node-1', ofNode), podOf('other-node-1', ofNode)],
  ])('%s', async (_, one, other) => {
    expect(await fingerprints(one)).not.toEqual(await fingerprints(other));
  });

  test('for another fault in the same file, and for what else cannot be listed', () => {
    const about = (message: string, kind = 'File'): AuditFinding => ({
      ...{ code: 'UnreadableManifest', severity: 'error', field: '', fix: '' },
      ...{ message, object: { apiVersion: '', kind, name: 'a.yaml' } },
    });
    expect(fingerprintOf(about('Line 3 is no YAML.'))).toBe(fingerprintOf(about('Line 12 is no YAML.')));
    expect(fingerprintOf(about('There is no kind.'))).not.toBe(fingerprintOf(about('There is no name.')));
    const listing = (what: string) => fingerprintOf(about(`cannot list ${what}: forbidden`, 'Cluster'));
    expect(listing('pods in a')).not.toBe(listing('pods in b'));
  });
});

describe('a baseline', () => {
  const now = Date.parse('2026-11-28T12:00:00Z');
  const made = async (objects: readonly object[]) => {
    const maker = new BaselineMaker();
    const found = await findingsOf({ objects });
    found.forEach((one) => {
      maker.add(one);
    });
    return { found, document: maker.document(undefined) };
  };
  const opened = ({ findings }: ReturnType<BaselineMaker['document']>, more: object = {}) =>
    new Baseline(
      findings.map((entry, index) => ({ ...entry, ...more, line: index + 1 })),
      now,
    );

  test('has pods of one owner once, whatever the order of reading', async () => {
    const objects = ['x', 'y', 'z'].map((end) => ofReplicaSet('abc', `web-abc-${end}`));
    const { document } = await made(objects);
    expect(document.findings).toMatchObject([
      { code: 'RuntimeClassNotFound', about: 'Pod of Deployment default/web: spec.runtimeClassName' },
    ]);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(objects, { minLength: 1 }), async (some) => {
        expect((await made(some)).document).toEqual(document);
      }),
      { numRuns: 10 },
    );
  });

  test('covers what it was made of, and names nothing as stale then', async () => {
    const { found, document } = await made([podOf('p', undefined), podOf('q', undefined)]);
    const baseline = opened(document);
    expect(found.map((one) => baseline.covers(one))).toEqual([true, true]);
    expect([baseline.known, baseline.expired, baseline.stale]).toEqual([2, [], []]);
  });

  test('covers nothing new, and names what is there no more', async () => {
    const { document } = await made([podOf('p', undefined)]);
    const { found } = await made([podOf('q', undefined)]);
    const baseline = opened(document);
    expect(found.map((one) => baseline.covers(one))).toEqual([false]);
    expect(baseline.stale).toMatchObject([{ line: 1, about: 'Pod default/p: spec.runtimeClassName' }]);
  });

  test.each([
    ['2026-11-28', true, 0],
    ['2026-11-27', false, 1],
  ])('with an entry until %s covers its finding on the 28th: %s', async (until, isCovered, expired) => {
    const { found, document } = await made([podOf('p', undefined)]);
    const baseline = opened(document, { until });
    expect(found.map((one) => baseline.covers(one))).toEqual([isCovered]);
    expect(baseline.expired).toHaveLength(expired);
  });

  test('keeps in the next one what somebody wrote in it', async () => {
    const { found, document } = await made([podOf('p', undefined)]);
    const maker = new BaselineMaker();
    found.forEach((one) => {
      maker.add(one);
    });
    const remarks = { until: '2027-01-31', reason: 'Moves with the next pool.' };
    expect(maker.document(opened(document, remarks)).findings).toMatchObject([remarks]);
  });
});
