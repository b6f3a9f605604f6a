import { quote } from '../finding/quote.ts';
import { refuseRuntimeName } from '../shim/runtime-name.ts';
import { knownOptionNames, runcShim } from '../shim/options.ts';
import { isOfKind, isZero, kindName, type FieldKind } from './containerd/go-decoding.ts';
import { bareKey, otherSpelling } from './containerd/key-places.ts';
import { importFinding, type Report } from './import-finding.ts';
import type { LocatedTable, LocatedValue } from '../text/located-value.ts';
import { listOf, textOf, type Located, type NodeRuntime, type NodeRuntimes } from './node-runtimes.ts';

/** Docker's own runtime, whose name no file may take. Source: moby, daemon/config, StockRuntimeName. */
const stockName = 'runc';

/**
 * The runtimes of a daemon.json. Docker refuses the whole file where one of them is contradictory.
 *
 * Source: moby, daemon/config/config_linux.go, Runtimes; daemon/runtime_unix.go, setupRuntimes.
 */
export function dockerRuntimes(file: LocatedTable, source: string, report: Report): NodeRuntimes {
  const runtimes = new Map<string, NodeRuntime>();
  const given = file.entries.get('runtimes');
  if (given !== undefined && given.kind !== 'table' && given.kind !== 'null')
    refuse(given, 'runtimes', 'table', report);
  for (const [name, value] of given?.kind === 'table' ? given.entries : []) {
    if (name === stockName) {
      const message = `The runtime name "${stockName}" is reserved: Docker does not start.`;
      report(importFinding('DockerRefuses', value.at, message, 'Give the runtime another name.'));
    } else if (value.kind === 'table') {
      runtimes.set(name, readRuntime(name, value, report));
    } else {
      refuse(value, `runtime ${quote(name)}`, 'table', report);
    }
  }
  const defaultRuntime = readDefault(file, runtimes, report);
  return { source, kind: 'docker', runtimes, ...(defaultRuntime !== undefined && { defaultRuntime }) };
}

/** What encoding/json takes for each field of a runtime. Source: moby, api/types/system, Runtime. */
const fieldKinds: ReadonlyMap<string, FieldKind> = new Map([
  ['path', 'string'],
  ['runtimeargs', 'strings'],
  ['runtimetype', 'string'],
  ['options', 'table'],
]);

function readRuntime(name: string, table: LocatedTable, report: Report): NodeRuntime {
  const what = `runtime ${quote(name)}`;
  for (const [key, value] of table.entries) {
    const kind = fieldKinds.get(key.toLowerCase());
    if (kind === undefined) {
      // nvidia-ctk writes an empty list of `args`: nothing is lost with it.
      if (isZero(value)) continue;
      const message = `Docker ignores ${quote(key)}: ${what} has no such field.`;
      report(importFinding('KeyIgnored', value.at, message, fixOfField(key)));
    } else if (value.kind !== 'null' && !isOfKind(value, kind)) {
      refuse(value, `${key} of ${what}`, kind, report);
    }
  }
  const path = textOf(field(table, 'path'));
  const runtimeType = textOf(field(table, 'runtimetype'));
  const options = field(table, 'options');
  const runtimeArgs = listOf(field(table, 'runtimeargs'));
  return {
    at: table.at,
    ...(path !== undefined && { path }),
    ...(runtimeType !== undefined && { runtimeType }),
    ...(options?.kind === 'table' && options.entries.size > 0 && { options }),
    ...(runtimeArgs !== undefined && { runtimeArgs }),
  };
}

/** Docker's own names of the fields. */
const fieldNames: readonly string[] = ['path', 'runtimeArgs', 'runtimeType', 'options'];

/** What is meant by a field that Docker does not have; undefined where nobody can tell. */
function fixOfField(key: string): string | undefined {
  const bare = bareKey(key);
  const spelling = bare === 'args' ? 'runtimeArgs' : otherSpelling(key, fieldNames);
  if (spelling !== undefined) return `Write it ${spelling}.`;
  if (bare === 'runtimepath' || bare === 'shim')
    return 'Docker has no such field: give the path of the shim, or its name, as runtimeType.';
  const option = otherSpelling(key, knownOptionNames);
  return option === undefined ? undefined : `Move it to options, as ${option}.`;
}

/** The default may also be a shim name that no entry declares, as with `docker run --runtime`. */
function readDefault(
  file: LocatedTable,
  runtimes: ReadonlyMap<string, NodeRuntime>,
  report: Report,
): Located<string> | undefined {
  const given = file.entries.get('default-runtime');
  if (given === undefined || given.kind === 'null') return undefined;
  if (given.kind !== 'string') {
    refuse(given, 'default-runtime', 'string', report);
    return undefined;
  }
  const { value, at } = given;
  if (value === '') return undefined;
  if (runtimes.has(value) || value === stockName || value === runcShim || refuseRuntimeName(value) === undefined)
    return { value, at };
  const message = `No runtime is called ${quote(value)}, which default-runtime names: Docker does not start.`;
  report(importFinding('DefaultRuntimeMissing', at, message));
  return undefined;
}

/** encoding/json takes a key of a struct whatever its letter case; the later one counts. */
function field(table: LocatedTable, name: string): LocatedValue | undefined {
  return [...table.entries].findLast(([key]) => key.toLowerCase() === name)?.[1];
}

function refuse(value: LocatedValue, what: string, kind: FieldKind, report: Report): void {
  const shown = kind === 'table' ? 'an object' : kindName(kind);
  report(importFinding('DockerRefuses', value.at, `${what} must be ${shown}: Docker does not start.`));
}
