import type { World } from '../../../src/policy/world.ts';
import { classOf, nodeOf, worldOf, type ConfigurationFields, type WorldParts } from '../../support/worlds/world-of.ts';

export const handlerKey = 'io.containerd.cri.runtime-handler';

export const machineKey = 'io.katacontainers.config.hypervisor.machine_type';

const runtimes = {
  kata: {
    runtimeType: 'io.containerd.kata.v2',
    runtimePath: '/opt/kata/shim',
    options: { ConfigPath: '/opt/kata/qemu.toml' },
    annotations: { [machineKey]: 'q35' },
  },
} satisfies ConfigurationFields['runtimes'];

/** What a pod of class `vm` carries in the world below. */
export const kataAnnotations = {
  [handlerKey]: 'kata',
  'shimgate.dev/runtime-type': 'io.containerd.kata.v2',
  'shimgate.dev/shim-binary': '/opt/kata/shim',
  'shimgate.dev/runtime-path': '/opt/kata/shim',
  'shimgate.dev/options': '{"ConfigPath":"/opt/kata/qemu.toml"}',
  'shimgate.dev/source': 'configured',
  [machineKey]: 'q35',
} as const;

const classes = [
  classOf('vm', 'kata'),
  classOf('stock', 'runc'),
  classOf('declared', 'spin', { declares: 'io.containerd.spin.v2' }),
  classOf('reported', 'listed'),
  classOf('unknown', 'nobody-knows'),
  classOf('path', '/bin/sh'),
];

/**
 * A world with Kata in its table, a class for each source, and a node that lists a handler which no table has. All annotations
 * are written.
 */
export function annotatedWorld(fields: ConfigurationFields = {}, parts: WorldParts = {}): World {
  return worldOf({
    configuration: annotatedFields(fields),
    classes,
    nodes: [nodeOf('a', ['listed']), nodeOf('b', undefined)],
    ...parts,
  });
}

/** The configuration of that world, with some fields changed. */
export function annotatedFields(fields: ConfigurationFields = {}): ConfigurationFields {
  return { runtimes, runtimeHandlerAnnotation: true, ...fields };
}
