import type { Node } from '../../../src/generated/objects.ts';
import { aboutHandler } from '../../../src/finding/wording.ts';
import { resolveHandler } from '../../../src/policy/resolve-handler.ts';
import { classOf, worldOf, type ConfigurationFields } from '../../support/worlds/world-of.ts';

export const configuration: ConfigurationFields = {
  runtimes: {
    kata: { runtimeType: 'io.containerd.kata.v2' },
    crun: { path: '/usr/bin/crun' },
    'by-path': { runtimeType: '/opt/shims/custom' },
    '/odd/key': { runtimeType: 'io.containerd.odd.v1' },
  },
};

export type Parts = {
  readonly declares?: string;
  readonly nodes?: readonly Node[];
  readonly fields?: ConfigurationFields;
};

export function resolve(handler: string, { declares, nodes = [], fields = {} }: Parts = {}) {
  const world = worldOf({ configuration: { ...configuration, ...fields }, nodes });
  const runtimeClass = classOf('x', handler, declares === undefined ? {} : { declares });
  const resolution = resolveHandler(runtimeClass, world.cluster.handlerPresence(runtimeClass), world.configuration);
  const findings = resolution.findings.map((found) => ({
    ...found,
    message: aboutHandler({ handler, flaw: found.flaw }),
  }));
  return { ...resolution, findings };
}

/** Where a handler leads, and what is said about it: `code severity`, with `for pods` where they are concerned. */
export function summary(handler: string, parts: Parts = {}) {
  const { shim, findings } = resolve(handler, parts);
  return {
    shim: shim === undefined ? undefined : `${shim.source} ${shim.runtimeType ?? '?'}`,
    found: findings.map(
      ({ code, severity, about, concernsPods }) => `${code} ${severity} ${about}${concernsPods ? ' for pods' : ''}`,
    ),
  };
}
