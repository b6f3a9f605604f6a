import { isUtf8 } from 'node:buffer';
import { posix } from 'node:path';
import { quote } from '../../finding/quote.ts';
import { importFinding, parsedOrReported, type Report } from '../import-finding.ts';
import { startOf, type LocatedTable, type LocatedValue, type Place } from '../../text/located-value.ts';
import type { NodeFiles } from '../node-files.ts';
import { parseToml, type TomlDocument } from '../../text/parse-toml.ts';
import { TextSyntaxError } from '../../text/text-syntax-error.ts';
import { knownPaths } from '../known-places.ts';
import { structField } from './go-decoding.ts';
import { misplacedImports } from './misplaced-keys.ts';
import { belowRoot } from './node-system.ts';

/** A cycle through a symbolic link to a directory makes ever new paths; containerd stops when they get too long. */
const maxFiles = 256;

export type LoadedFiles = {
  /** What could be read, in the order in which containerd merges it. */
  readonly tables: readonly TomlDocument[];
  /** Every path on the node that was looked at, the main one included. */
  readonly paths: ReadonlySet<string>;
};

/**
 * Loads a containerd configuration and all that it imports, in the order in which containerd merges them: breadth
 * first, each path once.
 *
 * @param main the path of the configuration on the node, absolute
 * @param bytes what is in it
 * @returns the files that could be read; what could not is reported
 *
 * Source: containerd, cmd/containerd/server/config/config.go, LoadConfigWithPlugins and resolveImports.
 */
export async function loadContainerdFiles(
  files: NodeFiles,
  main: string,
  bytes: Uint8Array,
  report: Report,
): Promise<LoadedFiles> {
  const loaded = new Set<string>();
  const tables: TomlDocument[] = [];
  const pending = [{ path: main, importedAt: startOf(files.shown(main)) }];
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const { path, importedAt } = next;
    if (loaded.has(path)) continue;
    if (loaded.size >= maxFiles) {
      const message = `More than ${maxFiles} files are imported: the imports go in a circle through a symbolic link, or drop-ins pile up.`;
      report(importFinding('ImportRefused', importedAt, message));
      break;
    }
    loaded.add(path);
    const table =
      path === main
        ? parseContainerdFile(bytes, files.shown(main), report)
        : await loadImport(files, path, importedAt, report);
    if (table === undefined) continue;
    tables.push(table);
    const imports = importsOf(table);
    if (path === main && isDump(main, imports)) break;
    for (const imported of imports) pending.push(...(await resolveImport(files, path, imported, report)));
  }
  const known = new Set(loaded);
  for (const pattern of tables.flatMap(misplacedImports)) {
    const path = posix.resolve(posix.dirname(main), pattern);
    for (const match of (await files.glob(path))?.paths ?? []) known.add(match);
  }
  await reportUnusedDropIns(files, main, known, report);
  return { tables, paths: loaded };
}

async function loadImport(
  files: NodeFiles,
  path: string,
  importedAt: Place,
  report: Report,
): Promise<TomlDocument | undefined> {
  const shown = files.shown(path);
  const reading = await files.read(path);
  if (reading.kind === 'bytes') return parseContainerdFile(reading.bytes, shown, report);
  if (reading.kind === 'unseen' || (reading.kind === 'missing' && !files.hasAll(path))) {
    const { reason, fix } = reading.kind === 'unseen' ? reading : { reason: 'is not among the files that were given' };
    const message = `The import ${quote(path)} could not be looked up: it ${reason}.`;
    report(importFinding('ImportNotLookedUp', importedAt, message, fix));
    return undefined;
  }
  const reason = reading.kind === 'missing' ? 'does not exist' : reading.reason;
  const message = `The import ${quote(shown)} ${reason}: containerd does not start.`;
  report(importFinding('ImportRefused', importedAt, message));
  return undefined;
}

/** Parses one file as containerd would; undefined where it would refuse the file, which is reported. */
function parseContainerdFile(bytes: Uint8Array, shown: string, report: Report): TomlDocument | undefined {
  return parsedOrReported(report, () => {
    if (!isUtf8(bytes)) throw new TextSyntaxError('The file is not UTF-8 text.', startOf(shown));
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    if (text.startsWith('\uFEFF')) {
      const message = 'The file begins with a byte order mark, which containerd refuses.';
      throw new TextSyntaxError(message, startOf(shown));
    }
    return parseToml(text, shown);
  });
}

type Import = { readonly path: string; readonly written: string; readonly at: Place };

function importsOf(table: LocatedTable): readonly Import[] {
  const imports = structField(table, 'imports');
  if (imports?.kind !== 'array') return [];
  return imports.items.flatMap((item: LocatedValue) =>
    item.kind === 'string' ? [{ path: belowRoot(item.value), written: item.value, at: item.at }] : [],
  );
}

/**
 * Whether a file is what `containerd config dump` wrote: it imports the very file that was dumped, and has all that is
 * imported in it already. In the place of that file it is the node's configuration, and imports as any does.
 */
function isDump(main: string, imports: readonly Import[]): boolean {
  return !knownPaths.includes(main) && imports.some(({ path }) => knownPaths.includes(path));
}

/** An import is a pattern only where it has a star; relative ones are relative to the file that imports. */
async function resolveImport(
  files: NodeFiles,
  parent: string,
  { path, written, at }: Import,
  report: Report,
): Promise<readonly { readonly path: string; readonly importedAt: Place }[]> {
  const absolute = posix.resolve(posix.dirname(parent), path);
  if (!absolute.includes('*')) return [{ path: absolute, importedAt: at }];
  const matches = await files.glob(absolute);
  if (matches === undefined) {
    report(
      importFinding(
        'ImportRefused',
        at,
        `${quote(written)} is a malformed pattern for imports: containerd does not start.`,
      ),
    );
    return [];
  }
  const { paths, unseen } = matches;
  if (unseen !== undefined) {
    const message = `The import ${quote(written)} could not be looked up: a directory of it ${unseen.reason}.`;
    report(importFinding('ImportNotLookedUp', at, message, unseen.fix));
  } else if (paths.length === 0) {
    const message = files.hasAll(absolute)
      ? `No file matches the import ${quote(files.shown(absolute))}.`
      : `The import ${quote(written)} could not be looked up: no file that was given matches it.`;
    report(importFinding('ImportMatchesNothing', at, message));
  }
  return paths.map((match) => ({ path: match, importedAt: at }));
}

/** Where installers and administrators put drop-ins, below the directory of the configuration. */
const dropInDirectories = ['conf.d', '*.d', 'conf', 'config', 'drop-ins', 'dropins', 'extra', 'more'] as const;

/**
 * Reports drop-ins that no `imports` names, whatever their directory is called, once for each directory. In a directory
 * other than conf.d a file has to look like one of containerd's: others keep their files there too.
 */
async function reportUnusedDropIns(
  files: NodeFiles,
  main: string,
  loaded: ReadonlySet<string>,
  report: Report,
): Promise<void> {
  const home = posix.dirname(main);
  const found = new Set<string>();
  for (const name of [...dropInDirectories, ...(posix.basename(home) === 'containerd' ? ['*'] : [])])
    for (const path of (await files.glob(`${escapeGlob(home)}/${name}/*.toml`))?.paths ?? []) found.add(path);
  const unused: string[] = [];
  for (const path of [...found].filter((one) => !loaded.has(one)).slice(0, maxFiles))
    if (posix.dirname(path) === posix.join(home, 'conf.d') || (await isOfContainerd(files, path))) unused.push(path);
  for (const [directory, those] of Map.groupBy(unused, (path) => posix.dirname(path))) {
    const [first] = those;
    if (first === undefined) continue;
    const which = those.length === 1 ? 'this drop-in' : `these ${those.length} drop-ins`;
    const message = `No configuration imports ${which}, so containerd does not read ${those.length === 1 ? 'it' : 'them'}: ${files.shown(main)} does not name ${those.length === 1 ? 'it' : 'them'}.`;
    const fix = `Add imports = [${JSON.stringify(`${directory}/*.toml`)}] to the configuration, at its top.`;
    report(importFinding('DropInNotImported', startOf(files.shown(first)), message, fix));
  }
}

/** Whether a file has a table that only a configuration of containerd has. */
async function isOfContainerd(files: NodeFiles, path: string): Promise<boolean> {
  const reading = await files.read(path);
  if (reading.kind !== 'bytes' || !isUtf8(reading.bytes)) return false;
  try {
    const { entries } = parseToml(new TextDecoder().decode(reading.bytes), path);
    return entries.has('plugins') || entries.has('proxy_plugins');
  } catch (error) {
    if (error instanceof TextSyntaxError) return false;
    throw error;
  }
}

function escapeGlob(path: string): string {
  return path.replace(/[*?[\\]/g, '\\$&');
}
