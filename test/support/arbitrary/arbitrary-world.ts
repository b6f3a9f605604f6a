import fc from 'fast-check';
import type { Configuration } from '../../../src/config/configuration.ts';
import type {
  Namespace,
  Node,
  RuntimeClass,
  RuntimeHandler,
  Taint,
  Toleration,
} from '../../../src/generated/objects.ts';
import { indexCluster } from '../../../src/policy/cluster-index.ts';
import type { PodUse } from '../../../src/policy/pod-use.ts';
import { World } from '../../../src/policy/world.ts';
import { annotations } from './arbitrary-annotations.ts';
import { configuration } from './arbitrary-configuration.ts';
import { className, declaredShim, handlerName, namespaceName } from './arbitrary-names.ts';

/** Of a record that is made with this, any part may be missing. */
const sparse: { requiredKeys: []; noNullPrototype: boolean } = { requiredKeys: [], noNullPrototype: true };

function orNull<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.option(value, { freq: 6 });
}

const labels = fc.constantFrom<Record<string, string> | null>(
  {},
  { pool: 'kata', tier: 'prod' },
  { tier: 'prod', constructor: 'x' },
  { pool: 'kata' },
  { tier: '' },
  null,
);

const effect = fc.constantFrom('NoSchedule', 'NoExecute', 'PreferNoSchedule');

const taint: fc.Arbitrary<Taint> = fc.record({
  key: fc.constantFrom('gpu', 'pool'),
  effect,
  value: orNull(fc.constant('x')),
});

const toleration: fc.Arbitrary<Toleration> = fc.record(
  {
    key: orNull(fc.constantFrom('gpu', 'pool', '')),
    operator: orNull(fc.constantFrom('Exists', 'Equal', 'Lt', '')),
    value: orNull(fc.constantFrom('x', '')),
    effect: orNull(fc.oneof(effect, fc.constant(''))),
  },
  sparse,
);

const overhead = orNull(
  fc.record(
    {
      podFixed: orNull(
        fc.dictionary(
          fc.constantFrom('cpu', 'memory', 'constructor'),
          fc.constantFrom<string | number>('100m', '0.1', 1, '1Gi', 'x'),
          {
            noNullPrototype: true,
          },
        ),
      ),
    },
    sparse,
  ),
);

const scheduling = orNull(
  fc.record({ nodeSelector: labels, tolerations: orNull(fc.array(toleration, { maxLength: 2 })) }, sparse),
);

/** A class as an author may write it, also one that the API server would refuse. */
export const runtimeClass: fc.Arbitrary<RuntimeClass> = fc
  .record({
    claim: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: declaredShim }),
    own: annotations,
    deletionTimestamp: fc.option(fc.constant('2026-01-01T00:00:00Z'), { freq: 12 }),
    parts: fc.oneof(
      {
        weight: 14,
        arbitrary: fc.record({ handler: handlerName, overhead, scheduling }, { ...sparse, requiredKeys: ['handler'] }),
      },
      { weight: 1, arbitrary: fc.record({ scheduling }, sparse) },
    ),
  })
  .map(({ claim, own, deletionTimestamp, parts }) => ({
    ...parts,
    metadata: {
      deletionTimestamp,
      annotations: claim === null ? own : { ...own, 'shimgate.dev/declared-runtime-type': claim },
    },
  }));

const features = fc.constantFrom<NonNullable<RuntimeHandler['features']> | null>(
  { recursiveReadOnlyMounts: true, userNamespaces: false },
  { recursiveReadOnlyMounts: false, userNamespaces: null },
  {},
  null,
);

const reportedHandler: fc.Arbitrary<RuntimeHandler> = fc.record({
  name: fc.oneof({ weight: 9, arbitrary: handlerName }, { weight: 1, arbitrary: fc.constant(null) }),
  features,
});

/** Some nodes report nothing; the others what a container runtime has. */
const nodeInfo = fc.record({
  containerRuntimeVersion: fc.constantFrom(
    'containerd://1.7.28',
    'containerd://2.1.5-k3s1',
    'containerd://2.4.2',
    null,
  ),
});

const runtimeHandlers: fc.Arbitrary<RuntimeHandler[] | null> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom<[] | null>([], null) },
  { weight: 6, arbitrary: fc.array(reportedHandler, { minLength: 2, maxLength: 6 }) },
);

const node: fc.Arbitrary<Node> = fc.record(
  {
    metadata: fc.record({ name: fc.constantFrom('n1', 'n2', 'n3', null), labels }),
    spec: fc.record({ taints: orNull(fc.array(taint, { maxLength: 2 })) }, sparse),
    status: fc.record({ runtimeHandlers, nodeInfo }),
  },
  { ...sparse, requiredKeys: ['metadata', 'status'] },
);

const namespace: fc.Arbitrary<Namespace> = fc
  .record({ labels, mode: fc.option(fc.constantFrom('enforce', 'warn', 'audit', '', 'Enforce'), { freq: 2 }) })
  .map(({ labels: own, mode }) => ({
    metadata: { labels: mode === null ? own : { ...own, 'shimgate.dev/mode': mode } },
  }));

const podUse: fc.Arbitrary<PodUse> = fc
  .record({
    handlers: fc.uniqueArray(fc.constantFrom('kata', 'runsc', undefined), { maxLength: 3 }),
    extent: fc.constantFrom<PodUse['extent']>('all', 'enough', { obstacle: 'there is no time' }),
  })
  .map((found) => ({ ...found, count: found.handlers.length }));

const known = <T>(name: fc.Arbitrary<string>, value: fc.Arbitrary<T>, minLength: number, maxLength: number) =>
  fc.array(fc.tuple(name, value), { minLength, maxLength }).map((entries): ReadonlyMap<string, T> => new Map(entries));

type Parts = {
  readonly configuration: Configuration;
  readonly recent: readonly Configuration[];
  readonly classes: ReadonlyMap<string, RuntimeClass>;
  readonly namespaces: ReadonlyMap<string, Namespace>;
  readonly nodes: ReadonlyMap<string, Node>;
  readonly podUse: PodUse;
};

/** A world that prints as what it was made from, so that a failure can be read. */
class PrintedWorld extends World {
  readonly parts: Parts;

  constructor(parts: Parts) {
    const { classes, namespaces, nodes, configuration: current, recent } = parts;
    super(indexCluster({ classes, namespaces, nodes }), current, recent);
    this.parts = parts;
  }
}

/** What is found of the pods of any class in a world; undefined where nobody looks. */
export function podUseIn(around: World): PodUse | undefined {
  return around instanceof PrintedWorld ? around.parts.podUse : undefined;
}

/** Whatever policies may come to see: any cluster under any configuration, with any that were in force before. */
export const world: fc.Arbitrary<World> = fc
  .record({
    configuration,
    recent: fc.array(configuration, { maxLength: 1 }),
    classes: known(className, runtimeClass, 3, 8),
    namespaces: known(namespaceName, namespace, 0, 2),
    nodes: fc
      .oneof(fc.constant([]), fc.array(node, { minLength: 1, maxLength: 3 }))
      .map((nodes) => new Map(nodes.map((one, index) => [String(index), one]))),
    podUse,
  })
  .map((parts) => new PrintedWorld(parts));
