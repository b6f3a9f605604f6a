import fc from 'fast-check';
import type { AdmissionRequest } from '../../../src/admission/decode-review.ts';
import { namespaceName, oddText } from './arbitrary-names.ts';
import { pod } from './arbitrary-pod.ts';
import { runtimeClass } from './arbitrary-world.ts';
import { requestOf, type ReviewedKind } from '../worlds/request-of.ts';

/** Who asks, and about what name; the rest of a request is given. */
const circumstances = fc.record(
  {
    uid: fc.constantFrom('1', 'a-b', '~'),
    name: fc.oneof(fc.constantFrom('web', ''), oddText),
    namespace: fc.oneof({ weight: 9, arbitrary: namespaceName }, { weight: 1, arbitrary: fc.constant('') }),
    userInfo: fc.constantFrom(
      {},
      { groups: null },
      { groups: ['system:authenticated'] },
      { groups: ['system:nodes', 'system:authenticated'] },
    ),
    dryRun: fc.constantFrom(true, null),
  },
  { requiredKeys: ['namespace'], noNullPrototype: true },
);

/** A request about an object, with what is drawn for the rest; it came the whole way through JSON. */
function request(kind: ReviewedKind, objects: fc.Arbitrary<object>): fc.Arbitrary<AdmissionRequest> {
  return fc.tuple(circumstances, objects).map(([drawn, given]) => requestOf(kind, { ...drawn, ...given }));
}

/** A pod is made. */
export const podCreation = request('Pod', fc.record({ object: pod }));

/** A pod is changed, in anything. */
export const podUpdate = request('Pod', fc.record({ operation: fc.constant('UPDATE'), object: pod, oldObject: pod }));

/** A pod is changed in anything but its annotations: a finalizer, a label, its status. */
export const plainPodUpdate = request(
  'Pod',
  fc.tuple(pod, pod, fc.constantFrom('', 'status')).map(([object, old, subResource]) => ({
    operation: 'UPDATE',
    subResource,
    object,
    oldObject: { ...old, metadata: { ...old.metadata, annotations: object.metadata?.annotations } },
  })),
);

/** A class is made, or changed in anything. */
export const classWrite = request(
  'RuntimeClass',
  fc.oneof(
    fc.record({ object: runtimeClass }),
    fc.record({ operation: fc.constant('UPDATE'), object: runtimeClass, oldObject: runtimeClass }),
  ),
);

/** A class is changed in anything but what it names: a label, its scheduling. */
export const plainClassUpdate = request(
  'RuntimeClass',
  fc.tuple(runtimeClass, runtimeClass).map(([object, { scheduling = null }]) => ({
    operation: 'UPDATE',
    object,
    oldObject: { ...object, scheduling, metadata: { ...object.metadata, labels: { a: 'b' } } },
  })),
);

const templateWrite = fc.constantFrom<ReviewedKind>('Deployment', 'Job', 'ReplicationController').chain((kind) =>
  request(
    kind,
    fc.tuple(pod, fc.option(pod)).map(([template, old]) => ({
      operation: old === null ? 'CREATE' : 'UPDATE',
      object: { spec: { template } },
      oldObject: old === null ? null : { spec: { template: old } },
    })),
  ),
);

/** A pod is put on a node, by an order that may carry annotations. */
const binding = request('Binding', fc.record({ subResource: fc.constantFrom('binding', ''), object: pod }));

const deletion = request('Pod', fc.record({ operation: fc.constant('DELETE'), oldObject: pod }));

/** Any request that shimgate registers for, and a deletion, which it lets pass. */
export const anyRequest: fc.Arbitrary<AdmissionRequest> = fc.oneof(
  { weight: 5, arbitrary: podCreation },
  { weight: 2, arbitrary: podUpdate },
  { weight: 1, arbitrary: plainPodUpdate },
  { weight: 3, arbitrary: classWrite },
  { weight: 1, arbitrary: plainClassUpdate },
  { weight: 1, arbitrary: templateWrite },
  { weight: 1, arbitrary: binding },
  { weight: 1, arbitrary: deletion },
);
