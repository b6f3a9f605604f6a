import { isAbsolute } from 'node:path/posix';
import { quote } from '../../finding/quote.ts';
import { importFinding, type Report } from '../import-finding.ts';
import { listNames } from '../../finding/list-names.ts';
import type { NodeFiles } from '../node-files.ts';
import { textOf } from '../node-runtimes.ts';
import type { NodeConfiguration } from './node-configuration.ts';

/**
 * Looks up the files that `base_runtime_spec` names: without one of them, or with one that is no JSON, CRI does not load.
 * A file that was given by itself, from wherever, may be another machine's, and then so is what it names.
 *
 * @param main where the configuration lies on the node
 *
 * Source: containerd, plugins/cri/runtime/plugin.go, loadBaseOCISpecs.
 */
export async function reportMissingBaseSpecs(
  files: NodeFiles,
  main: string,
  { runtimes }: NodeConfiguration,
  report: Report,
): Promise<void> {
  const named = [...runtimes].flatMap(([name, table]) => {
    const path = textOf(table.entries.get('base_runtime_spec'));
    return path === undefined || !isAbsolute(path.value) ? [] : [{ name, path }];
  });
  for (const [path, those] of Map.groupBy(named, (one) => one.path.value)) {
    const [first] = those;
    if (first === undefined) continue;
    const reading = await files.read(path);
    const isNodes = files.onDisk(path) !== path || /^\/(?:etc|var\/lib)\//.test(main);
    const names = listNames(
      'runtime',
      those.map(({ name }) => name),
    );
    const what = `${quote(files.shown(path))}, the base_runtime_spec of the ${names},`;
    if (reading.kind === 'bytes' && !isJsonObject(reading.bytes)) {
      const message = `${what} is no JSON object: containerd's CRI plugin does not load.`;
      report(importFinding('BaseSpecMissing', first.path.at, message, 'Write a runtime spec of OCI into it.'));
    } else if (reading.kind === 'missing') {
      const message = isNodes
        ? `${what} does not exist: containerd's CRI plugin does not load.`
        : `${what} is not on this machine: where it is not on the node either, containerd's CRI plugin does not load.`;
      report(importFinding('BaseSpecMissing', first.path.at, message, undefined, isNodes ? undefined : 'warning'));
    }
  }
}

function isJsonObject(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && !Array.isArray(value);
  } catch {
    return false;
  }
}
