import type { PathSegment } from '../finding/field-path.ts';
import { problem, type Problem } from '../finding/problem.ts';
import { quote } from '../finding/quote.ts';
import type {
  Exemptions,
  LabelSelector,
  NamespaceRule,
  Runtime,
  ShimgateConfiguration,
} from '../generated/configuration.ts';
import { annotationsFor, isReservedKey, runtimeHandlerAnnotation } from '../shim/managed-annotations.ts';
import { matchesAny, pathMatch } from '../shim/path-match.ts';
import {
  compileRuntimesTable,
  resolveRuntimeName,
  type RuntimesTable,
  type ShimConfig,
} from '../shim/runtimes-table.ts';
import { compileAllowedAnnotations, judgeAllowedAnnotations } from './allowed-annotations.ts';
import { compileRuntimeClassFields } from './compile-runtime-class-fields.ts';
import type { Configuration } from './configuration.ts';

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
  const { table, problems } = compileRuntimesTable(document.runtimes);
  const allowedAnnotations = compileAllowedAnnotations(document.runtimes);
  const classFields = compileRuntimeClassFields(document.runtimes);
  const configuration: Configuration = {
    ...document,
    runtimes: table,
    allowedAnnotations,
    runtimeClassFields: classFields.fields,
  };
  return {
    configuration,
    problems: [
      ...problems,
      ...classFields.problems,
      ...Object.entries(document.runtimes).flatMap(([name, runtime]) =>
        judgeAnnotations(name, runtime, table.get(name), configuration),
      ),
      ...judgeDefaultRuntime(document, table),
      ...document.namespaceRules.flatMap(judgeNamespaceRule),
      ...document.exemptions.usernames.flatMap(judgeExemptUser),
      ...findUnenforced(document),
    ],
  };
}

function judgeAnnotations(
  name: string,
  runtime: Runtime,
  shim: ShimConfig | undefined,
  configuration: Configuration,
): readonly Problem[] {
  const at = (...path: readonly PathSegment[]) => ['runtimes', name, ...path];
  return [
    ...Object.keys(runtime.annotations ?? {}).flatMap((key) => judgeKey(key, at('annotations', key))),
    ...(runtime.podAnnotations ?? []).flatMap((glob, index) =>
      judgeGlob(glob, at('podAnnotations', index)).map((one) => ({ ...one, severity: 'warning' as const })),
    ),
    ...judgeAllowedAnnotations(runtime, at()),
    ...(shim === undefined ? [] : judgePassing(name, runtime, shim, configuration)),
  ];
}

/** Source: Kubernetes, apimachinery, pkg/api/validation, ValidateAnnotations: a qualified name, compared in lower case. */
function judgeKey(key: string, path: readonly PathSegment[]): readonly Problem[] {
  if (isReservedKey(key)) return [problem('ReservedAnnotation', path, `${quote(key)} is written by shimgate itself.`)];
  const [prefix, name] = key.includes('/') ? splitOnce(key, '/') : [undefined, key];
  const isName = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(name);
  const label = '[a-z0-9]([a-z0-9-]*[a-z0-9])?';
  const isPrefix =
    prefix === undefined || (prefix.length <= 253 && new RegExp(`^${label}(\\.${label})*$`, 'i').test(prefix));
  return isName && isPrefix ? [] : [problem('InvalidAnnotationKey', path, `${quote(key)} is no valid annotation key.`)];
}

/**
 * An injected annotation that no glob lets through never reaches the shim. The runtime handler annotation is left out:
 * containerd itself reads that one. Where the entry does not say what containerd passes on, only the annotations that
 * it declares are judged, against containerd's default of passing on none.
 */
function judgePassing(
  name: string,
  runtime: Runtime,
  shim: ShimConfig,
  configuration: Configuration,
): readonly Problem[] {
  const globs = runtime.podAnnotations ?? [];
  const injected =
    runtime.podAnnotations === undefined
      ? new Map(Object.entries(runtime.annotations ?? {}))
      : annotationsFor(name, shim, configuration);
  const stopped = [...injected.keys()].filter((key) => key !== runtimeHandlerAnnotation && !matchesAny(globs, key));
  if (stopped.length === 0) return [];
  const path = ['runtimes', name, ...(runtime.podAnnotations === undefined ? ['annotations'] : ['podAnnotations'])];
  const message = `containerd does not pass these annotations of ${quote(name)} on to its shim: ${stopped.map(quote).join(', ')}.`;
  return [problem('AnnotationNotPassed', path, message)];
}

function judgeGlob(glob: string, path: readonly PathSegment[]): readonly Problem[] {
  if (pathMatch(glob, '') !== 'bad pattern') return [];
  return [problem('MalformedGlob', path, `${quote(glob)} is a malformed glob.`)];
}

function judgeDefaultRuntime({ defaultRuntime, runtimes }: CompleteDocument, table: RuntimesTable): readonly Problem[] {
  const resolution = resolveRuntimeName(table, defaultRuntime);
  if (resolution.kind === 'resolved' && resolution.shim.source !== 'implicit') return [];
  // An entry that is in error is not in the table, and was reported as such.
  if (Object.hasOwn(runtimes, defaultRuntime)) return [];
  const message = `defaultRuntime ${quote(defaultRuntime)} is not in the runtimes table.`;
  return [problem('UndeclaredDefaultRuntime', ['defaultRuntime'], message)];
}

function judgeNamespaceRule(rule: NamespaceRule, index: number): readonly Problem[] {
  const at = (...path: readonly PathSegment[]) => ['namespaceRules', index, ...path];
  return [
    ...(rule.namespaces ?? []).flatMap((glob, item) => judgeGlob(glob, at('namespaces', item))),
    ...(rule.allowedRuntimeClassNames ?? []).flatMap((glob, item) =>
      judgeGlob(glob, at('allowedRuntimeClassNames', item)),
    ),
    ...judgeSelector(rule.selector ?? {}).map((one) => ({ ...one, path: at('selector', ...one.path) })),
  ];
}

/** Source: Kubernetes, apimachinery, pkg/apis/meta/v1/validation, ValidateLabelSelectorRequirement. */
function judgeSelector(selector: LabelSelector): readonly Problem[] {
  return (selector.matchExpressions ?? []).flatMap(({ key, operator, values = [] }, index) => {
    const takesValues = operator === 'In' || operator === 'NotIn';
    if (takesValues === values.length > 0) return [];
    const message = `${operator} on ${quote(key)} ${takesValues ? 'needs values' : 'takes no values'}.`;
    return [problem('InvalidSelector', ['matchExpressions', index, 'values'], message)];
  });
}

function judgeExemptUser(username: string, index: number): readonly Problem[] {
  const isController =
    /^system:serviceaccount:kube-system:.*-controller$/.test(username) || username === 'system:kube-controller-manager';
  if (!isController) return [];
  const message = `${quote(username)} makes pods for everybody, so exempting it exempts everybody.`;
  return [problem('ControllerExempted', ['exemptions', 'usernames', index], message)];
}

/** Settings of the format whose policies this version does not have yet: accepted, and said loudly. */
function findUnenforced(document: CompleteDocument): readonly Problem[] {
  const unenforced = (path: readonly PathSegment[], what: string) =>
    problem('NotEnforced', path, `This version does not act on ${what}.`);
  const { namespaces, usernames, runtimeClassNames } = document.exemptions;
  return [
    ...document.namespaceRules.flatMap((rule, index) => [
      ...(rule.allowedRuntimeClassNames === undefined
        ? []
        : [unenforced(['namespaceRules', index, 'allowedRuntimeClassNames'], 'allowedRuntimeClassNames')]),
    ]),
    ...(namespaces.length + usernames.length + runtimeClassNames.length > 0
      ? [unenforced(['exemptions'], 'exemptions')]
      : []),
  ];
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + separator.length)];
}
