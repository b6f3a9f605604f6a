import { listNames } from '../finding/list-names.ts';
import { quote } from '../finding/quote.ts';
import type { Runtime } from '../generated/configuration.ts';
import { versionsWhere } from '../shim/containerd-facts.ts';
import { listVersions } from '../shim/containerd-version.ts';
import { canonicalJson, isJsonObject, type JsonObject } from '../shim/json-value.ts';
import { compileRuntimesTable, resolveRuntimeName } from '../shim/runtimes-table.ts';
import { isTopLevelKey } from './containerd/misplaced-keys.ts';
import { importFinding, type Report } from './import-finding.ts';
import { toJson, type Place } from '../text/located-value.ts';
import type { NodeRuntime, NodeRuntimes } from './node-runtimes.ts';
import { reportAlike, type AboutRuntime } from './report-alike.ts';

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

/** So much of a value is shown. */
const maxShown = 200;

/**
 * Makes one table of what several nodes have. A runtime that is the same on every node that has it is in the table; one
 * that differs is not, and neither is one that could not be run: each is reported.
 */
export function combineNodes(nodes: readonly NodeRuntimes[], report: Report): CombinedRuntimes {
  const variants = new Map<string, Variant[]>();
  for (const node of nodes) {
    const said: AboutRuntime[] = [];
    for (const [name, found] of node.runtimes) {
      const runtime = toConfigured(name, found, node, (problem) => said.push({ name, problem }));
      if (runtime !== undefined) variants.set(name, [...(variants.get(name) ?? []), { node, at: found.at, runtime }]);
    }
    reportAlike(said, report);
  }
  reportMissing(variants, nodes, report);
  const runtimes = new Map<string, Runtime>();
  for (const [name, ofName] of [...variants].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const agreed = agreedRuntime(name, ofName, report);
    if (agreed !== undefined) runtimes.set(name, agreed);
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
      const running = rest.code === 'RelativePath' ? whoRunsIt(runtimeType?.value ?? '', node) : '';
      report(importFinding(code, source, `${rest.statement} It is left out.${running}`, rest.fix));
    }
    // Said each time the configuration is read, and nothing that the node's admin could change.
    else if (rest.code !== 'UncheckedOption' && !isSaidOfFile(found, at.slice(2).map(String)))
      report({ ...rest, field: '', source });
  }
  return problems.some(({ severity }) => severity === 'error') ? undefined : runtime;
}

/** What shimgate refuses for every node, the oldest containerd runs, where it finds the name of a shim in it. */
function whoRunsIt(runtimeType: string, { versions = [] }: NodeRuntimes): string {
  const running = hasShimBelowFolder(runtimeType) ? versionsWhere('runsRelativeTypes', versions) : [];
  return running.length === 0 ? '' : ` ${listVersions(running)} runs it all the same.`;
}

/**
 * Whether the last two parts between dots, which name the binary, stand behind the last slash.
 *
 * Source: containerd 1.6, runtime/v2/manager.go, resolveRuntimePath.
 */
function hasShimBelowFolder(runtimeType: string): boolean {
  return runtimeType.slice(runtimeType.lastIndexOf('/') + 1).split('.').length > 2;
}

/** A key of the top of the file that stands among the options, because a line was appended to the file. */
function isSaidOfFile(found: NodeRuntime, [field, option = '']: readonly string[]): boolean {
  const value = field === 'options' ? found.options?.entries.get(option) : undefined;
  return value !== undefined && isTopLevelKey(option, value);
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

/** Runtimes that the same nodes have, and the same nodes lack, are one finding: an installer ran on some of them. */
function reportMissing(
  variants: ReadonlyMap<string, readonly Variant[]>,
  nodes: readonly NodeRuntimes[],
  report: Report,
): void {
  const partial = [...variants].flatMap(([name, those]) => {
    const having = those.map(({ node }) => node);
    // Docker always has runc, whether or not its file says so.
    const lacking = nodes.filter((node) => !having.includes(node) && !(node.kind === 'docker' && name === 'runc'));
    return lacking.length === 0 ? [] : [{ name, at: those[0]?.at, having, lacking }];
  });
  const indices = (those: readonly NodeRuntimes[]) => those.map((node) => nodes.indexOf(node)).join();
  const alike = Map.groupBy(partial, ({ having, lacking }) => `${indices(having)} ${indices(lacking)}`);
  for (const group of alike.values()) {
    const [first] = group;
    if (first?.at === undefined) continue;
    const names = group.map(({ name }) => name).toSorted();
    const subject = `${listNames('Runtime', names)} ${names.length === 1 ? 'is' : 'are'}`;
    const message = `${subject} in ${listFiles(first.having)}, and not in ${listFiles(first.lacking)}.`;
    report(importFinding('NotOnEveryNode', first.at, message));
  }
}

/** The runtime that all nodes have that have one of this name; undefined where they differ, which is reported. */
function agreedRuntime(name: string, variants: readonly Variant[], report: Report): Runtime | undefined {
  const first = variants[0];
  if (first === undefined) return undefined;
  const fields = new Set(variants.flatMap(({ runtime }) => Object.keys(runtime)));
  const differing = [...fields]
    .map((field) => {
      const telling = variants.filter(({ node }) => canTell(node, field));
      return { field, byText: Map.groupBy(telling, ({ runtime }) => textOfField(runtime, field)) };
    })
    .filter(({ byText }) => byText.size > 1);
  if (differing.length === 0) return (variants.find(({ node }) => node.kind !== 'docker') ?? first).runtime;
  const sentences = differing.map(({ field, byText }) => {
    const parts = [...byText].map(([text, those]) => `${shorten(text)} in ${listFiles(those.map(({ node }) => node))}`);
    return `${field} is ${parts.join(', ')}`;
  });
  const message = `Runtime ${quote(name)} differs between nodes, and is left out: ${sentences.join('; ')}.`;
  report(importFinding('NodesDiffer', first.at, message));
  return undefined;
}

/** Docker passes annotations of its own on, and its file says nothing of pods'. */
function canTell({ kind }: NodeRuntimes, field: string): boolean {
  return kind !== 'docker' || field !== 'podAnnotations';
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

/** A field as canonical JSON; undefined where it is not set. */
function textOfField(runtime: JsonObject, field: string): string | undefined {
  const value = runtime[field];
  return value === undefined ? undefined : canonicalJson(value);
}

function shorten(text: string | undefined): string {
  if (text === undefined) return 'not set';
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text;
}

function listFiles(nodes: readonly NodeRuntimes[]): string {
  const names = nodes.map(({ source }) => source);
  const rest = names.length - namedFiles;
  return [...names.slice(0, namedFiles), ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}
