import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { documentedValues } from '../../../scripts/chart/documented-values.ts';

type Schema = { readonly properties?: Readonly<Record<string, Schema>>; readonly additionalProperties?: unknown };

const root = join(import.meta.dirname, '..', '..', '..');
const read = (...path: readonly string[]) => readFileSync(join(root, ...path), 'utf8');

const valuesText = read('charts', 'shimgate', 'values.yaml');
const values = parse(valuesText) as Readonly<Record<string, object>>;
const schema = JSON.parse(read('charts', 'shimgate', 'values.schema.json')) as Schema;
const validate = new Ajv({ strict: false }).compile(schema);

/** The chart's own values with others over them, as Helm merges them. */
function merged(given: Readonly<Record<string, unknown>>): unknown {
  const isMap = (value: unknown): value is object =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const overlaid = Object.entries(given).map(([key, value]) => {
    const own = values[key];
    return [key, isMap(own) && isMap(value) ? { ...own, ...value } : value] as const;
  });
  return { ...values, ...Object.fromEntries(overlaid) };
}

const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

describe('the schema of the values', () => {
  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['the values as they are', {}],
    ['values of a parent chart', { global: { anything: true } }],
    ['a Secret that exists', { certificate: { mode: 'existingSecret', secretName: 'tls' } }],
    ['its CA', { certificate: { mode: 'existingSecret', secretName: 'tls', caBundle: pem } }],
    ['a configuration that says what it is', { config: { kind: 'ShimgateConfiguration', mode: 'audit' } }],
    ['the network of the nodes', { hostNetwork: true, webhookPort: 10250, metricsPort: 9090, dnsPolicy: 'Default' }],
    ['a share of pods', { podDisruptionBudget: { maxUnavailable: '50%' } }],
    ['a registry with a path', { image: { registry: 'harbor.example:5000/proxy/docker.io' } }],
    [
      'the registry and pull secrets of all charts',
      { global: { imageRegistry: 'a.example', imagePullSecrets: ['a', { name: 'b' }] } },
    ],
    ['a condition', { webhooks: { matchConditions: { pods: [{ name: 'a', expression: 'true' }] } } }],
    ['an address of the webhook', { webhooks: { url: 'https://gate.example:8443/shimgate' } }],
    ['objects as text, and as maps', { extraObjects: ['kind: A', { apiVersion: 'v1', kind: 'ConfigMap' }] }],
  ])('takes %s', (_, given) => {
    expect({ isValid: validate(merged(given)), errors: validate.errors }).toEqual({ isValid: true, errors: null });
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['an unknown value', { replicaCount: 3 }],
    ['an unknown value inside another', { image: { name: 'x' } }],
    ['an unknown field of the configuration', { config: { modes: 'warn' } }],
    ['another kind of configuration', { config: { kind: 'Other' } }],
    ['a mode that there is not', { config: { mode: 'strict' } }],
    ['a runtime with an unknown field', { config: { runtimes: { kata: { runtime_type: 'io.containerd.kata.v2' } } } }],
    ['a namespace rule with an unknown field', { config: { namespaceRules: [{ namespace: 'a' }] } }],
    ['text for a number', { replicas: '2' }],
    ['a port that there is not', { service: { port: 0 } }],
    ['a namespace that there cannot be', { webhooks: { excludedNamespaces: ['Kube-System'] } }],
    ['a failure policy that there is not', { webhooks: { failurePolicy: 'fail' } }],
    ['a selector with an unknown field', { webhooks: { objectSelector: { labels: {} } } }],
    ['a Secret without a name', { certificate: { mode: 'existingSecret' } }],
    ['a CA that would be ignored', { certificate: { caBundle: pem } }],
    ['a CA in base64', { certificate: { mode: 'existingSecret', secretName: 'tls', caBundle: btoa(pem) } }],
    ['a registry with a tag in it', { image: { registry: 'harbor.example/a:b/c' } }],
    ['a timeout that the API server refuses', { webhooks: { timeoutSeconds: { pods: 31 } } }],
    ['a condition without an expression', { webhooks: { matchConditions: { pods: [{ name: 'a' }] } } }],
    ['an address of the webhook that is not HTTPS', { webhooks: { url: 'http://gate.example' } }],
    ['an address of the webhook with a query', { webhooks: { url: 'https://gate.example?a' } }],
    ['what a probe asks', { livenessProbe: { httpGet: { path: '/' } } }],
    ['an API server by its name', { networkPolicy: { apiServerCidrs: ['kubernetes.default'] } }],
    ['a tag that is a digest', { image: { tag: '@sha256:00' } }],
    ['a name that a Service cannot have', { fullnameOverride: '9lives' }],
  ])('refuses %s', (_, given) => {
    expect(validate(merged(given))).toBe(false);
  });

  test('has every field of the configuration', () => {
    const configuration = JSON.parse(read('src', 'config', 'configuration.schema.json')) as Schema;
    const { config } = schema.properties ?? {};
    expect(Object.keys(config?.properties ?? {})).toEqual(Object.keys(configuration.properties ?? {}));
    expect(config?.additionalProperties).toBe(false);
  });

  test.each(readdirSync(join(root, 'deploy', 'samples'), { withFileTypes: true }).filter((one) => one.isDirectory()))(
    'takes the sample $name as configuration',
    ({ name }) => {
      const config = parse(read('deploy', 'samples', name, 'configuration.yaml')) as object;
      expect({ isValid: validate(merged({ config })), errors: validate.errors }).toEqual({
        isValid: true,
        errors: null,
      });
    },
  );
});

describe('the values', () => {
  test('are documented, and have a default, each of them', () => {
    const described = new Set(documentedValues(valuesText).map(({ path }) => path.join('.')));
    const known = Object.entries(schema.properties ?? {}).flatMap(([key, { properties }]) =>
      properties === undefined || key === 'config' ? [key] : Object.keys(properties).map((below) => `${key}.${below}`),
    );
    expect([...described].filter((key) => key !== 'config.mode').toSorted()).toEqual(known.toSorted());
    const given = Object.entries(values).flatMap(([key, value]) =>
      known.includes(key) ? [key] : Object.keys(value).map((below) => `${key}.${below}`),
    );
    expect(given.toSorted()).toEqual(known.toSorted());
  });
});

describe('a comment in values.yaml', () => {
  test('belongs to the key after it, also below another, and runs over several lines', () => {
    const text =
      '# Not this.\n\n# -- One,\n# and more.\na:\n  # -- Two.\n  b: 1\n  c: 2\n# -- Lost.\n\nd:\n# -- Three.\ne: []\n';
    expect(documentedValues(text)).toEqual([
      { path: ['a'], description: 'One, and more.' },
      { path: ['a', 'b'], description: 'Two.' },
      { path: ['e'], description: 'Three.' },
    ]);
  });
});
