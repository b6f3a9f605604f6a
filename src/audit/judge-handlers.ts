import type { ObjectReference } from '../finding/object-reference.ts';
import { fieldPath } from '../finding/field-path.ts';
import { finding, type Finding } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';
import type { Node } from '../generated/objects.ts';
import { handlersOf, tellsFeatures } from '../policy/node-handlers.ts';
import type { World } from '../policy/world.ts';
import { resolveRuntimeName } from '../shim/runtimes-table.ts';
import { about, type AuditFinding } from './audit-finding.ts';
import type { Inventory } from './inventory.ts';

/** Nodes report whatever their runtimes are configured with: so many handlers are told apart. */
const maxReportedHandlers = 1_000;

/** What nodes report of one handler. */
type Report = {
  count: number;
  readonly firstNode: string;
  /** Nodes that list it without a feature, while another handler of theirs has one. */
  featureless: number;
  firstFeatureless: string | undefined;
};

/** How the runtimes table and what the nodes report compare. @param configured how the configuration is called */
export function* judgeHandlers(
  inventory: Inventory,
  configured: ObjectReference,
  world: World,
): Generator<AuditFinding, void, undefined> {
  if (inventory.nodes.size === 0) return;
  const { reporting, reports } = reportedHandlers([...inventory.nodes.values()].map(({ value }) => value));
  if (reporting === 0) {
    const statement = `None of the ${inventory.nodes.size} nodes reports its handlers.`;
    yield about({ object: nodes }, finding('NodesReportNoHandlers', { field: 'status.runtimeHandlers', statement }));
    return;
  }
  const ofClasses = new Set([...inventory.runtimeClasses.values()].map(({ value }) => value.handler ?? ''));
  for (const [handler, shim] of world.configuration.runtimes) {
    // What is about a class's handler is said of the class.
    const isAsked = tellsFeatures(shim) && !ofClasses.has(handler);
    for (const found of judgeDeclared(handler, reports.get(handler), reporting, isAsked))
      yield about({ object: configured }, found);
  }
  for (const [handler, { count, firstNode }] of reports) {
    // The empty name is the runtime that pods without a class get; a class with the handler was judged by itself.
    if (handler === '' || ofClasses.has(handler) || isDeclared(handler, world) || isSaid(handler, inventory)) continue;
    const named = `${count} of ${reporting} nodes report handler ${quote(handler)}, such as ${quote(firstNode)}`;
    const statement = `${named}, which the configuration does not declare.`;
    yield about(
      { object: nodes },
      finding('ReportedHandlerUndeclared', { field: 'status.runtimeHandlers', statement }),
    );
  }
}

const nodes: ObjectReference = { apiVersion: 'v1', kind: 'Node', name: '' };

function judgeDeclared(
  handler: string,
  report: Report | undefined,
  reporting: number,
  isAskedForFeatures: boolean,
): readonly Finding[] {
  const field = fieldPath(['runtimes', handler]);
  const of = `of the ${reporting} nodes that report their handlers`;
  if (report === undefined) {
    const statement = `Runtime ${quote(handler)} is declared, and none ${of} has it.`;
    return [finding('RuntimeOnNoNode', { field, statement })];
  }
  const { count, featureless, firstFeatureless = '' } = report;
  const statement = `Runtime ${quote(handler)} is declared, and ${count} ${of} have it.`;
  const some = count < reporting ? [finding('RuntimeOnSomeNodes', { field, statement })] : [];
  if (featureless === 0 || !isAskedForFeatures) return some;
  const doubt = `${featureless} of the ${count} nodes with handler ${quote(handler)} list it without any feature, such as ${quote(firstFeatureless)}: its shim may not be installed there.`;
  return [...some, finding('HandlerWithoutFeatures', { field, statement: doubt })];
}

/** Whether a node says itself what the handler is: then all is known that a declaration could say. */
function isSaid(handler: string, { nodeRuntimes }: Inventory): boolean {
  return [...nodeRuntimes.values()].some(({ value: { table } }) => table?.has(handler) === true);
}

function isDeclared(handler: string, world: World): boolean {
  const resolution = resolveRuntimeName(world.configuration.runtimes, handler);
  return resolution.kind === 'resolved' && resolution.shim.source !== 'implicit';
}

function reportedHandlers(all: readonly Node[]): {
  readonly reporting: number;
  readonly reports: ReadonlyMap<string, Report>;
} {
  const reports = new Map<string, Report>();
  let reporting = 0;
  for (const one of all) {
    const node = one.metadata?.name ?? '';
    const handlers = handlersOf(one);
    if (handlers.length > 0) reporting++;
    const isInformed = handlers.some(({ hasFeature }) => hasFeature);
    for (const { name: handler, hasFeature } of handlers) {
      let report = reports.get(handler);
      if (report === undefined) {
        if (reports.size >= maxReportedHandlers) continue;
        report = { count: 0, firstNode: node, featureless: 0, firstFeatureless: undefined };
        reports.set(handler, report);
      }
      report.count++;
      if (!isInformed || hasFeature) continue;
      report.featureless++;
      report.firstFeatureless ??= node;
    }
  }
  return { reporting, reports };
}
