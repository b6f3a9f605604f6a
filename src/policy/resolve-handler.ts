import { codes, type FindingCode } from '../finding/codes.ts';
import type { Finding } from '../finding/finding.ts';
import type { Severity } from '../finding/code-entry.ts';
import { nearMiss } from '../finding/near-miss.ts';
import { quote, quoteUnlessPlain } from '../finding/quote.ts';
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
  /** A sentence that names the handler, or the declared shim. */
  readonly message: string;
  /** The same as a chain's end: what follows `handler "x"`, with the mark that separates it. */
  readonly ending: string;
  /** The ending and the fix in few words. */
  readonly brief?: { readonly ending: string; readonly fix?: string };
  readonly fix: string;
};

/** What is found of a handler, at the end of the chain that leads to it. */
export function chained(
  chain: string,
  { ending, brief }: HandlerFinding,
): Required<Pick<Finding, 'message' | 'brief'>> {
  const fix = brief?.fix === undefined ? {} : { fix: brief.fix };
  return { message: `${chain}${ending}`, brief: { ...fix, message: `${chain}${brief?.ending ?? ending}` } };
}

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
    const what = 'is a shim name, and in no table: the API server refuses such a handler';
    const implicit = handlerFinding('ImplicitShim', sayings(handler, what), {
      concernsPods: false,
      fix: `Declare a handler for it, and use that: runtimes: {HANDLER: {runtimeType: ${quoteUnlessPlain(handler)}}}`,
    });
    return { handler, shim, findings: [implicit, ...claim] };
  }
  if (resolution.refusal.code !== 'MissingDot') {
    const { code, message, predicate } = resolution.refusal;
    // The same one whatever order the configuration was written in.
    const [example] = [...world.configuration.runtimes.keys()].toSorted();
    const fix = `Set handler to a runtime from the configuration${example === undefined ? '' : `, such as ${quote(example)}`}.`;
    const claim = judgeClaim(declared, undefined, false);
    const refused = handlerFinding(code, { message, ending: `, which ${predicate}.` }, { fix });
    return { handler, shim: undefined, findings: [refused, ...claim] };
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
  const reported = presence.listing > 0;
  const nodes = `${reported ? 'though ' : ''}${describePresence(presence)}.`;
  const said = {
    message: `Handler ${quote(handler)} is not declared in the configuration${reported ? ', ' : '; '}${nodes}`,
    ending: `, which the configuration does not declare${reported ? ', ' : '; '}${nodes}`,
  };
  const declare = `runtimes: {${quoteUnlessPlain(handler)}: {runtimeType: SHIM}}`;
  const meant = reported ? undefined : nearMiss(handler, [...world.configuration.runtimes.keys()]);
  const inBrief = `${meant === undefined ? 'Declare' : `Did you mean ${quote(meant)}? Else declare`} it: ${declare}.`;
  const fix =
    meant === undefined
      ? `Declare it: ${declare}, or its shim on the class: annotation ${declaredRuntimeTypeAnnotation}.`
      : inBrief;
  const brief = { ending: ', which is not declared.', fix: inBrief };
  return {
    handler,
    shim: reported ? { name: handler, source: 'node' } : undefined,
    findings: [
      handlerFinding('UndeclaredHandler', { ...said, brief }, { severity: isDenied ? 'error' : 'warning', fix }),
    ],
  };
}

/** A declared handler that nodes do not have: never a denial, since nodes come and go. */
function judgePresence(handler: string, presence: HandlerPresence): readonly HandlerFinding[] {
  if (isOnNoNode(presence)) {
    const said = sayings(handler, `is declared, but ${describePresence(presence)}`);
    return [handlerFinding('HandlerOnNoNode', { ...said, brief: { ending: ', which no node has.' } })];
  }
  if (presence.featurelessNode !== undefined) {
    const node = quote(presence.featurelessNode);
    const said = {
      message: `Node ${node} lists handler ${quote(handler)} without any feature: its shim may not be installed there.`,
      ending: `, which node ${node} lists without any feature: its shim may not be installed there.`,
    };
    return [handlerFinding('HandlerWithoutFeatures', said, { concernsPods: false })];
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
    const said = { message: refusal.message, ending: `, whose declared shim ${quote(declared)} ${refusal.predicate}.` };
    const fix = 'Declare a shim name, as io.containerd.kata.v2, or remove the annotation.';
    return [{ ...handlerFinding(refusal.code, said, { concernsPods, fix }), about: 'declared shim' }];
  }
  if (known === undefined || known.runtimeType === declared) return [];
  const what = `the class declares ${quote(declared)}, but the runtimes table says ${quote(known.runtimeType ?? '')}; the table wins.`;
  const said = { message: `T${what.slice(1)}`, ending: `: ${what}` };
  return [{ ...handlerFinding('DeclaredShimDiffers', said, { concernsPods }), about: 'declared shim' }];
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

/** What is said of a handler, as a sentence of its own and as a chain's end. */
function sayings(handler: string, predicate: string): Sayings {
  return { message: `Handler ${quote(handler)} ${predicate}.`, ending: `, which ${predicate}.` };
}

type Sayings = Pick<HandlerFinding, 'message' | 'ending' | 'brief'>;

function handlerFinding(
  code: FindingCode,
  said: Sayings,
  {
    severity = codes[code].severity,
    fix = codes[code].fix,
    concernsPods = true,
  }: Partial<Pick<HandlerFinding, 'severity' | 'fix' | 'concernsPods'>> = {},
): HandlerFinding {
  return { code, severity, about: 'handler', concernsPods, ...said, fix };
}
