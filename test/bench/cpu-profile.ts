import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ownGroup, type ProfileGroup } from './profile-groups.ts';

/** A .cpuprofile, as far as it is read. Source: Chrome DevTools Protocol, Profiler.Profile. */
export type CpuProfile = {
  readonly nodes: readonly ProfileNode[];
  /** In microseconds of the monotonic clock. */
  readonly startTime: number;
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
};

type ProfileNode = {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
};

export type SelfTime = {
  readonly name: string;
  /** File of the sources, such as src/webhook/metrics.ts; empty for what is built in. */
  readonly where: string;
  readonly group: ProfileGroup;
  readonly microseconds: number;
};

/**
 * The time that each function took itself between two moments, most first.
 *
 * @param from microseconds of the monotonic clock, as is `to`
 */
export async function readProfile(profile: CpuProfile, from: number, to: number): Promise<readonly SelfTime[]> {
  const spent = new Map<number, number>();
  let clock = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    const delta = profile.timeDeltas[index] ?? 0;
    clock += delta;
    if (clock >= from && clock <= to) spent.set(id, (spent.get(id) ?? 0) + delta);
  }
  const placeOf = await readPlaces(profile.nodes);
  const times = new Map<string, SelfTime>();
  const visit = (node: ProfileNode, callers: ProfileGroup): void => {
    const { functionName, url } = node.callFrame;
    const [name, where] = [functionName === '' ? '(anonymous)' : functionName, placeOf(node)];
    const group = ownGroup(name, where) ?? callers;
    const key = `${group}\n${name}\n${where}\n${url === '' ? '' : node.callFrame.lineNumber}`;
    const before = times.get(key)?.microseconds ?? 0;
    times.set(key, { name, where, group, microseconds: before + (spent.get(node.id) ?? 0) });
    for (const child of node.children ?? []) {
      const found = nodes.get(child);
      if (found !== undefined) visit(found, group);
    }
  };
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const [root] = profile.nodes;
  if (root !== undefined) visit(root, 'TLS and HTTP core');
  return [...times.values()].toSorted((a, b) => b.microseconds - a.microseconds);
}

/** Where functions stand in the sources: the bundle has a comment with the name of the file before the code of each. */
async function readPlaces(nodes: readonly ProfileNode[]): Promise<(node: ProfileNode) => string> {
  const urls = new Set(nodes.map(({ callFrame }) => callFrame.url).filter((url) => url.startsWith('file:')));
  const placesByLine = new Map<string, readonly string[]>();
  for (const url of urls) {
    let place = url;
    const lines = (await readFile(fileURLToPath(url), 'utf8')).split('\n');
    placesByLine.set(
      url,
      lines.map((line) => (place = /^\/\/ (?:\S*?\/)?((?:node_modules|src)\/\S+)$/.exec(line)?.[1] ?? place)),
    );
  }
  return ({ callFrame: { url, lineNumber } }) => placesByLine.get(url)?.[lineNumber] ?? url;
}
