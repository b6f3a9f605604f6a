import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { renderManifests } from '../../scripts/chart/render-manifests.ts';
import { readConfiguration } from '../../src/config/read-configuration.ts';
import type { NamespaceRule } from '../../src/generated/configuration.ts';
import { webhookConfigurations } from '../../src/registration/webhook-configurations.ts';
import { webhooksFor } from '../../src/registration/webhooks.ts';
import { ensureBinaries } from '../support/binaries/ensure-binaries.ts';
import { helmTemplate, only, render, type Rendered } from './chart/render.ts';
import { installed, renderedWebhooks } from './chart/rendered-webhooks.ts';
import { chart } from '../support/installation/installation.ts';
import { runProgram } from '../support/processes/run-program.ts';

const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const existingSecret = { mode: 'existingSecret', secretName: 'tls', caBundle: pem };
/** An installation with the chart's own values. */
const asByDefault = {
  name: 'shimgate',
  namespace: 'shimgate',
  port: 443,
  failurePolicy: 'Fail',
  excludedNamespaces: ['kube-system'],
  labels: {},
} as const;
const longName = 'a'.repeat(70);

describe('the chart', () => {
  test.each([
    ['its own values', {}],
    ['a Secret that exists', { certificate: existingSecret }],
    ['cert-manager', { certificate: { mode: 'certManager' } }],
    ['an autoscaler', { autoscaling: { enabled: true } }],
    ['the network of the nodes', { hostNetwork: true, webhookPort: 9443, metricsPort: 9081 }],
    ['every default class', { config: { namespaceRules: [{ defaultRuntimeClassName: 'kata' }] } }],
  ])('passes helm lint --strict with %s', async (_, values) => {
    const { helm } = await ensureBinaries();
    const lint = await runProgram(helm, ['lint', '--strict', chart, '--values', '-'], {
      input: JSON.stringify(values),
    });
    expect({ exitCode: lint.exitCode, stdout: lint.stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringContaining('1 chart(s) linted, 0 chart(s) failed') as unknown,
    });
  });

  test.each([
    [
      'an unknown field of the configuration',
      { config: { modes: 'warn' } },
      "additional properties 'modes' not allowed",
    ],
    ['a mode that there is not', { config: { mode: 'strict' } }, "at '/config/mode': value must be one of"],
    ['an unknown value', { replicaCount: 3 }, "additional properties 'replicaCount' not allowed"],
    ['a Secret without a name', { certificate: { mode: 'existingSecret' } }, "at '/certificate/secretName'"],
    ['names of clients without their CA', { clients: { allowedNames: ['a'] } }, "at '/clients/caConfigMap'"],
    [
      'a kind of issuer without its name',
      { certificate: { mode: 'certManager', issuerRef: { kind: 'ClusterIssuer' } } },
      "at '/certificate/issuerRef'",
    ],
    [
      'a replica that is killed before it has ended',
      { settleSeconds: 100 },
      'terminationGracePeriodSeconds has to be at least 125',
    ],
    ['one port for two', { webhookPort: 9090, metricsPort: 9090 }, 'webhookPort and metricsPort are both 9090'],
  ])('refuses %s, and says where it is', async (_, values, said) => {
    const { exitCode, stderr } = await helmTemplate(values);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(said);
  });

  test('gives deploy/manifests.yaml: run npm run chart where this fails', async () => {
    const written = readFileSync(join(chart, '..', '..', 'deploy', 'manifests.yaml'), 'utf8');
    expect(await renderManifests()).toBe(written);
  });
});

describe('the configuration in the ConfigMap', () => {
  test.each([
    ['warns, by default', {}, { mode: 'warn' }],
    [
      'is that of the values',
      { config: { mode: 'enforce', runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' } } } },
      { mode: 'enforce', runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' } } },
    ],
    [
      'keeps large numbers, and text that looks like other things',
      {
        config: {
          runtimes: { runc2: { runtimeType: 'io.containerd.runc.v2', options: { IoUid: 10000000, Root: '0x1' } } },
        },
      },
      {
        mode: 'warn',
        runtimes: { runc2: { runtimeType: 'io.containerd.runc.v2', options: { IoUid: 10000000, Root: '0x1' } } },
      },
    ],
  ])('%s', async (_, values, expected) => {
    const text = only(await render(values), 'ConfigMap').data?.['configuration.yaml'] ?? '';
    const header = { apiVersion: 'config.shimgate.dev/v1alpha1', kind: 'ShimgateConfiguration' };
    expect(parse(text)).toEqual({ ...header, ...expected });
    const { configuration } = readConfiguration(new TextEncoder().encode(text), 'ConfigMap');
    expect(configuration?.mode).toBe(expected.mode);
  });
});

describe('the rendered webhooks', () => {
  test.each<[string, NamespaceRule[]]>([
    ['no rules', []],
    ['rules without a default class', [{ namespaces: ['*'], mode: 'audit' }]],
    ['a default class for all namespaces', [{ defaultRuntimeClassName: 'kata' }]],
    ['a default class for none', [{ namespaces: [], defaultRuntimeClassName: 'kata' }]],
    [
      'several default classes among other rules',
      [
        { namespaces: ['tenant-*', 'a?b', 'x.y'], defaultRuntimeClassName: 'kata' },
        { mode: 'audit' },
        { namespaces: ['[a-c]x', '[^a\\]]', '\\*', 'a\\\\b', '<&>"', 'ü{1}$'], defaultRuntimeClassName: 'gvisor' },
        {
          selector: {
            matchLabels: { a: 'b', c: 'd' },
            matchExpressions: [{ key: 'e', operator: 'Exists' }],
          },
          defaultRuntimeClassName: 'kata',
        },
      ],
    ],
    [
      'rules that ask for a class',
      [
        { allowedRuntimeClassNames: [] },
        { allowedRuntimeClassNames: ['kata', ''] },
        { namespaces: ['tenant-*', 'a?b'], allowedRuntimeClassNames: ['kata-*'], defaultRuntimeClassName: 'kata-fc' },
        { selector: { matchLabels: { a: 'b' } }, allowedRuntimeClassNames: ['*'] },
      ],
    ],
  ])('are what src/registration says, for %s', async (_, namespaceRules) => {
    const { mutating, validating } = webhooksFor({ namespaceRules, runtimeClassDeletion: 'warn' });
    const objects = await render({ config: { namespaceRules } });
    const rendered = renderedWebhooks(objects);
    expect(rendered).toEqual({
      mutating: mutating.map((entry) => installed(entry, 'mutating')),
      validating: validating.map((entry) => installed(entry, 'validating')),
    });
    const withoutHelm = webhookConfigurations({ mutating, validating }, asByDefault) as readonly Rendered[];
    expect(renderedWebhooks(withoutHelm)).toEqual(rendered);
  });

  test.each(['warn', 'deny', 'allow'] as const)(
    'are what src/registration says, for %s of the deletion of classes, and so is the right to list pods',
    async (runtimeClassDeletion) => {
      const objects = await render({ config: { runtimeClassDeletion } });
      const { validating } = webhooksFor({ namespaceRules: [], runtimeClassDeletion });
      expect(renderedWebhooks(objects).validating).toEqual(validating.map((entry) => installed(entry, 'validating')));
      const lists = JSON.stringify(only(objects, 'ClusterRole')).includes('"pods"');
      expect(lists).toBe(runtimeClassDeletion !== 'allow');
    },
  );

  test('take what the values say of failures, namespaces and objects', async () => {
    const expression = { key: 'environment', operator: 'In', values: ['production'] };
    const { mutating, validating } = renderedWebhooks(
      await render({
        service: { port: 8443 },
        webhooks: {
          failurePolicy: 'Ignore',
          excludedNamespaces: ['cni', 'csi'],
          namespaceSelector: { matchLabels: { gated: 'yes' }, matchExpressions: [expression] },
          objectSelector: { matchLabels: { sandboxed: 'yes' } },
        },
      }),
    );
    const outside = { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['cni', 'csi', 'shimgate'] };
    for (const { name, failurePolicy, clientConfig, namespaceSelector, objectSelector } of [
      ...mutating,
      ...validating,
    ]) {
      expect({ failurePolicy, port: clientConfig.service.port }).toEqual({ failurePolicy: 'Ignore', port: 8443 });
      // A RuntimeClass has no namespace, and pods' labels are nothing to it.
      const isOfClasses = name.endsWith('runtimeclasses.shimgate.dev');
      const selector = { matchLabels: { gated: 'yes' }, matchExpressions: [outside, expression] };
      // A binding has none of its pod's labels.
      const isOfBindings = name === 'bindings.shimgate.dev';
      const objects = isOfBindings ? {} : { objectSelector: { matchLabels: { sandboxed: 'yes' } } };
      expect({ namespaceSelector, objectSelector }).toEqual(
        isOfClasses ? {} : { namespaceSelector: selector, ...objects },
      );
    }
  });

  test('carry the CA of a Secret that exists, and none where shimgate writes its own', async () => {
    const bundles = async (values: object) => {
      const { mutating, validating } = renderedWebhooks(await render(values));
      return new Set([...mutating, ...validating].map(({ clientConfig }) => clientConfig.caBundle));
    };
    expect(await bundles({})).toEqual(new Set([undefined]));
    expect(await bundles({ certificate: existingSecret })).toEqual(new Set([Buffer.from(pem).toString('base64')]));
    expect(await bundles({ certificate: { ...existingSecret, caBundle: '' } })).toEqual(new Set([undefined]));
  });
});

describe('names and labels', () => {
  test.each([
    ['the release', 'shimgate', {}, 'shimgate'],
    ['the release and the chart', 'front', {}, 'front-shimgate'],
    ['the values', 'shimgate', { fullnameOverride: 'gate' }, 'gate'],
    ['the release and the values', 'front', { nameOverride: 'gate' }, 'front-gate'],
    ['a name that is too long', 'shimgate', { fullnameOverride: longName }, longName.slice(0, 63)],
  ])('are made of %s', async (_, release, values, name) => {
    const objects = await render(values, release);
    expect(new Set(objects.map(({ metadata }) => metadata.name))).toEqual(new Set([name]));
    for (const { metadata } of objects) {
      expect(metadata.labels).toEqual({
        'helm.sh/chart': 'shimgate-0.1.0',
        'app.kubernetes.io/name': 'nameOverride' in values ? 'gate' : 'shimgate',
        'app.kubernetes.io/instance': release,
        'app.kubernetes.io/version': '0.1.0',
        'app.kubernetes.io/component': 'admission-webhook',
        'app.kubernetes.io/managed-by': 'Helm',
      });
    }
    const { args } = only(objects, 'Deployment').spec?.template.spec.containers[0] ?? {};
    expect(args).toContain(`--webhook-configuration=${name}`);
  });

  test('of the image are its digest before its tag, and the registry where there is one', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    const image = { registry: 'registry.example:5000', repository: 'gates/shimgate', tag: 'v1', digest };
    const rendered = async (values: object) => {
      const { spec } = only(await render({ image: values }), 'Deployment');
      return (spec?.template.spec.containers[0] as { readonly image?: string } | undefined)?.image;
    };
    expect(await rendered({})).toBe('shimgate/shimgate:0.1.0');
    expect(await rendered({ ...image, digest: '' })).toBe('registry.example:5000/gates/shimgate:v1');
    expect(await rendered(image)).toBe(`registry.example:5000/gates/shimgate@${digest}`);
  });
});
