import { codes, type FindingCode } from '../finding/codes.ts';
import type { Severity } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';
import type { RuntimeClass } from '../generated/objects.ts';
import { declaredRuntimeTypeAnnotation } from '../shim/managed-annotations.ts';
import { refuseRuntimeName } from '../shim/runtime-name.ts';
import { namedShim, resolveRuntimeName, type ShimConfig } from '../shim/runtimes-table.ts';
import { isOnNoNode, type HandlerPresence } from './node-handlers.ts';
import type { World } from './world.ts';

/** What is wrong, or worth knowing, about a handler; the policy that asks says where that shows in its object. */
export type HandlerFinding = {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly about: 'handler' | 'declared shim';
  /** Whether pods of the class are concerned, and not only the class and its author. */
  readonly concernsPods: boolean;
  readonly message: string;
  readonly fix: string;
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
export function resolveHandler(runtimeClass: RuntimeClass, world: World): HandlerResolution {
  const { configuration } = world;
  const presence = world.handlerPresence(runtimeClass);
  const last = resolved.get(runtimeClass);
  if (last?.configuration === configuration && last.presence === presence) return last.resolution;
  const resolution = follow(runtimeClass, presence, world);
  resolved.set(runtimeClass, { configuration, presence, resolution });
  return resolution;
}

/** What a class was resolved to last, and by what: nearly every pod's class is asked about again, twice a request. */
const resolved = new WeakMap<
  RuntimeClass,
  Pick<World, 'configuration'> & { readonly presence: HandlerPresence; readonly resolution: HandlerResolution }
>();

function follow(runtimeClass: RuntimeClass, presence: HandlerPresence, world: World): HandlerResolution {
  const handler = runtimeClass.handler ?? '';
  const declared = declaredShim(runtimeClass);
  const resolution = resolveRuntimeName(world.configuration.runtimes, handler);

  if (resolution.kind === 'resolved') {
    const { shim } = resolution;
    const claim = judgeClaim(declared, shim, false);
    if (shim.source !== 'implicit') return { handler, shim, findings: [...claim, ...judgePresence(handler, presence)] };
    const message = `Handler ${quote(handler)} is a shim name, which no table declares: the API server refuses it, and containerd would not find it.`;
    return { handler, shim, findings: [handlerFinding('ImplicitShim', message, { concernsPods: false }), ...claim] };
  }
  if (resolution.refusal.code !== 'MissingDot') {
    const { code, message } = resolution.refusal;
    const fix = 'Set handler to a runtime from the configuration.';
    const claim = judgeClaim(declared, undefined, false);
    return { handler, shim: undefined, findings: [handlerFinding(code, message, { fix }), ...claim] };
  }
  if (declared !== undefined) {
    const claim = judgeClaim(declared, undefined, true);
    if (claim.length > 0) return { handler, shim: undefined, findings: claim };
    return { handler, shim: namedShim(handler, declared, 'class'), findings: judgePresence(handler, presence) };
  }
  return resolveUndeclared(handler, presence, world);
}

function resolveUndeclared(handler: string, presence: HandlerPresence, world: World): HandlerResolution {
  const { undeclaredHandlers } = world.configuration;
  const isDenied = undeclaredHandlers === 'deny' || (undeclaredHandlers === 'reported' && isOnNoNode(presence));
  const message = `Handler ${quote(handler)} is not declared in the configuration, and ${describePresence(presence)}.`;
  return {
    handler,
    shim: presence.listing > 0 ? { name: handler, source: 'node' } : undefined,
    findings: [handlerFinding('UndeclaredHandler', message, { severity: isDenied ? 'error' : 'warning' })],
  };
}

/** A declared handler that nodes do not have: never a denial, since nodes come and go. */
function judgePresence(handler: string, presence: HandlerPresence): readonly HandlerFinding[] {
  if (isOnNoNode(presence)) {
    const message = `Handler ${quote(handler)} is declared, but ${describePresence(presence)}.`;
    return [handlerFinding('HandlerOnNoNode', message)];
  }
  if (presence.featurelessNode !== undefined) {
    const message = `Node ${quote(presence.featurelessNode)} lists handler ${quote(handler)} without any feature: its shim may not be installed there.`;
    return [handlerFinding('HandlerWithoutFeatures', message, { concernsPods: false })];
  }
  return [];
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
    const message = `The declared shim is refused. ${refusal.message}`;
    return [{ ...handlerFinding(refusal.code, message, { concernsPods }), about: 'declared shim' }];
  }
  if (known === undefined || known.runtimeType === declared) return [];
  const message = `The class declares ${quote(declared)}, but the runtimes table says ${quote(known.runtimeType ?? '')}; the table wins.`;
  return [{ ...handlerFinding('DeclaredShimDiffers', message, { concernsPods }), about: 'declared shim' }];
}

function declaredShim({ metadata }: RuntimeClass): string | undefined {
  const annotations = metadata?.annotations ?? {};
  return Object.hasOwn(annotations, declaredRuntimeTypeAnnotation)
    ? annotations[declaredRuntimeTypeAnnotation]
    : undefined;
}

function describePresence({ selected, reachable, reporting, listing }: HandlerPresence): string {
  if (selected === 0) return 'no node that the class can use is known';
  const nodes = `${selected} ${selected === 1 ? 'node' : 'nodes'} that the class can use`;
  if (listing > 0) return `${listing} of ${nodes} report it`;
  if (reporting === 0) return `of ${nodes}, none reports its handlers`;
  if (reporting < selected) return `${reporting} of ${nodes} report their handlers, and none of those has it`;
  if (reachable === 0) return `of ${nodes}, none has it (each has a taint that the class does not tolerate)`;
  return `of ${nodes}, none has it`;
}

function handlerFinding(
  code: FindingCode,
  message: string,
  {
    severity = codes[code].severity,
    fix = codes[code].fix,
    concernsPods = true,
  }: Partial<Pick<HandlerFinding, 'severity' | 'fix' | 'concernsPods'>> = {},
): HandlerFinding {
  return { code, severity, about: 'handler', concernsPods, message, fix };
}
