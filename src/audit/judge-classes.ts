import { admitInFull } from '../admission/admit-in-full.ts';
import { finding, type Finding } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';
import type { RuntimeClass } from '../generated/objects.ts';
import { requestFor } from '../manifests/review-manifests.ts';
import { podRuntime } from '../policy/pod-runtime.ts';
import type { World } from '../policy/world.ts';
import { about, type AuditFinding } from './audit-finding.ts';
import type { Inventory } from './inventory.ts';
import type { Usage } from './usage.ts';

/** So many names are written out where a finding is about several objects. */
const maxNamed = 5;

/** What the webhook would say of each RuntimeClass, by the same policies, and what only shows beside nodes and others. */
export function* judgeClasses(inventory: Inventory, world: World): Generator<AuditFinding, void, undefined> {
  for (const [name, { value, source }] of inventory.runtimeClasses) {
    const object = { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', name };
    const found = [
      ...admitInFull(requestFor({ ...object, value }), world).findings,
      ...judgeNodes(name, value, world, inventory),
      ...judgeSharing(name, value, world),
    ];
    if (found.length === 0) continue;
    const chain = classChain(name, world);
    for (const one of found) yield about({ object, chain, source }, one);
  }
}

/** Classes that nothing names. @param usage of everything that may use one */
export function* judgeUse(inventory: Inventory, usage: Usage, world: World): Generator<AuditFinding, void, undefined> {
  for (const [name, { source }] of inventory.runtimeClasses) {
    const { pods, templates } = usage.of(name);
    if (pods + templates > 0) continue;
    const message = `No pod and no pod template names RuntimeClass ${quote(name)}.`;
    const subject = {
      object: { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', name },
      chain: classChain(name, world),
      source,
    };
    yield about(subject, finding('UnusedRuntimeClass', { field: 'metadata.name', message }));
  }
}

/** The way from a class to its shim, as far as it goes. */
function classChain(name: string, world: World): readonly string[] {
  return podRuntime({ spec: { runtimeClassName: name } }, world).chain;
}

function judgeNodes(name: string, value: RuntimeClass, world: World, inventory: Inventory): readonly Finding[] {
  if (inventory.nodes.size === 0) return [];
  const { selected, reachable, reporting, listing } = world.handlerPresence(value);
  const runtimeClass = `RuntimeClass ${quote(name)}`;
  if (selected === 0) {
    const selector = Object.entries(value.scheduling?.nodeSelector ?? {}).map(([key, wanted]) => `${key}=${wanted}`);
    const message = `No node has the labels that ${runtimeClass} selects: ${quote(selector.join(','))}.`;
    return [finding('SchedulingMatchesNoNode', { field: 'scheduling.nodeSelector', message })];
  }
  if (reachable === 0) {
    const message = `Every node that ${runtimeClass} selects (${selected}) has a taint that the class does not tolerate.`;
    // Pods may bring the toleration themselves; a class that selects nodes is there to bring it for them.
    const severity = value.scheduling === undefined || value.scheduling === null ? 'info' : 'warning';
    return [finding('SchedulingMatchesNoNode', { field: 'scheduling.tolerations', severity, message })];
  }
  if (listing === 0 || listing === reporting) return [];
  const message = `${reporting - listing} of the ${reporting} nodes that pods of ${runtimeClass} can be scheduled to and that report their handlers do not have ${quote(value.handler ?? '')}.`;
  return [finding('HandlerOnSomeNodes', { field: 'scheduling.nodeSelector', message })];
}

function judgeSharing(name: string, { handler = '' }: RuntimeClass, world: World): readonly Finding[] {
  const sharing = world.runtimeClassesOf(handler).map(({ metadata }) => metadata?.name ?? '');
  const others = sharing.filter((other) => other !== name);
  if (others.length === 0) return [];
  const named = others.slice(0, maxNamed).map(quote).join(', ');
  const more = others.length > maxNamed ? ` and ${others.length - maxNamed} more` : '';
  const message = `RuntimeClass ${quote(name)} has the same handler as ${named}${more}.`;
  return [finding('HandlerSharedByClasses', { field: 'handler', message })];
}
