import { quote } from '../../finding/quote.ts';
import { newestFileVersion, versionsWhere } from '../../shim/containerd-facts.ts';
import { listVersions, type ContainerdVersion } from '../../shim/containerd-version.ts';
import { checkFields, checkKind } from './check-fields.ts';
import { fileFields } from './containerd-fields.ts';
import {
  criPlugin,
  currentVersion,
  imagesPlugin,
  runtimePlugin,
  shortName,
  versionOf,
} from './containerd-migration.ts';
import { structField } from './go-decoding.ts';
import { importFinding, type Report } from '../import-finding.ts';
import { valueAt, type LocatedTable, type LocatedValue } from '../../text/located-value.ts';

/**
 * Reports what containerd refuses about one file: types, the version, and what its migration would fall over.
 *
 * @param versions those that the node's containerd can have
 */
export function checkContainerdFile(table: LocatedTable, versions: readonly ContainerdVersion[], report: Report): void {
  checkFields(table, fileFields, 'the file', report);
  const version = structField(table, 'version');
  const newest = versions.at(-1) ?? '2.4';
  const known = newestFileVersion(newest);
  if (version?.kind === 'integer' && (version.value > BigInt(known) || version.value < 0n)) {
    const message = `This is version ${version.value}, and ${listVersions([newest])} knows versions up to ${known}: it does not start.`;
    report(importFinding('ContainerdRefuses', version.at, message, `Say version = ${known} or less.`));
  }
  const plugins = structField(table, 'plugins');
  if (plugins !== undefined) checkIntegers(plugins, report);
  if (versionsWhere('refusesShortIds', versions).length === versions.length) refuseShortIds(table, report);
  if (versionOf(table) >= currentVersion) return;
  const cri = valueAt(
    plugins,
    versionOf(table) <= 1 && valueAt(plugins, criPlugin) === undefined ? shortName : criPlugin,
  );
  if (cri !== undefined) checkKind(cri, 'table', `The plugin ${quote(criPlugin)}`, report);
  const images = valueAt(plugins, imagesPlugin);
  if (cri !== undefined && images !== undefined)
    checkKind(images, 'table', `The plugin ${quote(imagesPlugin)}`, report);
  const section = valueAt(cri, 'containerd');
  if (section !== undefined) checkKind(section, 'table', 'containerd', report);
  // The migration goes through the runtimes of both.
  const moved = section?.kind === 'table' ? valueAt(plugins, runtimePlugin, 'containerd', 'runtimes') : undefined;
  for (const runtimes of [valueAt(section, 'runtimes'), moved])
    if (runtimes !== undefined) checkKind(runtimes, 'tables', 'runtimes', report);
}

/** From version 2 on, 1.x refuses a plugin that is not called by its full id. */
function refuseShortIds(file: LocatedTable, report: Report): void {
  const plugins = structField(file, 'plugins');
  if (versionOf(file) < 2 || plugins?.kind !== 'table') return;
  for (const [id, { at }] of plugins.entries) {
    if (id.startsWith('io.containerd.')) continue;
    const message = `${quote(id)} is no full plugin id: containerd 1.x does not start with it in a file of version ${versionOf(file)}.`;
    report(importFinding('ContainerdRefuses', at, message));
  }
}

/** go-toml reads every part of `plugins` before anybody asks for it; what it skips, such as an unknown table, may be anything. */
function checkIntegers(value: LocatedValue, report: Report): void {
  if (value.kind === 'table') for (const entry of value.entries.values()) checkIntegers(entry, report);
  else if (value.kind === 'array') for (const item of value.items) checkIntegers(item, report);
  else if (value.kind === 'integer') checkKind(value, 'integer', 'An integer', report);
}
