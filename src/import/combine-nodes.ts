import { quote } from '../finding/quote.ts';
import type { Runtime } from '../generated/configuration.ts';
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '../shim/json-value.ts';
import { compileRuntimesTable, resolveRuntimeName } from '../shim/runtimes-table.ts';
import { importFinding, type Report } from './import-finding.ts';
import { toJson, type Place } from './located-value.ts';
import type { NodeRuntime, NodeRuntimes } from './node-runtimes.ts';

/** What the nodes agree on, in the form of the configuration. */
export type CombinedRuntimes = {
  readonly runtimes: ReadonlyMap<string, Runtime>;
  readonly defaultRuntime?: string;
};

/** One runtime of one node, in the form of the configuration. */
type Variant = { readonly node: NodeRuntimes; readonly at: Place; readonly runtime: Runtime };

/** With one of these in its daemon.json, Docker does not start. */
const dockerContradictions: ReadonlySet<string> = new Set([
  'RuntimeUnspecified',
  'RuntimeOverspecified',
  'OptionsWithPath',
  'RuntimeArgsWithType',
]);

/** So many files are named in one message; the others are counted. */
const namedFiles = 3;

/**
 * Makes one table of what several nodes have. A runtime that is the same on every node that has it is in the table; one
 * that differs is not, and neither is one that could not be run: each is reported.
 */
export function combineNodes(nodes: readonly NodeRuntimes[], report: Report): CombinedRuntimes {
  const variants = new Map<string, Variant[]>();
  for (const node of nodes) {
    for (const [name, found] of node.runtimes) {
      const runtime = toConfigured(name, found, node, report);
      if (runtime !== undefined) variants.set(name, [...(variants.get(name) ?? []), { node, at: found.at, runtime }]);
    }
  }
  const runtimes = new Map<string, Runtime>();
  for (const [name, ofName] of [...variants].sort(([a], [b]) => (a < b ? -1 : 1))) {
    reportMissing(name, ofName, nodes, report);
    if (agree(name, ofName, report) && ofName[0] !== undefined) runtimes.set(name, ofName[0].runtime);
  }
  const defaultRuntime = combineDefaults(nodes, runtimes, report);
  return { runtimes, ...(defaultRuntime !== undefined && { defaultRuntime }) };
}

/** A runtime in the form of the configuration; undefined where the rules of the table refuse it, which is reported. */
function toConfigured(name: string, found: NodeRuntime, node: NodeRuntimes, report: Report): Runtime | undefined {
  const { runtimeType, runtimePath, options, path, runtimeArgs, snapshotter, podAnnotations } = found;
  const json =
    options &&
    toJson(options, ({ at }) => {
      const message = `An option of runtime ${quote(name)} has a value that JSON cannot carry, such as a date or a number without end.`;
      report(importFinding('NotCarriedOver', at, message));
    });
  const runtime: Runtime = {
    ...(runtimeType !== undefined && { runtimeType: runtimeType.value }),
    ...(runtimePath !== undefined && { runtimePath: runtimePath.value }),
    ...(path !== undefined && { path: path.value }),
    ...(runtimeArgs !== undefined && { runtimeArgs: [...runtimeArgs.value] }),
    ...(json !== undefined && isJsonObject(json) && Object.keys(json).length > 0 && { options: json }),
    ...(snapshotter !== undefined && { snapshotter: snapshotter.value }),
    ...(podAnnotations !== undefined && { podAnnotations: [...podAnnotations.value] }),
  };
  const { problems } = compileRuntimesTable(Object.fromEntries([[name, runtime]]));
  for (const { path: at, ...rest } of problems) {
    const source = placeOf(found, at.slice(2).map(String));
    if (rest.severity === 'error') {
      const code = node.kind === 'docker' && dockerContradictions.has(rest.code) ? 'DockerRefuses' : 'RuntimeLeftOut';
      report(importFinding(code, source, `${rest.message} It is left out.`, rest.fix));
    }
    // Said each time the configuration is read, and nothing that the node's admin could change.
    else if (rest.code !== 'UncheckedOption') report({ ...rest, field: '', source });
  }
  return problems.some(({ severity }) => severity === 'error') ? undefined : runtime;
}

/** Where the part of a runtime stands that a path in the configuration names. */
function placeOf(found: NodeRuntime, [field = '', option]: readonly string[]): Place {
  switch (field) {
    case 'runtimeType':
    case 'runtimePath':
    case 'path':
    case 'runtimeArgs':
      return found[field]?.at ?? found.at;
    case 'options':
      return found.options?.entries.get(option ?? '')?.at ?? found.options?.at ?? found.at;
    default:
      return found.at;
  }
}

function reportMissing(
  name: string,
  variants: readonly Variant[],
  nodes: readonly NodeRuntimes[],
  report: Report,
): void {
  const without = nodes.filter(
    (node) =>
      !variants.some((variant) => variant.node === node) &&
      // Docker always has runc, whether or not its file says so.
      !(node.kind === 'docker' && name === 'runc'),
  );
  const first = variants[0];
  if (without.length === 0 || first === undefined) return;
  const message = `Runtime ${quote(name)} is in ${listFiles(variants.map(({ node }) => node))}, and not in ${listFiles(without)}.`;
  report(importFinding('NotOnEveryNode', first.at, message));
}

/** Whether all nodes that have a runtime have the same; if not, says in what they differ. */
function agree(name: string, variants: readonly Variant[], report: Report): boolean {
  const fields = new Set(variants.flatMap(({ runtime }) => Object.keys(runtime)));
  const differing = [...fields].filter(
    (field) => new Set(variants.map(({ runtime }) => describe(valueOf(runtime, field)))).size > 1,
  );
  if (differing.length === 0) return true;
  const first = variants[0];
  if (first === undefined) return true;
  const sentences = differing.map((field) => {
    const byValue = Map.groupBy(variants, ({ runtime }) => describe(valueOf(runtime, field)));
    const parts = [...byValue].map(([value, those]) => `${value} in ${listFiles(those.map(({ node }) => node))}`);
    return `${field} is ${parts.join(', ')}`;
  });
  const message = `Runtime ${quote(name)} differs between nodes, and is left out: ${sentences.join('; ')}.`;
  report(importFinding('NodesDiffer', first.at, message));
  return false;
}

function combineDefaults(
  nodes: readonly NodeRuntimes[],
  runtimes: ReadonlyMap<string, Runtime>,
  report: Report,
): string | undefined {
  const said = nodes.flatMap((node) => (node.defaultRuntime === undefined ? [] : [{ node, ...node.defaultRuntime }]));
  const first = said[0];
  if (first === undefined) return undefined;
  const byName = Map.groupBy(said, ({ value }) => value);
  if (byName.size > 1) {
    const parts = [...byName].map(([name, those]) => `${quote(name)} in ${listFiles(those.map(({ node }) => node))}`);
    const message = `The default runtime differs between nodes, and is left out: ${parts.join(', ')}.`;
    report(importFinding('NodesDiffer', first.at, message));
    return undefined;
  }
  const { table } = compileRuntimesTable(Object.fromEntries(runtimes));
  const resolution = resolveRuntimeName(table, first.value);
  if (resolution.kind === 'resolved' && resolution.shim.source !== 'implicit') return first.value;
  const message = `The default runtime ${quote(first.value)} is left out, since the table has no such runtime.`;
  report(importFinding('RuntimeLeftOut', first.at, message, 'Set defaultRuntime by hand.'));
  return undefined;
}

function valueOf(runtime: Runtime, field: string): JsonValue | undefined {
  const plain: JsonObject = runtime;
  return Object.hasOwn(plain, field) ? plain[field] : undefined;
}

function describe(value: JsonValue | undefined): string {
  if (value === undefined) return 'not set';
  const text = canonicalJson(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function listFiles(nodes: readonly NodeRuntimes[]): string {
  const names = nodes.map(({ source }) => source);
  const rest = names.length - namedFiles;
  return [...names.slice(0, namedFiles), ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}
