import { isUtf8 } from 'node:buffer';
import { posix } from 'node:path';
import { quote } from '../finding/quote.ts';
import { importFinding, type Report } from './import-finding.ts';
import type { LocatedTable, LocatedValue, Place } from './located-value.ts';
import type { NodeFiles } from './node-files.ts';
import { parseToml } from './parse-toml.ts';
import { TextSyntaxError } from './text-syntax-error.ts';
import { structField } from './go-decoding.ts';

/** A cycle through a symbolic link to a directory makes ever new paths; containerd stops when they get too long. */
const maxFiles = 256;

export type LoadedFiles = {
  /** What could be read, in the order in which containerd merges it. */
  readonly tables: readonly LocatedTable[];
  /** Every path on the node that was looked at, the main one included. */
  readonly paths: ReadonlySet<string>;
};

/**
 * Loads a containerd configuration and all that it imports, in the order in which containerd merges them: breadth
 * first, each path once.
 *
 * @param main the path of the configuration on the node, absolute
 * @returns the files that could be read; what could not is reported
 *
 * Source: containerd, cmd/containerd/server/config/config.go, LoadConfigWithPlugins and resolveImports.
 */
export async function loadContainerdFiles(files: NodeFiles, main: string, report: Report): Promise<LoadedFiles> {
  const loaded = new Set<string>();
  const tables: LocatedTable[] = [];
  const pending: { readonly path: string; readonly importedAt?: Place }[] = [{ path: main }];
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const { path, importedAt } = next;
    if (loaded.has(path)) continue;
    if (loaded.size >= maxFiles) {
      const message = `More than ${maxFiles} files are imported: the imports go in a circle through a symbolic link, or drop-ins pile up.`;
      report(importFinding('ImportRefused', importedAt ?? startOf(files.shown(path)), message));
      break;
    }
    loaded.add(path);
    const table = await loadFile(files, path, importedAt, report);
    if (table === undefined) continue;
    tables.push(table);
    for (const imported of importsOf(table)) pending.push(...(await resolveImport(files, path, imported, report)));
  }
  await reportUnusedDropIns(files, main, loaded, report);
  return { tables, paths: loaded };
}

async function loadFile(
  files: NodeFiles,
  path: string,
  importedAt: Place | undefined,
  report: Report,
): Promise<LocatedTable | undefined> {
  const shown = files.shown(path);
  const reading = await files.read(path);
  if (reading.kind === 'bytes') return parseContainerdFile(reading.bytes, shown, report);
  const reason = reading.kind === 'missing' ? 'does not exist' : reading.reason;
  if (importedAt === undefined) report(importFinding('UnreadableFile', startOf(shown), `The file ${reason}.`));
  else
    report(
      importFinding('ImportRefused', importedAt, `The import ${quote(shown)} ${reason}: containerd does not start.`),
    );
  return undefined;
}

/** Parses one file as containerd would; undefined where it would refuse the file, which is reported. */
export function parseContainerdFile(bytes: Uint8Array, shown: string, report: Report): LocatedTable | undefined {
  try {
    if (!isUtf8(bytes)) throw new TextSyntaxError('The file is not UTF-8 text.', startOf(shown));
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    if (text.startsWith('\uFEFF')) {
      const message = 'The file begins with a byte order mark, which containerd refuses.';
      throw new TextSyntaxError(message, startOf(shown));
    }
    return parseToml(text, shown);
  } catch (error) {
    if (!(error instanceof TextSyntaxError)) throw error;
    report(importFinding('UnreadableFile', error.place, error.message));
    return undefined;
  }
}

function importsOf(table: LocatedTable): readonly { readonly path: string; readonly at: Place }[] {
  const imports = structField(table, 'imports');
  if (imports?.kind !== 'array') return [];
  return imports.items.flatMap((item: LocatedValue) =>
    item.kind === 'string' ? [{ path: item.value, at: item.at }] : [],
  );
}

/** An import is a pattern only where it has a star; relative ones are relative to the file that imports. */
async function resolveImport(
  files: NodeFiles,
  parent: string,
  { path, at }: { readonly path: string; readonly at: Place },
  report: Report,
): Promise<readonly { readonly path: string; readonly importedAt: Place }[]> {
  const cleaned = clean(path);
  const absolute = cleaned.startsWith('/') ? cleaned : posix.join(posix.dirname(parent), cleaned);
  if (!absolute.includes('*')) return [{ path: absolute, importedAt: at }];
  const matches = await files.glob(absolute);
  if (matches === undefined) {
    report(
      importFinding(
        'ImportRefused',
        at,
        `${quote(path)} is a malformed pattern for imports: containerd does not start.`,
      ),
    );
    return [];
  }
  if (matches.length === 0)
    report(importFinding('ImportMatchesNothing', at, `No file matches the import ${quote(files.shown(absolute))}.`));
  return matches.map((match) => ({ path: match, importedAt: at }));
}

/** Go's filepath.Clean. */
function clean(path: string): string {
  const normalized = posix.normalize(path);
  return normalized.length > 1 && normalized.endsWith('/') ? normalized.slice(0, -1) : normalized;
}

/** containerd's own default names conf.d, but a configuration that has no `imports` imports nothing. */
async function reportUnusedDropIns(
  files: NodeFiles,
  main: string,
  loaded: ReadonlySet<string>,
  report: Report,
): Promise<void> {
  const directory = posix.join(posix.dirname(main), 'conf.d');
  const unused = ((await files.glob(`${escapeGlob(directory)}/*.toml`)) ?? []).filter((path) => !loaded.has(path));
  for (const path of unused) {
    const message = `No configuration imports this drop-in, so containerd does not read it: ${files.shown(main)} does not name it.`;
    const fix = `Add imports = [${JSON.stringify(`${directory}/*.toml`)}] to the configuration, at its top.`;
    report(importFinding('DropInNotImported', startOf(files.shown(path)), message, fix));
  }
}

function escapeGlob(path: string): string {
  return path.replace(/[*?[\\]/g, '\\$&');
}

/** The first place of a file, for what is true of the whole file. */
export function startOf(file: string): Place {
  return { file, line: 1, column: 1 };
}
