import { finding } from '../../finding/finding.ts';
import { nearMiss } from '../../finding/near-miss.ts';
import { quote } from '../../finding/quote.ts';
import { knownMode, labelledMode, modeLabel, modes } from '../mode.ts';
import { namespaceRuleFor } from '../namespace-rules.ts';
import { nothing, type Check } from './check.ts';
import { classNameOf } from '../review.ts';
import type { World } from '../world.ts';

/**
 * A namespace's mode label that is no mode means enforce. Whoever wrote it meant something else, and learns it with the
 * first pod or template in that namespace that has to do with classes, denied or not.
 */
export const namespaceModeLabel: Check = {
  id: 'namespace-mode-label',
  codes: ['MalformedModeLabel'],
  evaluate: ({ subject, operation, phase, namespace }, world) => {
    if (namespace === undefined) return nothing;
    if (subject.kind !== 'template' && (subject.kind !== 'Pod' || operation !== 'CREATE')) return nothing;
    if (classNameOf(subject.pod) === undefined && !(phase === 'validating' && asksForClass(namespace, world)))
      return nothing;
    const label = labelledMode(namespace, world);
    if (label === undefined || knownMode(label) !== undefined) return nothing;
    const message = `Namespace ${quote(namespace)}: label ${modeLabel}=${quote(label)} is none of ${modes.join(', ')}, and so means enforce.`;
    const meant = nearMiss(label, modes) ?? 'enforce';
    const fix = `Correct it: kubectl label namespace ${namespace} ${modeLabel}=${meant} --overwrite`;
    return { findings: [finding('MalformedModeLabel', { field: 'metadata.namespace', message, fix })] };
  },
};

/** Whether pods in a namespace have to name a class. */
function asksForClass(namespace: string, world: World): boolean {
  return namespaceRuleFor(namespace, world)?.allowedRuntimeClassNames?.includes('') === false;
}
