import { knownPaths, thatCount } from '../import/known-places.ts';
import type { FileReading } from '../import/node-files.ts';
import type { NodeRoot } from './node-root.ts';

/** Where a node's containerd has its configuration, and what is there. */
export type FoundConfiguration = {
  readonly place: string;
  readonly reading: FileReading;
  /** Other configurations that are on the node as well, and that another containerd reads, or none. */
  readonly others: readonly string[];
};

/** All but that of another program than containerd: pods do not go by it. */
const containerdsPlaces = knownPaths.filter((path) => path !== '/etc/docker/daemon.json');

/** Where any containerd looks, the one of Docker's packages included. What a distribution brings along goes before these. */
const general: readonly string[] = ['/etc/containerd/config.toml', '/usr/share/containerd/config.toml'];

/** @param given where the configuration is, where it is known @returns undefined where none is found */
export async function findConfiguration(root: NodeRoot, given?: string): Promise<FoundConfiguration | undefined> {
  if (given !== undefined) return { place: given, reading: await root.files.read(given), others: [] };
  const there: string[] = [];
  for (const place of containerdsPlaces) {
    const found = await root.look(place);
    if (found === 'file' || found === 'executable') there.push(place);
  }
  const counting = thatCount(there);
  const [place, ...others] = byDistribution(counting);
  if (place !== undefined && !general.includes(place)) return { place, reading: await root.files.read(place), others };
  // What root alone may look into may be that of a distribution, and then no general one counts.
  for (const closed of byDistribution(containerdsPlaces)) {
    const reading = await root.files.read(closed);
    if (reading.kind === 'unseen' && reading.why === 'forbidden') return { place: closed, reading, others: [] };
  }
  return place === undefined ? undefined : { place, reading: await root.files.read(place), others };
}

/** Those that a distribution brings along first. */
function byDistribution(places: readonly string[]): readonly string[] {
  return places.toSorted((a, b) => Number(general.includes(a)) - Number(general.includes(b)));
}
