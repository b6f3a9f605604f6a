import type { FindingCode } from '../finding/codes.ts';
import { severities, worstFirst } from '../finding/finding.ts';
import type { Severity } from '../finding/code-entry.ts';
import { aboutHandler } from '../finding/wording.ts';
import type { FollowedPod } from '../policy/follow-class.ts';
import { followPod } from '../policy/follow-pod.ts';
import type { HandlerPresence } from '../policy/node-handlers.ts';
import type { World } from '../policy/world.ts';
import type { Inventory } from './inventory.ts';
import type { Usage, Uses } from './usage.ts';

/** A link of the way from pods to nodes. */
export type Link = 'class' | 'handler' | 'shim' | 'nodes';

/** The way of all pods of one class to the nodes, as far as it goes. */
export type Chain = Uses & {
  /** Undefined for pods that name none. */
  readonly runtimeClass: string | undefined;
  readonly handler: string | undefined;
  /** The shim, or where only a handler is known, nothing. */
  readonly runtimeType: string | undefined;
  readonly shimBinary: string | undefined;
  /** Nodes that the class can use, of those as many as report their handlers, and of those as many as have it. */
  readonly nodes: { readonly selected: number; readonly reporting: number; readonly listing: number } | undefined;
  /** Where it is broken, or may be. */
  readonly fault: { readonly at: Link; readonly severity: Severity; readonly message: string } | undefined;
};

/** The ways of all classes: broken ones first, then those of most pods. */
export function chainsOf(inventory: Inventory, usage: Usage, world: World): readonly Chain[] {
  const known = [...inventory.runtimeClasses.keys()].flatMap((name) => {
    const followed = world.followClass(name);
    return followed === undefined ? [] : [classChain(name, followed, usage, inventory)];
  });
  const unknown = inventory.unknown.has('RuntimeClass')
    ? []
    : usage.unknownClasses.map((name) => missingClass(name, usage.of(name)));
  const rank = ({ fault }: Chain) => (fault === undefined ? severities.length : severities.indexOf(fault.severity));
  const chains = [...known, ...unknown].toSorted((a, b) => rank(a) - rank(b) || b.pods - a.pods);
  const { withoutClass } = usage;
  return withoutClass.pods + withoutClass.templates === 0 ? chains : [...chains, defaultChain(withoutClass, world)];
}

const aboutNodes: ReadonlySet<FindingCode> = new Set([
  'HandlerOnNoNode',
  'HandlerWithoutFeatures',
  'NodesContradictTable',
  'NodesDisagree',
  'PartsMissingOnNodes',
]);

function classChain(name: string, followed: FollowedPod, usage: Usage, inventory: Inventory): Chain {
  const { handler = '', shim, findings, presence } = followed;
  const hasNodes = inventory.nodes.size > 0;
  const worst = worstFirst(findings)[0];
  const isAboutNodes = worst !== undefined && aboutNodes.has(worst.code);
  const own =
    worst === undefined
      ? undefined
      : {
          at: isAboutNodes ? ('nodes' as const) : ('handler' as const),
          severity: worst.severity,
          message: aboutHandler({ handler, flaw: worst.flaw }),
        };
  return {
    runtimeClass: name,
    ...usage.of(name),
    handler,
    runtimeType: shim?.runtimeType,
    shimBinary: shim?.shimBinary,
    nodes: hasNodes ? presence : undefined,
    fault: own !== undefined && own.severity !== 'info' ? own : (faultOfNodes(hasNodes ? presence : undefined) ?? own),
  };
}

function faultOfNodes(presence: HandlerPresence | undefined): Chain['fault'] {
  if (presence === undefined) return undefined;
  const { selected, reporting, listing } = presence;
  if (selected === 0) {
    return { at: 'nodes', severity: 'warning', message: 'No node has the labels that the class selects.' };
  }
  if (listing === 0 || listing === reporting) return undefined;
  return { at: 'nodes', severity: 'warning', message: 'Some of the nodes do not have the handler.' };
}

function missingClass(name: string, uses: Uses): Chain {
  return {
    runtimeClass: name,
    ...uses,
    handler: undefined,
    runtimeType: undefined,
    shimBinary: undefined,
    nodes: undefined,
    fault: { at: 'class', severity: 'error', message: 'There is no such RuntimeClass.' },
  };
}

/** What runs where no class is named. */
function defaultChain(uses: Uses, world: World): Chain {
  const { handler, shim } = followPod({}, world);
  return {
    runtimeClass: undefined,
    ...uses,
    handler,
    runtimeType: shim?.runtimeType,
    shimBinary: shim?.shimBinary,
    nodes: undefined,
    fault: undefined,
  };
}
