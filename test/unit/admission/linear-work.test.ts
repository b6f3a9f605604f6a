import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkAdmissionReview } from '../../../src/admission/decode-review.ts';
import { admit } from '../../support/worlds/answered.ts';
import { requestFields, type ReviewedKind } from '../../support/worlds/request-of.ts';
import { nodeOf } from '../../support/worlds/world-of.ts';
import { annotatedWorld } from '../policy/annotated-world.ts';

/**
 * Judging a request reads each of its values a few times: no more than so many reads for each value that is in it, and so
 * many beside, in both webhooks together, whatever it is made of. What is read of strings is not counted: their length is
 * looked at, and what is looked through is bounded where that is done (a value by 8,192 characters, annotations together by
 * 256 KiB, names and messages by less).
 */
const maxReadsOfValue = 60;
const maxOtherReads = 500;

/** A value in which every read of a field, of a key and of the list of keys is counted. */
function counted(value: unknown, onReads: (count: number) => void): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get: (target, key, receiver) => {
      onReads(1);
      return counted(Reflect.get(target, key, receiver), onReads);
    },
    has: (target, key) => {
      onReads(1);
      return Reflect.has(target, key);
    },
    ownKeys: (target) => {
      const keys = Reflect.ownKeys(target);
      onReads(keys.length);
      return keys;
    },
    getOwnPropertyDescriptor: (target, key) => {
      onReads(1);
      return Reflect.getOwnPropertyDescriptor(target, key);
    },
  });
}

function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, one) => sum + valuesIn(one), 1);
}

/** How much of each kind of thing an object has. */
type Amounts = Readonly<Record<'managed' | 'guarded' | 'other' | 'labels' | 'tolerations' | 'surplus', number>>;

const kinds: readonly ReviewedKind[] = ['Pod', 'Deployment', 'CronJob', 'RuntimeClass', 'Binding', 'ConfigMap'];

/** Sizes that matter: nothing, a few, more than is ever named, and many. */
const amount = fc.constantFrom(0, 1, 20, 1_000);

const amounts: fc.Arbitrary<Amounts> = fc.record({
  managed: amount,
  guarded: amount,
  other: amount,
  labels: amount,
  tolerations: amount,
  surplus: amount,
});

function record(count: number, prefix: string, value: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, value]));
}

function objectOf(kind: ReviewedKind, { managed, guarded, other, labels, tolerations, surplus }: Amounts): object {
  const annotations = {
    ...record(managed, 'shimgate.dev/', 'x'),
    ...record(guarded, 'io.katacontainers.config.hypervisor.', '/x'),
    ...record(other, 'example.com/', ''),
  };
  const placement = {
    nodeSelector: record(labels, 'pool-', 'x'),
    tolerations: Array.from({ length: tolerations }, (_, index) => ({ key: `taint-${index}`, operator: 'Exists' })),
  };
  const metadata = { name: 'web', annotations };
  const containers = Array.from({ length: surplus }, (_, index) => ({ name: `c${index}`, image: 'sample' }));
  const pod = { metadata, spec: { runtimeClassName: 'vm', ...placement, containers } };
  if (kind === 'RuntimeClass')
    return { metadata, handler: 'kata', scheduling: placement, overhead: { podFixed: record(surplus, 'r', '1') } };
  if (kind === 'Deployment') return { metadata, spec: { template: pod } };
  if (kind === 'CronJob') return { metadata, spec: { jobTemplate: { spec: { template: pod } } } };
  return pod;
}

const taints = Array.from({ length: 3 }, (_, index) => ({ key: `taint-${index}`, effect: 'NoSchedule' }));

const world = annotatedWorld(
  {},
  {
    nodes: Array.from({ length: 20 }, (_, index) =>
      nodeOf(`n${index}`, index % 2 ? ['kata'] : ['runc'], { labels: { 'pool-0': 'x' }, taints }),
    ),
  },
);

test('judging a request reads each of its values a bounded number of times, whatever it is made of', () => {
  const operation = fc.constantFrom('CREATE', 'UPDATE');
  fc.assert(
    fc.property(fc.constantFrom(...kinds), operation, amounts, amounts, (kind, asked, now, before) => {
      const old = asked === 'UPDATE' ? objectOf(kind, before) : null;
      const fields = requestFields(kind, { operation: asked, object: objectOf(kind, now), oldObject: old });
      const body = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: fields };
      let reads = 0;
      const request = checkAdmissionReview(counted(body, (count) => (reads += count)));
      for (const phase of ['mutating', 'validating'] as const) admit(request, phase, world);
      expect(reads).toBeLessThanOrEqual(maxReadsOfValue * valuesIn(body) + maxOtherReads);
    }),
    { numRuns: 60 },
  );
});
