import { visible } from '../../../src/finding/quote.ts';
import { knownVersions, listVersions, type ContainerdVersion } from '../../../src/shim/containerd-version.ts';
import { pullSettings } from '../stage/containerd-config.ts';
import type { PodOutcome } from '../stage/outcome.ts';
import type { Cell } from './cells.ts';
import type { CellResult } from './run-cell.ts';

const head = `# Compatibility

<!-- \`make matrix\` writes this page, of what it has run. -->

What the node tests saw with versions that nodes have: a real control plane, scheduler and kubelet, containerd with runc, crun and gVisor, and shimgate before them. In
each cell a table of pods goes through shimgate to the node: what shimgate says has to be what the node does then. What the node reports
of its handlers, and \`shimgate import\` of the node's files are compared as well. Each difference between versions stands in
[containerd-facts.ts](../src/shim/containerd-facts.ts), which the rules ask.

`;

/**
 * The page of all that has been run.
 *
 * @param cells all that there are, in order
 * @param tables of the table of pods
 * @param pulled of the pulls
 */
export function compatibilityPage(
  cells: readonly Cell[],
  tables: readonly CellResult[],
  pulled: readonly CellResult[],
): string {
  return [head, whatWasRun(cells, tables), differences(tables), kubernetesDifferences(tables), pulls(pulled)]
    .concat(handlers(tables))
    .join('\n');
}

function whatWasRun(cells: readonly Cell[], results: readonly CellResult[]): string {
  const kubernetes = [...new Set(cells.map((cell) => cell.kubernetes))];
  const resultAt = (containerd: string, minor: string) =>
    results.find(({ cell }) => cell.containerd === containerd && cell.kubernetes === minor);
  const exact = (key: 'kubernetes' | 'containerd', minor: string) =>
    results.find(({ cell }) => cell[key] === minor)?.versions[key] ?? minor;
  const rows = [...new Set(cells.map((cell) => cell.containerd))].map((containerd) => [
    exact('containerd', containerd),
    ...kubernetes.map((minor) => summary(resultAt(containerd, minor))),
  ]);
  const columns = ['containerd', ...kubernetes.map((minor) => `Kubernetes ${exact('kubernetes', minor)}`)];
  return `## What was run\n\n${table(columns, rows)}\n`;
}

function summary(result: CellResult | undefined): string {
  if (result === undefined) return 'not run';
  const { passed, failed, pods, day } = result;
  const seen = pods.length === 0 ? '' : `${pods.length} pods, `;
  if (failed.length === 0) return `${seen}${passed} tests, all as said (${day})`;
  const [first = '', ...more] = failed;
  return `${passed} tests passed, ${failed.length} failed (${day}): ${first}${more.length === 0 ? '' : ' …'}`;
}

/** Pods that containerds treat in different ways, or of which shimgate says something else. */
function differences(results: readonly CellResult[]): string {
  const rows = podNames(results).flatMap((pod) => {
    const byContainerd = firstOfEach(results, 'containerd').map((result) => ({
      version: result.cell.containerd,
      seen: seenOf(result, pod),
    }));
    const groups = grouped(byContainerd);
    return groups.length < 2 ? [] : groups.map(({ versions, seen }) => [pod, list(versions), ...seen.split('\n')]);
  });
  const text = 'All other pods do the same with each version, and shimgate says the same of them.';
  return `## Where versions of containerd differ\n\n${table(['pod', 'containerd', 'the node', 'shimgate'], rows)}\n\n${text}\n`;
}

function kubernetesDifferences(results: readonly CellResult[]): string {
  const rows = podNames(results).flatMap((pod) =>
    [...new Set(results.map(({ cell }) => cell.containerd))].flatMap((containerd) => {
      const cells = results.filter(({ cell }) => cell.containerd === containerd);
      const seen = new Set(cells.map((result) => seenOf(result, pod)));
      if (seen.size < 2) return [];
      return cells.map((result) => [pod, containerd, result.cell.kubernetes, ...seenOf(result, pod).split('\n')]);
    }),
  );
  const columns = ['pod', 'containerd', 'Kubernetes', 'the node', 'shimgate'];
  const isOne = firstOfEach(results, 'kubernetes').length < 2;
  const nothing = isOne ? 'Only one was run.' : 'Nowhere, with one containerd.';
  return `## Where versions of Kubernetes differ\n\n${rows.length === 0 ? nothing : table(columns, rows)}\n`;
}

function pulls(results: readonly CellResult[]): string {
  const ordered = firstOfEach(results, 'containerd');
  const rows = pullSettings.flatMap((setting) =>
    grouped(
      ordered.map((result) => ({
        version: result.cell.containerd,
        seen: ['bare', 'own', 'auto']
          .map((kind) => pulled(result, `${kind}-${setting.replaceAll('_', '-')}`))
          .join('\n'),
      })),
    ).map(({ versions, seen }) => [`\`${setting}\``, list(versions), ...seen.split('\n')]),
  );
  const columns = ['pulls', 'containerd', 'a pod without the annotation', 'with it', 'a pod as `auto` leaves it'];
  const runs = results.map((result) => [result.versions.containerd, summary(result)]);
  return `## Pulls for a runtime with a snapshotter of its own\n
Its snapshotter is \`native\`, the general one \`overlayfs\`; the annotation is \`io.containerd.cri.runtime-handler\`. Where two are named, the image was unpacked
twice. With \`runtime_platforms\` there is \`unpack_config\` as well. Of these settings containerd 2.0 knows \`runtime_platforms\` alone, and 1.x none: they pass over
the others.\n
${runs.length === 0 ? 'Not run.' : table(['containerd', 'run'], runs)}
${rows.length === 0 ? '' : `\n${table(columns, rows)}\n`}`;
}

function pulled(result: CellResult, pod: string): string {
  const seen = result.pulls.find((one) => one.pod === pod);
  if (seen === undefined) return '-';
  return seen.outcome.kind === 'runs' ? `runs: ${seen.snapshotters.join(', ')}` : outcomeText(seen.outcome);
}

/** What nodes report of their handlers. */
function handlers(results: readonly CellResult[]): string {
  const told = firstOfEach(results, 'containerd').map(({ cell, handlers: listed = [] }) => {
    const names = listed.flatMap(({ name = '', features }) => (name === '' ? [] : [{ name, features }]));
    const having = (feature: 'recursiveReadOnlyMounts' | 'userNamespaces') =>
      names
        .flatMap(({ name, features }) => (features?.[feature] === true ? [name] : []))
        .toSorted()
        .join(', ');
    const texts = [String(names.length), having('recursiveReadOnlyMounts'), having('userNamespaces')];
    return { version: cell.containerd, seen: names.length === 0 ? 'none\n-\n-' : texts.join('\n') };
  });
  const rows = grouped(told).map(({ versions, seen }) => [list(versions), ...seen.split('\n')]);
  const columns = ['containerd', 'handlers', 'with recursive read-only mounts', 'with user namespaces'];
  return `## What nodes report of their handlers\n\n\`status.runtimeHandlers\`, without the default one that has no name.\n\n${table(columns, rows)}\n`;
}

/** One result for each version: of the first Kubernetes, or containerd, with which a run came so far as to see something. */
function firstOfEach(results: readonly CellResult[], key: keyof Cell): readonly CellResult[] {
  const first = new Map<string, CellResult>();
  for (const result of results.filter(({ pods, pulls: seen }) => pods.length > 0 || seen.length > 0)) {
    if (!first.has(result.cell[key])) first.set(result.cell[key], result);
  }
  return [...first.values()];
}

function podNames(results: readonly CellResult[]): readonly string[] {
  return [...new Set(results.flatMap(({ pods }) => pods.map(({ pod }) => pod)))].toSorted();
}

/** What became of a pod, and on the next line what was said of it. */
function seenOf({ pods }: CellResult, name: string): string {
  const found = pods.find(({ pod }) => pod === name);
  if (found === undefined) return 'not in its table\n-';
  const said = [...new Set(found.said)].map((code) => `\`${code}\``).join(', ');
  return `${outcomeText(found.outcome)}\n${said === '' ? 'nothing' : said}`;
}

function outcomeText(outcome: PodOutcome): string {
  if (outcome.kind === 'runs') return 'runs';
  return `\`${withoutPlaces(outcome.message).replace(/^Failed to create pod sandbox: rpc error: code = \w+ desc = /, '')}\``;
}

/** Names of this run and of this machine say nothing to others. */
function withoutPlaces(message: string): string {
  return visible(message.replaceAll(/\s+/g, ' '))
    .replaceAll(/\b[0-9a-f]{64}\b/g, 'ID')
    .replaceAll(/localhost:\d+\/[\w.-]+(?::\w+)?/g, 'IMAGE')
    .replaceAll(/(?<![\w.])\/(?!nonexistent)(?:[\w.@+-]+\/)+([\w.@+-]+)/g, '…/$1')
    .slice(0, 240);
}

type Seen = { readonly version: ContainerdVersion; readonly seen: string };

/** Versions of which the same was seen, oldest first. */
function grouped(
  all: readonly Seen[],
): readonly { readonly versions: readonly ContainerdVersion[]; readonly seen: string }[] {
  const ordered = all.toSorted((a, b) => knownVersions.indexOf(a.version) - knownVersions.indexOf(b.version));
  const groups = Map.groupBy(ordered, ({ seen }) => seen);
  return [...groups].map(([seen, members]) => ({ seen, versions: members.map(({ version }) => version) }));
}

function list(versions: readonly ContainerdVersion[]): string {
  return listVersions(versions).replace('containerd ', '');
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}
