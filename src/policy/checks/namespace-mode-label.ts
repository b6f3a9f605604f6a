import { finding } from '../../finding/finding.ts';
import { nearMiss } from '../../finding/near-miss.ts';
import { quote } from '../../finding/quote.ts';
import { knownMode, labelledMode, modeLabel, modes } from '../mode.ts';
import { nothing, type PodCheck } from './check.ts';
import type { World } from '../world.ts';

/**
 * A namespace's mode label that is no mode means enforce. Whoever wrote it meant something else, and learns it with the
 * first pod or template in that namespace that has to do with classes, denied or not.
 */
export const namespaceModeLabel: PodCheck = {
  id: 'namespace-mode-label',
  about: 'pods',
  reads: ['namespace'],
  codes: ['MalformedModeLabel'],
  evaluate: ({ review, phase, world, isNew, followed }) => {
    const { namespace } = review;
    if (namespace === undefined || !isNew) return nothing;
    const label = labelledMode(namespace, world);
    if (label === undefined || knownMode(label) !== undefined) return nothing;
    if (followed.className === undefined && !(phase === 'validating' && asksForClass(namespace, world))) return nothing;
    const statement = `Namespace ${quote(namespace)}: label ${modeLabel}=${quote(label)} is none of ${modes.join(', ')}, and so means enforce.`;
    const meant = nearMiss(label, modes) ?? 'enforce';
    const fix = `Correct it: kubectl label namespace ${namespace} ${modeLabel}=${meant} --overwrite`;
    return { findings: [finding('MalformedModeLabel', { field: 'metadata.namespace', statement, fix })] };
  },
};

/** Whether pods in a namespace have to name a class. */
function asksForClass(namespace: string, world: World): boolean {
  return world.ruleFor(namespace)?.rule.allowedRuntimeClassNames?.includes('') === false;
}
