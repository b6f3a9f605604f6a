import fc from 'fast-check';

/** A pod that the API server itself would take, but for its annotations' keys. */
export type CreatedPod = {
  readonly metadata: {
    readonly name?: string;
    readonly generateName?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: object;
};

export type CreatedPodChoice = {
  /** Classes that there are, each with what is right for its pods. */
  readonly classes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Classes that pods name besides. */
  readonly otherClasses: readonly string[];
};

const ordinary: fc.Arbitrary<Record<string, string>> = fc.dictionary(
  fc.constantFrom('example.com/team', 'prometheus.io/scrape', 'note', 'constructor', 'sidecar.istio.io/inject', 'é~/1'),
  fc.constantFrom('a', 'true', '', '"quoted"\n', 'ü\u{1F600}'),
  { maxKeys: 4, noNullPrototype: true },
);

const judged: fc.Arbitrary<Record<string, string>> = fc.dictionary(
  fc.constantFrom(
    'shimgate.dev/source',
    'shimgate.dev/runtime-type',
    'shimgate.dev/declared-runtime-type',
    'io.containerd.cri.runtime-handler',
    'io.katacontainers.config.hypervisor.path',
    'io.katacontainers.config.hypervisor.machine_type',
    'io.kubernetes.cri.untrusted-workload',
    'kubernetes.io/config.mirror',
    'run.oci.handler',
    'dev.gvisor.internal.x',
    'cpu-load-balancing.crio.io',
  ),
  fc.constantFrom('configured', 'true', 'q35', '/usr/bin/x', 'io.containerd.kata-qemu.v2', ''),
  { minKeys: 1, maxKeys: 3, noNullPrototype: true },
);

const many: fc.Arbitrary<Record<string, string>> = fc
  .record({ count: fc.constantFrom(200, 256, 257, 300), size: fc.constantFrom(1, 150, 400) })
  .map(({ count, size }) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`example.com/n${index}`, 'x'.repeat(size)])),
  );

const mount = fc.record(
  {
    name: fc.constant('data'),
    mountPath: fc.constant('/data'),
    readOnly: fc.constant(true),
    recursiveReadOnly: fc.constantFrom('Disabled', 'IfPossible', 'Enabled'),
  },
  { requiredKeys: ['name', 'mountPath', 'readOnly'], noNullPrototype: true },
);

/** What some check reads of a spec besides the class; mostly nothing. */
const extras = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  {
    weight: 2,
    arbitrary: fc.record(
      {
        os: fc.constantFrom({ name: 'linux' }, { name: 'windows' }),
        hostUsers: fc.boolean(),
        hostNetwork: fc.boolean(),
        nodeSelector: fc.constantFrom(
          {},
          { 'kubernetes.io/os': 'windows' },
          { 'kubernetes.io/os': 'linux' },
          { pool: 'x' },
        ),
        nodeName: fc.constantFrom('node-a', 'nowhere'),
        tolerations: fc.constantFrom([], [{ operator: 'Exists' }]),
        volumes: fc.constant([{ name: 'data', emptyDir: {} }]),
      },
      { requiredKeys: ['volumes'], noNullPrototype: true },
    ),
  },
);

/** Pods as people and controllers make them, most of them ordinary, and all that may be told from those. */
export function createdPod({ classes, otherClasses }: CreatedPodChoice): fc.Arbitrary<CreatedPod> {
  const known = Object.keys(classes);
  const className = fc.oneof(
    { weight: 7, arbitrary: fc.constantFrom(...known) },
    { weight: 2, arbitrary: fc.constantFrom(...otherClasses) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
  // By hand, right or of another class, and whole or with something missing.
  const copied = fc
    .tuple(fc.constantFrom(...known), fc.boolean())
    .map(([name, isWhole]) => Object.fromEntries(Object.entries(classes[name] ?? {}).slice(isWhole ? 0 : 1)));
  const annotations = fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 6, arbitrary: ordinary },
    { weight: 3, arbitrary: fc.tuple(ordinary, judged).map(([one, other]) => ({ ...one, ...other })) },
    { weight: 3, arbitrary: fc.tuple(ordinary, copied).map(([one, other]) => ({ ...one, ...other })) },
    { weight: 1, arbitrary: fc.tuple(copied, judged).map(([one, other]) => ({ ...one, ...other })) },
    { weight: 1, arbitrary: many },
  );
  return fc
    .record({ className, annotations, extras, mounts: fc.option(mount, { freq: 2 }), isGenerated: fc.boolean() })
    .map(({ className: runtimeClassName, annotations: own, extras: more, mounts, isGenerated }) => ({
      metadata: {
        ...(isGenerated ? { generateName: 'web-' } : { name: 'web' }),
        ...(own !== undefined && { annotations: own }),
      },
      spec: {
        ...(runtimeClassName !== undefined && { runtimeClassName }),
        ...more,
        containers: [
          {
            name: 'main',
            image: 'nginx',
            ...('volumes' in more && mounts !== null && { volumeMounts: [mounts] }),
          },
        ],
      },
    }));
}
