import type { PathSegment } from '../finding/field-path.ts';
import { listQuoted } from '../finding/list-names.ts';
import { problem, type Problem } from '../finding/problem.ts';
import { quote } from '../finding/quote.ts';
import type { Exemptions, Runtime, ShimgateConfiguration } from '../generated/configuration.ts';
import { annotationsFor, runtimeHandlerAnnotation } from '../shim/managed-annotations.ts';
import { matchesAny } from '../shim/path-match.ts';
import {
  compileRuntimesTable,
  resolveRuntimeName,
  type RuntimesTable,
  type ShimConfig,
} from '../shim/runtimes-table.ts';
import { compileAllowedAnnotations, compilePassedAnnotations, judgeAllowedAnnotations } from './allowed-annotations.ts';
import { compileRuntimeClassFields } from './compile-runtime-class-fields.ts';
import type { Configuration } from './configuration.ts';
import { judgeEntryKeys } from './entry-annotations.ts';
import { judgeHandlerRule, withRuleAnnotations } from './handler-rules.ts';
import { judgeExemptions } from './judge-exemptions.ts';
import { judgeGlob } from './judge-glob.ts';
import { judgeNamespaceRule } from './judge-namespace-rules.ts';

/** A document that the schema accepts, after ajv filled in its defaults. */
export type CompleteDocument = Required<Omit<ShimgateConfiguration, 'exemptions'>> & {
  readonly exemptions: Required<Exemptions>;
};

/**
 * Checks what a schema cannot say, and builds the runtimes table.
 *
 * @returns the configuration, to be used only where no problem is an error, and all problems
 */
export function compileConfiguration(document: CompleteDocument): {
  readonly configuration: Configuration;
  readonly problems: readonly Problem[];
} {
  const { table: declared, problems } = compileRuntimesTable(document.runtimes);
  const table = new Map(
    [...declared].map(([name, shim]) => [name, withRuleAnnotations(name, shim, document.handlerRules)]),
  );
  const allowedAnnotations = compileAllowedAnnotations(document.runtimes);
  const classFields = compileRuntimeClassFields(document.runtimes);
  const configuration: Configuration = {
    ...document,
    runtimes: table,
    allowedAnnotations,
    passedAnnotations: compilePassedAnnotations(document.runtimes),
    runtimeClassFields: classFields.fields,
  };
  return {
    configuration,
    problems: [
      ...problems,
      ...classFields.problems,
      ...Object.entries(document.runtimes).flatMap(([name, runtime]) => judgeAnnotations(name, runtime)),
      ...judgePassing(document.runtimes, configuration),
      ...judgeDefaultRuntime(document, table),
      ...document.handlerRules.flatMap(judgeHandlerRule),
      ...document.namespaceRules.flatMap(judgeNamespaceRule),
      ...judgeExemptions(document.exemptions),
    ],
  };
}

function judgeAnnotations(name: string, runtime: Runtime): readonly Problem[] {
  const at = (...path: readonly PathSegment[]) => ['runtimes', name, ...path];
  return [
    ...judgeEntryKeys(runtime.annotations, at()),
    ...(runtime.podAnnotations ?? []).flatMap((glob, index) =>
      judgeGlob(glob, at('podAnnotations', index)).map((one) => ({ ...one, severity: 'warning' as const })),
    ),
    ...judgeAllowedAnnotations(runtime, at()),
  ];
}

/**
 * An injected annotation that no glob lets through never reaches the shim. The runtime handler annotation is left out:
 * containerd itself reads that one. Where the entry does not say what containerd passes on, only the annotations that
 * it declares are judged, against containerd's default of passing on none. Runtimes of which the same is true are one
 * problem.
 */
function judgePassing(runtimes: Readonly<Record<string, Runtime>>, configuration: Configuration): readonly Problem[] {
  const all = Object.entries(runtimes).flatMap(([name, runtime]) => {
    const shim = configuration.runtimes.get(name);
    const stopped = shim === undefined ? [] : stoppedAnnotations(name, runtime, shim, configuration);
    const field = runtime.podAnnotations === undefined ? 'annotations' : 'podAnnotations';
    return stopped.length === 0 ? [] : [{ name, field, keys: stopped.map(quote).join(', ') }];
  });
  return [...Map.groupBy(all, ({ field, keys }) => `${field} ${keys}`).values()].flatMap((alike) => {
    const [first, ...others] = alike;
    if (first === undefined) return [];
    const whose = listQuoted(alike.map(({ name }) => name));
    const shims = others.length === 0 ? 'its shim' : 'their shims';
    const message = `containerd does not pass these annotations of ${whose} on to ${shims}: ${first.keys}.`;
    return [problem('AnnotationNotPassed', ['runtimes', first.name, first.field], message)];
  });
}

function stoppedAnnotations(
  name: string,
  runtime: Runtime,
  shim: ShimConfig,
  configuration: Configuration,
): readonly string[] {
  const globs = runtime.podAnnotations ?? [];
  const injected =
    runtime.podAnnotations === undefined
      ? new Map(Object.entries(runtime.annotations ?? {}))
      : annotationsFor(name, shim, configuration, false);
  return [...injected.keys()].filter((key) => key !== runtimeHandlerAnnotation && !matchesAny(globs, key));
}

function judgeDefaultRuntime({ defaultRuntime, runtimes }: CompleteDocument, table: RuntimesTable): readonly Problem[] {
  const resolution = resolveRuntimeName(table, defaultRuntime);
  if (resolution.kind === 'resolved' && resolution.shim.source !== 'implicit') return [];
  // An entry that is in error is not in the table, and was reported as such.
  if (Object.hasOwn(runtimes, defaultRuntime)) return [];
  const message = `defaultRuntime ${quote(defaultRuntime)} is not in the runtimes table.`;
  return [problem('UndeclaredDefaultRuntime', ['defaultRuntime'], message)];
}
