import { quote } from '../../finding/quote.ts';
import { versionsWhere } from '../../shim/containerd-facts.ts';
import type { ContainerdVersion } from '../../shim/containerd-version.ts';
import { criPlugin, imagesPlugin, runtimePlugin, shortName, versionOf } from './containerd-migration.ts';
import { structField } from './go-decoding.ts';
import { importFinding, type Report } from '../import-finding.ts';
import type { LocatedTable } from '../../text/located-value.ts';

const criPlugins: ReadonlySet<string> = new Set([shortName, criPlugin, runtimePlugin, imagesPlugin]);

/** 1.x has one plugin, and passes over the ids of its later parts. */
const firstCriPlugins: ReadonlySet<string> = new Set([shortName, criPlugin]);

/** The full id would be taken, and would disable what Kubernetes needs. */
const disabledFix = `Remove it, where the node is one of Kubernetes: the full id, ${JSON.stringify(criPlugin)}, would disable CRI.`;

/**
 * Reports what `disabled_plugins` and `required_plugins` say of CRI, and names that containerd refuses in them: from
 * version 2 on, a plugin has its full id there.
 *
 * @param versions those that the node's containerd can have
 *
 * Source: containerd, cmd/containerd/server/config/config.go, ValidateVersion and v1MigratePluginName.
 */
export function reportDisabledCri(
  files: readonly LocatedTable[],
  versions: readonly ContainerdVersion[],
  report: Report,
): void {
  const isFirst = versionsWhere('knowsOnlyOldIds', versions).length === versions.length;
  for (const file of files) {
    const isFirstVersion = versionOf(file) <= 1;
    for (const key of ['disabled_plugins', 'required_plugins']) {
      const list = structField(file, key);
      if (list?.kind !== 'array') continue;
      for (const item of list.items) {
        if (item.kind !== 'string') continue;
        if (!isFirstVersion && !item.value.includes('.')) {
          const message = `${key} names ${quote(item.value)}, which is no full plugin id: containerd does not start.`;
          const isCri = item.value === shortName;
          const fix = !isCri
            ? undefined
            : key === 'disabled_plugins'
              ? disabledFix
              : `Write ${JSON.stringify(criPlugin)}.`;
          report(importFinding('ContainerdRefuses', item.at, message, fix));
        } else if (key === 'disabled_plugins' && (isFirst ? firstCriPlugins : criPlugins).has(item.value)) {
          const message = `The plugin ${quote(item.value)} is disabled: Kubernetes cannot use this containerd, and nothing reads its runtimes.`;
          report(importFinding('CriDisabled', item.at, message));
        }
      }
    }
  }
}
