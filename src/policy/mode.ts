import type { Mode } from '../generated/configuration.ts';
import { namespaceLabels, namespaceRuleFor } from './namespace-rules.ts';
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
  const configured = namespaceRuleFor(namespace, world)?.mode ?? mode;
  const labels = namespaceLabels(namespace, world);
  const label = Object.hasOwn(labels, modeLabel) ? labels[modeLabel] : undefined;
  if (label === undefined) return configured;
  const labelled = modes.find((known) => known === label) ?? 'enforce';
  const isStricter = modes.indexOf(labelled) < modes.indexOf(configured);
  return isStricter || namespaceLabelMayLoosen ? labelled : configured;
}
