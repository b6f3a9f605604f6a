import { judgeInFull } from '../admission/admit-in-full.ts';
import { reviewOfCreation } from '../admission/decode-review.ts';
import { finding, type Finding } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';
import { naming } from '../finding/statement.ts';
import type { RuntimeClass } from '../generated/objects.ts';
import type { World } from '../policy/world.ts';
import { about, type AuditedSource, type AuditFinding, type AuditSubject } from './audit-finding.ts';
import type { Inventory } from './inventory.ts';
import { judgePulls } from './judge-pulls.ts';
import type { Usage } from './usage.ts';

/** So many names are written out where a finding is about several objects. */
const maxNamed = 5;

/** What the webhook would say of each RuntimeClass, by the same checks, and what only shows beside nodes and others. */
export function* judgeClasses(inventory: Inventory, world: World): Generator<AuditFinding, void, undefined> {
  for (const [name, { value, source }] of inventory.runtimeClasses) {
    const subject = classSubject(name, source, world);
    const found = [
      ...judgeInFull(reviewOfCreation({ ...subject.object, value }), world).findings,
      ...judgeNodes(name, value, world, inventory),
      ...judgeSharing(name, value, world),
      ...judgePulls(name, world),
    ];
    for (const one of found) yield about(subject, one);
  }
}

/** Classes that nothing names. @param usage of everything that may use one */
export function* judgeUse(inventory: Inventory, usage: Usage, world: World): Generator<AuditFinding, void, undefined> {
  for (const [name, { source }] of inventory.runtimeClasses) {
    const { pods, templates } = usage.of(name);
    if (pods + templates > 0) continue;
    const statement = naming(`No pod and no pod template names RuntimeClass ${quote(name)}.`);
    yield about(
      classSubject(name, source, world),
      finding('UnusedRuntimeClass', { field: 'metadata.name', statement }),
    );
  }
}

function classSubject(name: string, source: AuditedSource | undefined, world: World): AuditSubject {
  const object = { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', name };
  const { chain = [] } = world.followClass(name) ?? {};
  return { object, chain, source };
}

function judgeNodes(name: string, value: RuntimeClass, world: World, inventory: Inventory): readonly Finding[] {
  const presence = inventory.nodes.size === 0 ? undefined : world.followClass(name)?.presence;
  if (presence === undefined) return [];
  const { selected, reachable, reporting, listing } = presence;
  const runtimeClass = `RuntimeClass ${quote(name)}`;
  if (selected === 0) {
    const selector = Object.entries(value.scheduling?.nodeSelector ?? {}).map(([key, wanted]) => `${key}=${wanted}`);
    const statement = naming(`No node has the labels that ${runtimeClass} selects: ${quote(selector.join(','))}.`);
    return [finding('SchedulingMatchesNoNode', { field: 'scheduling.nodeSelector', statement })];
  }
  if (reachable === 0) {
    const statement = naming(
      `Every node that ${runtimeClass} selects (${selected}) has a taint that the class does not tolerate.`,
    );
    // Pods may bring the toleration themselves; a class that selects nodes is there to bring it for them.
    const severity = value.scheduling === undefined || value.scheduling === null ? 'info' : 'warning';
    return [finding('SchedulingMatchesNoNode', { field: 'scheduling.tolerations', severity, statement })];
  }
  if (listing === 0 || listing === reporting) return [];
  const statement = naming(
    `${reporting - listing} of the ${reporting} nodes that pods of ${runtimeClass} can be scheduled to and that report their handlers do not have ${quote(value.handler ?? '')}.`,
  );
  return [finding('HandlerOnSomeNodes', { field: 'scheduling.nodeSelector', statement })];
}

function judgeSharing(name: string, { handler = '' }: RuntimeClass, world: World): readonly Finding[] {
  if (handler === '') return [];
  const sharing = world.cluster.runtimeClassesOf(handler).map(({ metadata }) => metadata?.name ?? '');
  const others = sharing.filter((other) => other !== name);
  if (others.length === 0) return [];
  const named = others.slice(0, maxNamed).map(quote).join(', ');
  const more = others.length > maxNamed ? ` and ${others.length - maxNamed} more` : '';
  const statement = naming(`RuntimeClass ${quote(name)} has the same handler as ${named}${more}.`);
  return [finding('HandlerSharedByClasses', { field: 'handler', statement })];
}
