import fc from 'fast-check';
import { compileConfiguration, type CompleteDocument } from '../../../src/config/compile-configuration.ts';
import type { Configuration } from '../../../src/config/configuration.ts';
import type { HandlerRule, Mode, NamespaceRule, Runtime } from '../../../src/generated/configuration.ts';
import { validateShimgateConfiguration } from '../../../src/generated/validate-configuration.ts';
import type { JsonValue } from '../../../src/shim/json-value.ts';
import { entryKey, guardedAnnotationKey } from './arbitrary-annotations.ts';
import { handlerName, oddText } from './arbitrary-names.ts';

const mode: fc.Arbitrary<Mode> = fc.constantFrom('enforce', 'warn', 'audit');

const optionValue = fc.constantFrom<JsonValue>('/opt/x.toml', '', '🦀', 0, true, null, [1, { b: [], a: null }], {
  z: 1,
  a: { y: 2, b: 3 },
});

const options = fc.dictionary(fc.constantFrom('ConfigPath', 'BinaryName', 'x'), optionValue, {
  maxKeys: 2,
  noNullPrototype: true,
});

const annotations = fc
  .array(fc.tuple(entryKey, fc.oneof(fc.constantFrom('q35', ''), oddText)), { maxLength: 3 })
  .map((entries) => Object.fromEntries(entries));

const allowedAnnotations = fc
  .array(fc.tuple(guardedAnnotationKey, fc.constantFrom<string[]>([], ['*'], ['/opt/*'], ['q35', 'a', '--x=*'])), {
    maxLength: 3,
  })
  .map((entries) => Object.fromEntries(entries));

const podAnnotations = fc.constantFrom<string[]>(
  [],
  ['io.katacontainers.*', 'shimgate.dev/*'],
  ['*'],
  ['run.oci.*', '['],
);

/** A runtime in containerd's form, or in Docker's. */
const runtime: fc.Arbitrary<Runtime> = fc.oneof(
  fc.record(
    {
      runtimeType: fc.constantFrom('io.containerd.kata.v2', 'io.containerd.runc.v2', 'a..', '/opt/shims/custom'),
      runtimePath: fc.constantFrom('/opt/kata/shim', '/opt/a b/🦀'),
      options,
      annotations,
      podAnnotations,
      allowedAnnotations,
    },
    { requiredKeys: ['runtimeType'], noNullPrototype: true },
  ),
  fc.record(
    { path: fc.constantFrom('/usr/bin/crun', 'runc'), annotations, podAnnotations },
    { requiredKeys: ['path'], noNullPrototype: true },
  ),
);

const handlerRule: fc.Arbitrary<HandlerRule> = fc.record<HandlerRule, 'handlers'>(
  {
    handlers: fc.subarray(['*', 'kata*', 'a', 'io.containerd.*', 'untrusted'], { minLength: 1 }),
    annotations,
    allowedAnnotations,
  },
  { requiredKeys: ['handlers'], noNullPrototype: true },
);

const className = fc.constantFrom('a', 'b', 'c', 'constructor', 'nosuch');

const rule: fc.Arbitrary<NamespaceRule> = fc
  .record<NamespaceRule, never>(
    {
      namespaces: fc.array(fc.constantFrom('team', 'team*', 'kube-system', '*'), { minLength: 1, maxLength: 2 }),
      selector: fc.constantFrom(
        { matchLabels: { tier: 'prod' } },
        { matchExpressions: [{ key: 'tier', operator: 'Exists' as const }] },
      ),
      allowedRuntimeClassNames: fc.array(fc.oneof(fc.constantFrom('', '*', '[ab]'), className), { maxLength: 3 }),
      defaultRuntimeClassName: className,
      mode,
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  .map(allowingItsDefault);

/** Another rule would be refused. */
function allowingItsDefault(given: NamespaceRule): NamespaceRule {
  const { allowedRuntimeClassNames: allowed, defaultRuntimeClassName } = given;
  if (allowed === undefined || defaultRuntimeClassName === undefined) return given;
  return { ...given, allowedRuntimeClassNames: [...allowed, defaultRuntimeClassName] };
}

/** Mostly of what no request is about. */
const exemptions = fc.record(
  {
    namespaces: fc.constantFrom(['kube-system'], ['infra'], []),
    usernames: fc.constantFrom(['mallory'], ['alice']),
    runtimeClassNames: fc.array(fc.constantFrom('c', 'constructor', 'nosuch'), { maxLength: 1 }),
  },
  { requiredKeys: [], noNullPrototype: true },
);

/** A sound configuration, of the runtimes that classes name and of others. */
export const configuration: fc.Arbitrary<Configuration> = fc
  .record({
    mode,
    undeclaredHandlers: fc.constantFrom('reported' as const, 'deny' as const, 'warn' as const),
    runtimeHandlerAnnotation: fc.constantFrom(true, false, 'auto' as const),
    injectedAnnotations: fc
      .subarray(['runtime-type', 'shim-binary', 'runtime-path', 'options', 'source'] as const)
      .map((chosen) => [...chosen]),
    runtimes: fc.array(fc.tuple(handlerName, runtime), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
    handlerRules: fc.array(handlerRule, { maxLength: 2 }),
    namespaceRules: fc.oneof(fc.constant([]), fc.array(rule, { minLength: 1, maxLength: 2 })),
    namespaceLabelMayLoosen: fc.boolean(),
    exemptions: fc.oneof(fc.constant({}), exemptions),
  })
  .map(compile);

/** Completes a document as reading it from a file does. */
function compile(fields: object): Configuration {
  const document = { apiVersion: 'config.shimgate.dev/v1alpha1', kind: 'ShimgateConfiguration', ...fields };
  if (!validateShimgateConfiguration(document)) {
    throw new Error(
      `the generated configuration is not valid: ${JSON.stringify(validateShimgateConfiguration.errors)}`,
    );
  }
  const { configuration: compiled, problems } = compileConfiguration(document as CompleteDocument);
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(`the generated configuration is not sound: ${JSON.stringify(errors)}`);
  return compiled;
}
