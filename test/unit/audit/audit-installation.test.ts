import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { makeAuthority } from '../../../src/certificates/make-certificate.ts';
import { messagesOf, namespaceObject } from '../../support/reports/audit-of.ts';
import type { ConfigurationFields } from '../../support/worlds/world-of.ts';

type Entry = Record<string, unknown> & {
  name: string;
  clientConfig: { caBundle?: string };
  rules: Record<string, unknown>[];
};
type Configuration = { kind: string; metadata: { name: string }; webhooks: Entry[] };

const codes = [
  'WebhookNotInstalled',
  'WebhookEntryMissing',
  'WebhookFailsOpen',
  'InvalidCaBundle',
  'CaBundleExpiring',
  'NamespaceNotCovered',
  'ObjectSelectorSet',
  'WebhookRulesNarrower',
  'MatchConditionsDiffer',
];
const day = 24 * 60 * 60_000;
const notAfter = 365 * day;
let caBundle: string;

beforeAll(async () => {
  const { cert } = await makeAuthority('shimgate', { notBefore: new Date(0), notAfter: new Date(notAfter) });
  caBundle = Buffer.from(cert).toString('base64');
});

/** What the chart installs, with the CA that the webhook itself writes into it. */
function installed(): Configuration[] {
  const text = readFileSync(join(import.meta.dirname, '../../../deploy/manifests.yaml'), 'utf8');
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Configuration);
  const configurations = documents.filter(({ kind }) => kind.endsWith('WebhookConfiguration'));
  for (const { webhooks } of configurations) for (const entry of webhooks) entry.clientConfig.caBundle = caBundle;
  return configurations;
}

const namespaces = ['default', 'kube-system', 'shimgate'].map((name) => namespaceObject(name));

/** What is found after a change of the installation. */
function found(
  change: (configurations: Configuration[]) => void,
  more: readonly object[] = [],
  configuration: ConfigurationFields = {},
) {
  const configurations = installed();
  change(configurations);
  return messagesOf(codes, { objects: [...configurations, ...more], configuration, now: 0 });
}

function entryOf(configurations: Configuration[], kind: string, name: string): Entry {
  const entry = configurations.find((one) => one.kind === kind)?.webhooks.find((one) => one.name === name);
  if (entry === undefined) throw new Error(`The chart has no ${kind} with ${name}.`);
  return entry;
}

const mutating = 'MutatingWebhookConfiguration';
const validating = 'ValidatingWebhookConfiguration';
const podsOf = (configurations: Configuration[]) => entryOf(configurations, mutating, 'pods.shimgate.dev');

describe('of the installation the audit finds', () => {
  test('nothing but what the chart leaves out, where it is as the chart makes it', async () => {
    expect(await found(() => undefined, namespaces)).toEqual([
      `info Namespace kube-system: Pods in namespace "kube-system" are not sent to shimgate: the namespaceSelector of ${mutating} "shimgate" leaves it out.`,
      `info Namespace shimgate: Pods in namespace "shimgate" are not sent to shimgate: the namespaceSelector of ${mutating} "shimgate" leaves it out.`,
    ]);
  });

  test('nothing where manifests have no webhook configurations: they say nothing of the cluster', async () => {
    expect(await messagesOf(codes, { objects: namespaces })).toEqual([]);
  });

  test('that there is none', async () => {
    const strip = (configurations: Configuration[]) => {
      for (const one of configurations) one.webhooks = [];
    };
    expect(await found(strip)).toEqual([`warning ${mutating}: No webhook configuration has an entry of shimgate.`]);
  });

  test('an entry that is missing, also one that the configuration asks for', async () => {
    const change = (configurations: Configuration[]) => {
      for (const one of configurations)
        one.webhooks = one.webhooks.filter(({ name }) => name !== 'templates.shimgate.dev');
    };
    const configuration = { namespaceRules: [{ namespaces: ['a'], defaultRuntimeClassName: 'x' }] };
    expect(await found(change, [], configuration)).toEqual([
      `warning ${mutating} shimgate: No ${mutating} has the entry default-class-0.pods.shimgate.dev.`,
      `warning ${validating} shimgate: No ${validating} has the entry templates.shimgate.dev.`,
    ]);
  });

  test.each<readonly [string, (configurations: Configuration[]) => void, readonly string[]]>([
    [
      'a failurePolicy that lets everything in',
      (all) => {
        podsOf(all)['failurePolicy'] = 'Ignore';
      },
      [`warning ${mutating} shimgate: Entry "pods.shimgate.dev" has failurePolicy Ignore.`],
    ],
    [
      'a CA bundle that is empty',
      (all) => {
        delete podsOf(all).clientConfig.caBundle;
      },
      [
        `error ${mutating} shimgate: Entry "pods.shimgate.dev" has no CA bundle: its certificate can only be verified by the CAs of the API server.`,
      ],
    ],
    [
      'a CA bundle that is no PEM',
      (all) => {
        podsOf(all).clientConfig.caBundle = 'eHg=';
      },
      [`error ${mutating} shimgate: Entry "pods.shimgate.dev" has a CA bundle without a certificate.`],
    ],
    [
      'a CA bundle that holds something else',
      (all) => {
        const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
        podsOf(all).clientConfig.caBundle = Buffer.from(pem).toString('base64');
      },
      [
        `error ${mutating} shimgate: Entry "pods.shimgate.dev" has a CA bundle with something in it that is no certificate.`,
      ],
    ],
    [
      'an objectSelector',
      (all) => {
        podsOf(all)['objectSelector'] = { matchLabels: { judged: 'yes' } };
      },
      [`warning ${mutating} shimgate: Entry "pods.shimgate.dev" only sends objects with certain labels.`],
    ],
    [
      'nothing in an objectSelector that is empty',
      (all) => {
        podsOf(all)['objectSelector'] = { matchLabels: {}, matchExpressions: null };
      },
      [],
    ],
    [
      'rules without an operation',
      (all) => {
        for (const rule of podsOf(all).rules) rule['operations'] = ['CREATE'];
      },
      [`warning ${mutating} shimgate: Entry "pods.shimgate.dev" does not send UPDATE of pods.`],
    ],
    [
      'rules without a resource or a group, and with a scope that nothing has',
      (all) => {
        const entry = entryOf(all, validating, 'templates.shimgate.dev');
        entry.rules = entry.rules.filter((rule) => !JSON.stringify(rule).includes('batch'));
        const runtimeClasses = entryOf(all, validating, 'runtimeclasses.shimgate.dev');
        for (const rule of runtimeClasses.rules) rule['scope'] = 'Namespaced';
      },
      [
        `warning ${validating} shimgate: Entry "runtimeclasses.shimgate.dev" does not send CREATE of runtimeclasses.node.k8s.io, UPDATE of runtimeclasses.node.k8s.io.`,
        `warning ${validating} shimgate: Entry "templates.shimgate.dev" does not send CREATE of jobs.batch, UPDATE of jobs.batch.`,
      ],
    ],
    [
      'nothing in rules that are wider',
      (all) => {
        podsOf(all).rules = [
          { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'], scope: '*' },
        ];
      },
      [],
    ],
    [
      'a matchPolicy that keeps other versions away',
      (all) => {
        podsOf(all)['matchPolicy'] = 'Exact';
      },
      [
        `warning ${mutating} shimgate: Entry "pods.shimgate.dev" does not send other versions of the same resources (matchPolicy is Exact).`,
      ],
    ],
    [
      'a condition that is not of the chart',
      (all) => {
        podsOf(all)['matchConditions'] = [{ name: 'never', expression: 'false' }];
      },
      [
        `warning ${mutating} shimgate: Entry "pods.shimgate.dev" has conditions that the chart does not give it: "never".`,
      ],
    ],
    [
      'nothing in fewer conditions: all the more is sent',
      (all) => {
        podsOf(all)['matchConditions'] = [];
      },
      [],
    ],
  ])('%s', async (_, change, expected) => {
    expect(await found(change)).toEqual(expected);
  });

  test('a namespace that is left out and is none of those of the chart, once', async () => {
    const change = (all: Configuration[]) => {
      for (const kind of [mutating, validating]) {
        const entry = entryOf(all, kind, 'pods.shimgate.dev');
        entry['namespaceSelector'] = { matchLabels: { judged: 'yes' } };
      }
    };
    const more = [namespaceObject('a', { judged: 'yes' }), namespaceObject('b', { judged: 'no' })];
    expect(await found(change, more)).toEqual([
      `warning Namespace b: Pods in namespace "b" are not sent to shimgate: the namespaceSelector of ${mutating} "shimgate" leaves it out.`,
    ]);
  });

  test.each([
    ['nothing three weeks before the CA ends', 21, []],
    ['a notice one week before it', 7, ['warning', 'CaBundleExpiring']],
    ['an error once it has ended', -1, ['error', 'InvalidCaBundle']],
  ])('%s', async (_, days, expected) => {
    const objects = installed().slice(0, 1);
    for (const one of objects) one.webhooks = one.webhooks.slice(0, 1);
    const messages = await messagesOf(expected.slice(1), { objects, now: notAfter - days * day });
    expect(messages.map((message) => message.split(' ')[0])).toEqual(expected.slice(0, 1));
    for (const message of messages) expect(message).toContain(new Date(notAfter).toISOString());
  });
});
