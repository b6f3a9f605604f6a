import { parseManifests } from '../manifests/read-manifests.ts';
import type { LocatedFinding } from '../finding/located-finding.ts';
import { listNames } from '../finding/list-names.ts';
import { quote } from '../finding/quote.ts';
import { importFinding, type Report } from './import-finding.ts';
import type { NodeRuntime, NodeRuntimes } from './node-runtimes.ts';
import type { Place } from '../text/located-value.ts';

/** A RuntimeClass from a manifest, as far as names are concerned. */
export type ClassHandler = { readonly name: string; readonly handler: string; readonly at: Place };

/** The RuntimeClasses of a manifest; other objects are left alone. */
export function readClassHandlers(
  bytes: Uint8Array,
  file: string,
): { readonly classes: readonly ClassHandler[]; readonly findings: readonly LocatedFinding[] } {
  const { objects, findings } = parseManifests(bytes, file);
  const classes = objects.flatMap(({ kind, apiVersion, value, source }): readonly ClassHandler[] => {
    if (kind !== 'RuntimeClass' || !apiVersion.startsWith('node.k8s.io/')) return [];
    const { handler, metadata } = value as {
      readonly handler?: unknown;
      readonly metadata?: { readonly name?: unknown };
    };
    const name = metadata?.name;
    if (typeof handler !== 'string') return [];
    return [{ name: typeof name === 'string' ? name : '', handler, at: { ...source, column: 1 } }];
  });
  return { classes, findings };
}

/** Reports the classes whose handler no node has, and the runtimes that no class leads to. */
export function matchClasses(classes: readonly ClassHandler[], nodes: readonly NodeRuntimes[], report: Report): void {
  if (classes.length === 0 || nodes.length === 0) return;
  const handlers = new Set(nodes.flatMap(({ runtimes }) => [...runtimes.keys()]));
  for (const { name, handler, at } of classes) {
    if (handlers.has(handler)) continue;
    const message = `RuntimeClass ${quote(name)} names the handler ${quote(handler)}, which none of the nodes has.`;
    report(importFinding('ClassWithoutHandler', at, message));
  }
  const used = new Set(classes.map(({ handler }) => handler));
  const said = new Set<string>();
  for (const { runtimes, defaultRuntime } of nodes) {
    // Pods without a class run the default runtime.
    const unused = [...runtimes].filter(
      ([name]) => !used.has(name) && !said.has(name) && name !== (defaultRuntime?.value ?? 'runc'),
    );
    for (const [name] of unused) said.add(name);
    reportUnused(
      unused.filter(([name]) => isHandler(name)),
      report,
    );
    for (const [name, { at }] of unused.filter(([unnamed]) => !isHandler(unnamed))) {
      const message = `No RuntimeClass can name the handler ${quote(name)}: the API server takes lower-case letters, digits and - only, 63 at most.`;
      report(importFinding('HandlerWithoutClass', at, message, 'Rename the runtime on the nodes.'));
    }
  }
}

function reportUnused(unused: readonly (readonly [string, NodeRuntime])[], report: Report): void {
  const [first] = unused;
  if (first === undefined) return;
  const names = unused.map(([name]) => name);
  const fix = names.length === 1 ? undefined : 'Create RuntimeClasses for them, or give their manifests too.';
  report(
    importFinding('HandlerWithoutClass', first[1].at, `No RuntimeClass names the ${listNames('handler', names)}.`, fix),
  );
}

/** Whether a RuntimeClass can have it as its handler. Source: Kubernetes, pkg/apis/node/validation: an RFC 1123 label. */
function isHandler(name: string): boolean {
  return /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name);
}
