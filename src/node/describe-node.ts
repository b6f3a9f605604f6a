import { dirname } from 'node:path';
import { severities } from '../finding/finding.ts';
import type { LocatedFinding } from '../finding/located-finding.ts';
import type { NodeHandler, NodeProblem, NodeRuntimesStatus } from '../generated/node-runtimes.ts';
import { reportMissingSnapshotters } from '../import/containerd/snapshotters.ts';
import type { NodeRuntimes as FilesOfNode } from '../import/node-runtimes.ts';
import { readNode, type FileContent } from '../import/read-node.ts';
import { readContainerdVersion, type ContainerdVersion } from '../shim/containerd-version.ts';
import { cut, maxListed, maxNameLength, maxPathLength } from './bounds.ts';
import { ContainerdFinder } from './node-containerd.ts';
import { findConfiguration, type FoundConfiguration } from './find-configuration.ts';
import { describeHandler } from './describe-handler.ts';
import { lackingParts, type Places } from './node-parts.ts';
import type { NodeRoot } from './node-root.ts';
import { partsCondition, readCondition, type PlainCondition } from './node-conditions.ts';
import { searchPath } from './search-path.ts';

/** What of a node is known beside its files. */
export type KnownOfNode = {
  /** Where containerd's configuration lies on the node; undefined for where the known distributions have it. */
  readonly configPath?: string | undefined;
  /** PATH of its containerd; undefined for what is usual. */
  readonly searchPath?: readonly string[] | undefined;
  /** Its containerd; undefined for what its program says. */
  readonly version?: ContainerdVersion | undefined;
};

/** What a node has, as its object says it. */
export type NodeDescription = {
  /** Within the bounds of the CustomResourceDefinition. */
  readonly status: Omit<NodeRuntimesStatus, 'conditions'>;
  readonly conditions: readonly PlainCondition[];
  /** All that import says of the files, for people. */
  readonly findings: readonly LocatedFinding[];
  /** The directories of this machine in which a change would change that. */
  readonly directories: ReadonlySet<string>;
};

/** Describes the node that it is run on, each time anew. */
export class NodeDescriber {
  readonly #root: NodeRoot;
  readonly #known: KnownOfNode;
  readonly #finder: ContainerdFinder;

  constructor(root: NodeRoot, known: KnownOfNode) {
    this.#root = root;
    this.#known = known;
    this.#finder = new ContainerdFinder(root);
  }

  async describe(): Promise<NodeDescription> {
    const found = await findConfiguration(this.#root, this.#known.configPath);
    const place = found?.place ?? '';
    const usual = searchPath(place, undefined, this.#known.searchPath);
    const program = await this.#finder.find(usual);
    const version = this.#known.version ?? readContainerdVersion(program?.version ?? '');
    const content = found && (await readNode(this.#root.files, place, found.reading, version));
    const node = content?.node?.kind === 'containerd' ? content.node : undefined;
    const path = searchPath(place, content?.configuration, this.#known.searchPath);
    const handlers = node === undefined ? [] : await this.#handlersOf(node, content, path, program?.directory);
    const findings = content?.findings ?? [];
    return {
      status: statusOf({ found, node, version: program?.version, handlers, findings }),
      conditions: [readCondition(found, node, findings), partsCondition(node, handlers)],
      findings,
      directories: await this.#directoriesOf(content, path),
    };
  }

  async #handlersOf(
    node: FilesOfNode,
    content: FileContent | undefined,
    path: readonly string[],
    besideContainerd: string | undefined,
  ): Promise<readonly NodeHandler[]> {
    const missingSnapshotters =
      content?.configuration === undefined
        ? new Set<string>()
        : reportMissingSnapshotters(content.configuration, () => undefined);
    const places: Places = { path, besideContainerd, missingSnapshotters };
    const handlers: NodeHandler[] = [];
    for (const [name, runtime] of [...node.runtimes].toSorted(([a], [b]) => (a < b ? -1 : 1)))
      handlers.push(describeHandler(name, runtime, await lackingParts(runtime, this.#root, places)));
    return handlers;
  }

  async #directoriesOf(content: FileContent | undefined, path: readonly string[]): Promise<ReadonlySet<string>> {
    const located = await Promise.all(path.map((directory) => this.#root.locate(directory)));
    return new Set([
      ...[...(content?.imports ?? [])].map((file) => dirname(file)),
      ...located.filter((directory) => directory !== undefined),
    ]);
  }
}

type Read = {
  readonly found: FoundConfiguration | undefined;
  readonly node: FilesOfNode | undefined;
  readonly version: string | undefined;
  readonly handlers: readonly NodeHandler[];
  readonly findings: readonly LocatedFinding[];
};

function statusOf({ found, node, version, handlers, findings }: Read): NodeDescription['status'] {
  const problems = problemsOf(findings);
  const counted = findings.filter(({ severity }) => severity !== 'info').length;
  const missing = handlers.reduce((sum, handler) => sum + (handler.missing?.length ?? 0), 0);
  const defaultRuntime = node?.defaultRuntime?.value;
  return {
    containerd: {
      ...(version !== undefined && { version: cut(version, 64) }),
      ...(node?.versions !== undefined && { possibleVersions: [...node.versions] }),
      ...(found !== undefined && { configurationFile: cut(found.place, maxPathLength) }),
    },
    ...(defaultRuntime !== undefined && { defaultRuntime: cut(defaultRuntime, maxNameLength) }),
    handlers: handlers.slice(0, maxListed),
    problems: [...problems],
    summary: {
      handlers: handlers.length,
      handlerNames: cut(handlers.map(({ name }) => name).join(','), maxPathLength),
      problems: counted + missing,
    },
  };
}

/** Each code once a line, worst first: what stands in the file is nobody's who may only read the object. */
function problemsOf(findings: readonly LocatedFinding[]): readonly NodeProblem[] {
  const all = findings.map(({ code, severity, source }) => ({
    code,
    severity,
    file: cut(source.file, maxPathLength),
    line: source.line,
  }));
  const unique = Map.groupBy(all, (problem) => JSON.stringify(problem));
  return [...unique.values()]
    .flatMap(([first]) => (first === undefined ? [] : [first]))
    .toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity))
    .slice(0, maxListed);
}
