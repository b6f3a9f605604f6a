import fc from 'fast-check';
import { declaredShim, handlerName, oddText, prototypeNames } from './arbitrary-names.ts';

/** Keys that an entry of the runtimes table may declare. */
export const entryKey: fc.Arbitrary<string> = fc.constantFrom(
  'io.katacontainers.config.hypervisor.machine_type',
  'dev.gvisor.internal.x',
  'note',
  'constructor',
  'toString',
);

/** Keys that are guarded, each read in another way. */
export const guardedAnnotationKey: fc.Arbitrary<string> = fc.constantFrom(
  'io.katacontainers.config.hypervisor.kernel',
  'io.katacontainers.config.hypervisor.virtio_fs_extra_args',
  'io.katacontainers.config.hypervisor.kernel_params',
  'io.katacontainers.config.hypervisor.machine_type',
  'devices.nri.io/container.x',
  'run.oci.handler',
);

/** Keys under which only shimgate writes. */
export const managedKeys = [
  'io.containerd.cri.runtime-handler',
  'shimgate.dev/runtime-type',
  'shimgate.dev/shim-binary',
  'shimgate.dev/runtime-path',
  'shimgate.dev/options',
  'shimgate.dev/source',
] as const;

const key: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...managedKeys) },
  { weight: 3, arbitrary: entryKey },
  { weight: 2, arbitrary: guardedAnnotationKey },
  { weight: 2, arbitrary: fc.constant('io.kubernetes.cri.untrusted-workload') },
  { weight: 1, arbitrary: fc.constantFrom('kubernetes.io/config.mirror', 'shimgate.dev/declared-runtime-type') },
  { weight: 1, arbitrary: fc.constantFrom(...prototypeNames) },
  { weight: 1, arbitrary: oddText },
);

const value: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'configured',
    'stock',
    'class',
    'node',
    'q35',
    'containerd-shim-kata-v2',
    '{"BinaryName":"runc"}',
    'true',
    'false',
    '',
  ),
  handlerName,
  declaredShim,
  oddText,
);

/** A user's annotations; null where Kubernetes allows null. Own members whatever their name, as JSON.parse makes them. */
export const annotations: fc.Arbitrary<Record<string, string> | null> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  {
    weight: 9,
    arbitrary: fc.array(fc.tuple(key, value), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
  },
);
