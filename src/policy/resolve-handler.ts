import { codes, type FindingCode } from '../finding/codes.ts';
import type { Severity } from '../finding/code-entry.ts';
import type { HandlerFlaw } from '../finding/statement.ts';
import type { Configuration } from '../config/configuration.ts';
import type { RuntimeClass } from '../generated/objects.ts';
import { declaredRuntimeTypeAnnotation } from '../shim/managed-annotations.ts';
import { refuseRuntimeName } from '../shim/runtime-name.ts';
import { namedShim, resolveRuntimeName, type ShimConfig } from '../shim/runtimes-table.ts';
import { adviceForMisplaced, adviceForRefused, adviceForShimName, adviceForUndeclared } from './handler-advice.ts';
import { misplacedHandler } from './misplaced-handler.ts';
import { judgeSaid } from './judge-said.ts';
import { saidShim } from './node-tables.ts';
import { isOnNoNode, tellsFeatures, type HandlerPresence } from './node-handlers.ts';

/** What is wrong, or worth knowing, about a handler; the check that asks says where that shows in its object. */
export type HandlerFinding = {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly about: 'handler' | 'declared shim';
  /** Whether pods of the class are concerned, and not only the class and its author. */
  readonly concernsPods: boolean;
  readonly flaw: HandlerFlaw;
  readonly fix: string;
  readonly shortFix?: string;
};

/** Every code that following a handler can find. */
export const handlerCodes: readonly FindingCode[] = [
  'AbsolutePath',
  'ControlCharacter',
  'DeclaredShimDiffers',
  'EmptyName',
  'HandlerOnNoNode',
  'HandlerWithoutFeatures',
  'ImplicitShim',
  'LeadingDot',
  'MissingDot',
  'NodesContradictTable',
  'NodesDisagree',
  'PartsMissingOnNodes',
  'RelativePath',
  'UndeclaredHandler',
  'WindowsPath',
];

/** What became of a handler. Where shim is undefined, nothing is known of it but the handler. */
export type HandlerResolution = {
  readonly handler: string;
  readonly shim: ShimConfig | undefined;
  readonly findings: readonly HandlerFinding[];
};

/**
 * Follows a RuntimeClass to the shim that its handler stands for: the table, the stock runtimes, the class's own claim,
 * and at last what nodes report.
 */
export function resolveHandler(
  runtimeClass: RuntimeClass,
  presence: HandlerPresence,
  configuration: Configuration,
): HandlerResolution {
  const handler = runtimeClass.handler ?? '';
  const declared = declaredShim(runtimeClass);
  const resolution = resolveRuntimeName(configuration.runtimes, handler);

  const said = saidShim(handler, presence.said);

  if (resolution.kind === 'resolved') {
    // What nodes agree on goes before what is only usual.
    const isSaid = resolution.shim.source === 'stock' && said?.runtimeType !== undefined;
    const shim = isSaid ? said : resolution.shim;
    const claim = judgeClaim(declared, shim, false);
    if (shim.source !== 'implicit') return { handler, shim, findings: [...claim, ...judgePresence(presence, shim)] };
    const advice = adviceForShimName(handler, configuration.runtimes);
    const implicit = handlerFinding('ImplicitShim', { is: 'shim name' }, { concernsPods: false, ...advice });
    return { handler, shim, findings: [implicit, ...claim] };
  }
  if (resolution.refusal.code !== 'MissingDot') {
    const { code, predicate } = resolution.refusal;
    const misplaced = misplacedHandler(runtimeClass);
    const flaw: HandlerFlaw =
      misplaced === undefined
        ? { is: 'refused', predicate }
        : { is: 'misplaced', at: misplaced.field, value: misplaced.value };
    const fix =
      misplaced === undefined ? adviceForRefused(runtimeClass, configuration.runtimes) : adviceForMisplaced(misplaced);
    const claim = judgeClaim(declared, undefined, false);
    return { handler, shim: undefined, findings: [handlerFinding(code, flaw, { fix }), ...claim] };
  }
  if (said !== undefined) {
    const claim = judgeClaim(declared, said, false);
    return { handler, shim: said, findings: [...claim, ...judgePresence(presence, said)] };
  }
  if (declared !== undefined) {
    const claim = judgeClaim(declared, undefined, true);
    if (claim.length > 0) return { handler, shim: undefined, findings: claim };
    const shim = namedShim(handler, declared, 'class');
    return { handler, shim, findings: judgePresence(presence, shim) };
  }
  return resolveUndeclared(handler, presence, configuration);
}

function resolveUndeclared(
  handler: string,
  presence: HandlerPresence,
  { undeclaredHandlers, runtimes }: Configuration,
): HandlerResolution {
  const isReported = presence.listing > 0;
  const advice = adviceForUndeclared(handler, isReported, runtimes);
  const flaw: HandlerFlaw = { is: 'undeclared', nodes: describePresence(presence), isReported };
  return {
    handler,
    shim: isReported ? { name: handler, source: 'node' } : undefined,
    findings: [
      handlerFinding('UndeclaredHandler', flaw, {
        severity: undeclaredHandlers === 'deny' ? 'error' : 'warning',
        ...advice,
      }),
    ],
  };
}

/** A declared handler that nodes do not have: never a denial, since nodes come and go. */
function judgePresence(presence: HandlerPresence, shim: ShimConfig): readonly HandlerFinding[] {
  const said = judgeSaid(presence.said, shim, presence.reachable).map(({ code, flaw, concernsPods }) =>
    handlerFinding(code, flaw, { concernsPods }),
  );
  if (isOnNoNode(presence)) {
    return [handlerFinding('HandlerOnNoNode', { is: 'on no node', nodes: describePresence(presence) }), ...said];
  }
  const { featurelessNode } = presence;
  if (featurelessNode === undefined || !tellsFeatures(shim)) return said;
  const flaw: HandlerFlaw = { is: 'featureless', node: featurelessNode };
  return [handlerFinding('HandlerWithoutFeatures', flaw, { concernsPods: false }), ...said];
}

/**
 * Judges the class's claim about its shim. It is a user's name, so a path is refused whatever the table says.
 *
 * @param known what the table says, which wins
 * @param concernsPods whether pods are run by the claim
 */
function judgeClaim(
  declared: string | undefined,
  known: ShimConfig | undefined,
  concernsPods: boolean,
): readonly HandlerFinding[] {
  if (declared === undefined) return [];
  const refusal = refuseRuntimeName(declared);
  if (refusal !== undefined) {
    const flaw: HandlerFlaw = { is: 'refused claim', claim: declared, predicate: refusal.predicate };
    const fix = 'Declare a shim name, as io.containerd.kata.v2, or remove the annotation.';
    return [{ ...handlerFinding(refusal.code, flaw, { concernsPods, fix }), about: 'declared shim' }];
  }
  // Nodes that do not agree say no type.
  if (known?.runtimeType === undefined || known.runtimeType === declared) return [];
  const flaw: HandlerFlaw = { is: 'contradicted', claim: declared, table: known.runtimeType };
  return [{ ...handlerFinding('DeclaredShimDiffers', flaw, { concernsPods }), about: 'declared shim' }];
}

function declaredShim({ metadata }: RuntimeClass): string | undefined {
  const annotations = metadata?.annotations ?? {};
  return Object.hasOwn(annotations, declaredRuntimeTypeAnnotation)
    ? annotations[declaredRuntimeTypeAnnotation]
    : undefined;
}

function describePresence({ selected, reachable, reporting, listing }: HandlerPresence): string {
  if (selected === 0) return 'no node that the class can use is known';
  if (selected === 1) {
    const node = 'the only node that the class can use';
    if (listing > 0) return `${node} reports it`;
    if (reporting === 0) return `${node} does not report its handlers`;
    return `${node} does not have it${reachable === 0 ? ' (and has a taint that the class does not tolerate)' : ''}`;
  }
  const nodes = `the ${selected} nodes that the class can use`;
  const counted = (count: number, verb: string) => `${count} of ${nodes} ${verb}${count === 1 ? 's' : ''}`;
  if (listing > 0) return `${counted(listing, 'report')} it`;
  if (reporting === 0) return `none of ${nodes} reports its handlers`;
  if (reporting < selected)
    return `${counted(reporting, 'report')} ${reporting === 1 ? 'its' : 'their'} handlers, and not this one`;
  if (reachable === 0) return `none of ${nodes} has it (each has a taint that the class does not tolerate)`;
  return `none of ${nodes} has it`;
}

function handlerFinding(
  code: FindingCode,
  flaw: HandlerFlaw,
  {
    severity = codes[code].severity,
    fix = codes[code].fix,
    concernsPods = true,
    shortFix,
  }: Partial<Pick<HandlerFinding, 'severity' | 'fix' | 'shortFix' | 'concernsPods'>> = {},
): HandlerFinding {
  return { code, severity, about: 'handler', concernsPods, flaw, fix, ...(shortFix !== undefined && { shortFix }) };
}
