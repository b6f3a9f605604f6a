import type { Mode } from '../generated/configuration.ts';
import type { World } from './world.ts';

/** The label by which a namespace asks for a mode. */
export const modeLabel = 'shimgate.dev/mode';

/** From strict to loose. */
export const modes: readonly Mode[] = ['enforce', 'warn', 'audit'];

/**
 * The mode in a namespace: the first rule that matches, else the configuration's own; then the namespace's label, which
 * may make it stricter and, only where the configuration says so, looser. A label that is no mode means enforce.
 *
 * @param namespace undefined for a cluster-scoped object
 */
export function modeIn(namespace: string | undefined, world: World): Mode {
  const { mode, namespaceLabelMayLoosen } = world.configuration;
  if (namespace === undefined) return mode;
  const configured = world.ruleFor(namespace)?.rule.mode ?? mode;
  const label = labelledMode(namespace, world);
  if (label === undefined) return configured;
  const labelled = knownMode(label) ?? 'enforce';
  const isStricter = modes.indexOf(labelled) < modes.indexOf(configured);
  return isStricter || namespaceLabelMayLoosen ? labelled : configured;
}

/** What a namespace's label says of the mode, whether it is one or not; undefined where there is no such label. */
export function labelledMode(namespace: string, world: World): string | undefined {
  const labels = world.cluster.namespace(namespace)?.metadata?.labels ?? {};
  return Object.hasOwn(labels, modeLabel) ? labels[modeLabel] : undefined;
}

/** The mode of that name. */
export function knownMode(name: string): Mode | undefined {
  return modes.find((known) => known === name);
}
