import fc from 'fast-check';
import type { Pod } from '../../../src/generated/objects.ts';
import { annotations } from './arbitrary-annotations.ts';
import { className, oddText } from './arbitrary-names.ts';

const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 6 });

const spec = fc.record(
  {
    runtimeClassName: fc.oneof(
      { weight: 8, arbitrary: className },
      { weight: 2, arbitrary: fc.constant('') },
      { weight: 1, arbitrary: fc.constant(null) },
    ),
    hostNetwork: orNull(fc.boolean()),
    hostPID: orNull(fc.boolean()),
    nodeSelector: fc.constant(null),
    tolerations: fc.constant(null),
    containers: fc.constant<{ name: string; image: string; volumeMounts: null }[]>([
      { name: 'main', image: 'nginx', volumeMounts: null },
    ]),
  },
  { requiredKeys: ['runtimeClassName'], noNullPrototype: true },
);

const metadata = fc.record(
  {
    name: orNull(fc.constantFrom('web', 'web-x1')),
    generateName: orNull(fc.oneof(fc.constantFrom('', 'web-'), oddText)),
    labels: fc.constant(null),
    annotations,
    deletionTimestamp: fc.option(fc.constant('2026-01-01T00:00:00Z'), { freq: 12 }),
    uid: fc.constant('x'),
  },
  { requiredKeys: [], noNullPrototype: true },
);

/** A pod as a user or another webhook may send it; any part may be missing, or null where Kubernetes allows null. */
export const pod: fc.Arbitrary<Pod> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ metadata, spec }, { noNullPrototype: true }) },
  { weight: 1, arbitrary: fc.record({ metadata, spec }, { requiredKeys: [], noNullPrototype: true }) },
);
