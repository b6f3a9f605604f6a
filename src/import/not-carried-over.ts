import { isZero } from './containerd/go-decoding.ts';
import { importFinding, type Report } from './import-finding.ts';
import { listNames } from '../finding/list-names.ts';
import { isPodSandbox, textOf } from './node-runtimes.ts';
import type { LocatedTable, LocatedValue, Place } from '../text/located-value.ts';

/** What containerd takes where nothing is said. Source: internal/cri/config/config.go, ValidateRuntimeConfig. */
const defaults: ReadonlyMap<string, string> = new Map([
  ['sandboxer', 'podsandbox'],
  ['sandboxMode', 'podsandbox'],
  ['io_type', 'fifo'],
]);

/** Whether a field says no more than containerd does without it. */
export function saysNothing(key: string, value: LocatedValue): boolean {
  return isZero(value) || (value.kind === 'string' && value.value === defaults.get(key));
}

/**
 * Reports fields of runtimes that say something for which the configuration has no place, once for each key and file.
 *
 * @param judged values about which something worse was said
 */
export function reportNotCarriedOver(
  runtimes: ReadonlyMap<string, LocatedTable>,
  keys: readonly string[],
  judged: ReadonlySet<LocatedValue>,
  report: Report,
): void {
  for (const key of keys) {
    const found = [...runtimes].flatMap(([name, table]) => {
      const value = table.entries.get(key);
      return value === undefined || saysNothing(key, value) || judged.has(value) ? [] : [{ name, at: value.at }];
    });
    for (const { at, names } of byFile(found)) {
      report(importFinding('NotCarriedOver', at, `shimgate has no place for ${key} of ${names}.`));
    }
  }
}

/**
 * Reports paths of shims that containerd does not start, once for each file: a sandboxer of another kind than its own is not
 * told of them.
 *
 * @param pathKey how the document calls the path
 * @param sandboxerKeys how it may call the sandboxer
 */
export function reportUnusedPaths(
  runtimes: ReadonlyMap<string, LocatedTable>,
  pathKey: string,
  sandboxerKeys: readonly string[],
  report: Report,
): void {
  const isUsed = ({ entries }: LocatedTable) =>
    sandboxerKeys.every((key) => isPodSandbox(textOf(entries.get(key))?.value));
  const others = new Map([...runtimes].filter(([, table]) => !isUsed(table)));
  const reason = 'containerd does not tell a sandboxer other than podsandbox, and starts the shim of the type';
  reportPaths(others, pathKey, reason, report);
}

/**
 * Reports paths of shims that containerd prints and does not use, once for each file.
 *
 * Source: containerd 1.6.20, task_opts.go, WithRuntimePath: it sets a field that nothing of the task reads; 1.6.21 mended that.
 *
 * @param pathKey how the document calls the path
 */
export function reportPrintedPaths(runtimes: ReadonlyMap<string, LocatedTable>, pathKey: string, report: Report): void {
  const reason = 'containerd 1.6 prints it, and starts the shim of the type up to 1.6.20';
  reportPaths(runtimes, pathKey, reason, report);
}

/** @param reason why none of these runtimes' paths counts */
function reportPaths(
  runtimes: ReadonlyMap<string, LocatedTable>,
  pathKey: string,
  reason: string,
  report: Report,
): void {
  const found = [...runtimes].flatMap(([name, { entries }]) => {
    const path = textOf(entries.get(pathKey));
    return path === undefined ? [] : [{ name, at: path.at }];
  });
  const fix = 'Put the shim where containerd looks for that type, or say its path in place of the type.';
  for (const { at, names } of byFile(found)) {
    const statement = `shimgate does not go by ${pathKey} of ${names}: ${reason}.`;
    report(importFinding('NotCarriedOver', at, statement, fix, 'warning'));
  }
}

/** A runtime, and where it says what is told of it. */
type Told = { readonly name: string; readonly at: Place };

/** The names of what is told of each file together, and the place of the first. */
function byFile(told: readonly Told[]): readonly { readonly names: string; readonly at: Place }[] {
  return [...Map.groupBy(told, ({ at }) => at.file).values()].flatMap((ofFile) => {
    const [first] = ofFile;
    const names = ofFile.map(({ name }) => name);
    return first === undefined ? [] : [{ names: listNames('runtime', names), at: first.at }];
  });
}
