import { finding, type Finding } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';
import { naming } from '../finding/statement.ts';
import { atPulls, type AlikeNodes } from '../policy/node-pulls.ts';
import type { World } from '../policy/world.ts';
import { listVersions, verbFor, type ContainerdVersion } from '../shim/containerd-version.ts';
import { runtimeHandlerAnnotation } from '../shim/managed-annotations.ts';
import type { PullLack, RuntimeHandlerAtPull } from '../shim/runtime-handler-at-pull.ts';

/**
 * What the nodes of a class do with the annotation io.containerd.cri.runtime-handler, where its runtime has a snapshotter of
 * its own. A cluster says versions alone, so that each finding holds for containerd's own settings, and says which other
 * ones it takes. Nothing is said where the annotation is turned off.
 */
export function judgePulls(name: string, world: World): readonly Finding[] {
  const { presence, shim } = world.followClass(name) ?? {};
  const { runtimeHandlerAnnotation: choice } = world.configuration;
  const snapshotter = shim?.snapshotter;
  if (presence === undefined || snapshotter === undefined || choice === false) return [];
  const told = presence.atPulls.flatMap((alike) => {
    const done = atPulls(alike, snapshotter);
    return done === undefined ? [] : [{ ...alike, ...done }];
  });
  const by = (effect: RuntimeHandlerAtPull['effect']) => told.filter((one) => one.effect === effect);
  return [
    ...judge(name, snapshotter, by('fails'), choice === true ? 'breaks' : 'would break'),
    ...judge(name, snapshotter, by('ignores'), 'is ignored'),
  ];
}

type Told = AlikeNodes & RuntimeHandlerAtPull;

function judge(
  name: string,
  snapshotter: string,
  nodes: readonly Told[],
  does: 'breaks' | 'would break' | 'is ignored',
): readonly Finding[] {
  const [first] = nodes;
  if (first === undefined) return [];
  const count = nodes.reduce((sum, one) => sum + one.count, 0);
  const versions = [...new Set(nodes.flatMap(({ version }) => version ?? []))].toSorted(byNumber);
  const which = `${count} of the nodes that it can use, such as ${quote(first.example)}, ${verb(count, 'runs', 'run')} ${listVersions(versions)}`;
  const lacks = [...new Set(nodes.flatMap((one) => one.lacks))]
    .map((lack) => lackInWords(lack, snapshotter))
    .join(', and ');
  const start = `RuntimeClass ${quote(name)} leads to a runtime with snapshotter ${quote(snapshotter)}, and ${which}`;
  const field = 'handler';
  if (does === 'is ignored') {
    const ignores = `, which ${verbFor(versions, 'ignores', 'ignore')} the annotation ${runtimeHandlerAnnotation} there without ${lacks}.`;
    return [finding('RuntimeHandlerIgnored', { field, statement: naming(`${start}${ignores}`) })];
  }
  const breaks = does === 'breaks' ? 'the pulls of its pods fail' : 'a pull for its runtime fails';
  const statement = naming(`${start}: by the annotation ${runtimeHandlerAnnotation} ${breaks} there without ${lacks}.`);
  const severity = does === 'breaks' ? 'warning' : 'info';
  return [finding('RuntimeHandlerBreaksPulls', { field, severity, statement })];
}

function lackInWords(lack: PullLack, snapshotter: string): string {
  switch (lack) {
    case 'unpack_config or use_local_image_pull':
      return `${quote(snapshotter)} in the unpack_config of the transfer service or use_local_image_pull = true`;
    case 'runtime_platforms':
      return `an entry of the runtime in runtime_platforms of the images plugin`;
    case 'the runtime':
      return 'the runtime';
  }
}

function verb(count: number, one: string, many: string): string {
  return count === 1 ? one : many;
}

function byNumber(a: ContainerdVersion, b: ContainerdVersion): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
