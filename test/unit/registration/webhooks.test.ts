import { describe, expect, test } from '@jest/globals';
import type { NamespaceRule } from '../../../src/generated/configuration.ts';
import type { WebhookEntry } from '../../../src/registration/webhook-entries.ts';
import { webhooksFor as entriesFor } from '../../../src/registration/webhooks.ts';

const namesOf = (entries: readonly WebhookEntry[]) => entries.map(({ name }) => name);

const webhooksFor = ({
  namespaceRules = [],
  runtimeClassDeletion = 'allow',
}: Partial<Parameters<typeof entriesFor>[0]>) => entriesFor({ namespaceRules, runtimeClassDeletion });

const everyRule: NamespaceRule[] = [
  { namespaces: ['tenant-*', 'a.b'], defaultRuntimeClassName: 'kata' },
  { mode: 'audit' },
  { defaultRuntimeClassName: 'kata' },
  { selector: { matchLabels: { sandbox: 'yes' } }, defaultRuntimeClassName: 'kata' },
  { namespaces: [], defaultRuntimeClassName: 'kata' },
];

describe('the webhook entries', () => {
  test('are one a subject, the same for every configuration without default classes', () => {
    const { mutating, validating } = webhooksFor({ namespaceRules: [{ namespaces: ['*'], mode: 'warn' }] });
    expect(namesOf(mutating)).toEqual(['pods.shimgate.dev', 'runtimeclasses.shimgate.dev']);
    expect(namesOf(validating)).toEqual([
      'pods.shimgate.dev',
      'status.pods.shimgate.dev',
      'bindings.shimgate.dev',
      'runtimeclasses.shimgate.dev',
      'templates.shimgate.dev',
      'cronjobs.shimgate.dev',
      'podtemplates.shimgate.dev',
    ]);
  });

  test('cover every resource that has a pod template, as warnings that never stop or delay anybody', () => {
    const { validating } = webhooksFor({ namespaceRules: [] });
    const templates = validating.filter(({ name }) => !/^(pods|status|bindings|runtimeclasses)\./.test(name));
    expect(templates.map(({ failurePolicy, timeoutSeconds }) => ({ failurePolicy, timeoutSeconds }))).toEqual(
      templates.map(() => ({ failurePolicy: 'Ignore', timeoutSeconds: 2 })),
    );
    const resources = templates.flatMap(({ rules }) =>
      rules.flatMap((rule) => rule.resources.map((resource) => `${rule.apiGroups.join()}/${resource}`)),
    );
    expect(resources.toSorted()).toEqual([
      '/podtemplates',
      '/replicationcontrollers',
      'apps/daemonsets',
      'apps/deployments',
      'apps/replicasets',
      'apps/statefulsets',
      'batch/cronjobs',
      'batch/jobs',
    ]);
  });

  test('leave it to the installation what happens to pods and classes while nobody answers', () => {
    const { mutating, validating } = webhooksFor({ namespaceRules: everyRule });
    const enforced = [...mutating, ...validating].filter(({ failurePolicy }) => failurePolicy === 'asInstalled');
    expect(new Set(namesOf(enforced))).toEqual(
      new Set([
        'pods.shimgate.dev',
        'status.pods.shimgate.dev',
        'bindings.shimgate.dev',
        'runtimeclasses.shimgate.dev',
        ...namesOf(mutating),
      ]),
    );
  });

  test('have names that the API server takes: unique in their list, and of three segments', () => {
    for (const entries of Object.values(webhooksFor({ namespaceRules: everyRule }))) {
      expect(new Set(namesOf(entries)).size).toBe(entries.length);
      for (const name of namesOf(entries)) expect(name).toMatch(/^[a-z0-9-]+(\.[a-z0-9-]+){2,}$/);
    }
  });

  test('look at the ways around a pod in the validating phase, where its annotations change', () => {
    const { mutating, validating } = webhooksFor({ namespaceRules: [] });
    const resourcesOf = ({ rules }: WebhookEntry) => rules.flatMap(({ resources }) => resources);
    const around = (entries: readonly WebhookEntry[]) =>
      entries.filter((entry) => resourcesOf(entry).some((one) => one.includes('/') || one === 'bindings'));
    expect(around(mutating)).toEqual([]);
    expect(
      around(validating).map((entry) => [resourcesOf(entry), entry.matchConditions?.map(({ name }) => name)]),
    ).toEqual([
      [['pods/status'], ['annotations-changed', 'has-class-or-judged-annotation']],
      [['bindings', 'pods/binding'], ['has-annotations']],
    ]);
  });

  test('keep every pod away that no rule concerns', () => {
    const { mutating, validating } = webhooksFor({ namespaceRules: everyRule });
    const ofPods = [...mutating, ...validating].filter(({ rules }) => rules[0]?.resources.includes('pods'));
    expect(ofPods.filter(({ matchConditions = [] }) => matchConditions.length === 0)).toEqual([]);
  });
});

describe('the deletion of classes', () => {
  const ofDeletions = ({ mutating, validating }: ReturnType<typeof webhooksFor>) =>
    [...mutating, ...validating].filter(({ rules }) => rules.some(({ operations }) => operations.includes('DELETE')));

  test('is not asked about where it is allowed', () => {
    expect(ofDeletions(webhooksFor({ runtimeClassDeletion: 'allow' }))).toEqual([]);
  });

  test.each([
    ['warn', 'Ignore'],
    ['deny', 'asInstalled'],
  ] as const)('is asked about under %s by an entry of its own, with failurePolicy %s', (setting, failurePolicy) => {
    expect(ofDeletions(webhooksFor({ runtimeClassDeletion: setting }))).toEqual([
      {
        name: 'deletion.runtimeclasses.shimgate.dev',
        path: '/validate',
        rules: [
          {
            apiGroups: ['node.k8s.io'],
            apiVersions: ['v1'],
            operations: ['DELETE'],
            resources: ['runtimeclasses'],
            scope: 'Cluster',
          },
        ],
        failurePolicy,
        timeoutSeconds: 10,
      },
    ]);
  });
});

describe('an entry for a default class', () => {
  const { mutating } = webhooksFor({ namespaceRules: everyRule });
  const added = mutating.slice(0, -2);
  const conditionsOf = ({ matchConditions = [] }: WebhookEntry) => matchConditions.map(({ expression }) => expression);

  test('is made for each rule that has one, named after its place', () => {
    expect(namesOf(added)).toEqual([0, 2, 3, 4].map((index) => `default-class-${index}.pods.shimgate.dev`));
  });

  test('is asked about new pods without a class, in the namespaces of the rule', () => {
    const hasNoClass = '!(object.?spec.?runtimeClassName.orValue("") != "")';
    expect(added.map(conditionsOf)).toEqual([
      [hasNoClass, 'request.namespace.matches("^tenant-.*$") || request.namespace.matches("^a\\\\.b$")'],
      [hasNoClass],
      [hasNoClass],
      [hasNoClass, 'false'],
    ]);
    expect(added.flatMap(({ rules }) => rules.map(({ operations }) => operations))).toEqual(
      added.map(() => ['CREATE']),
    );
  });

  test('carries the selector of the rule', () => {
    const selectors = added.map(({ namespaceSelector }) => namespaceSelector);
    expect(selectors).toEqual([undefined, undefined, { matchLabels: { sandbox: 'yes' } }, undefined]);
  });
});

describe('entries for a rule that allows only pods with a class', () => {
  const namespaceRules: NamespaceRule[] = [
    { allowedRuntimeClassNames: ['', 'kata'] },
    { namespaces: ['tenant-*'], allowedRuntimeClassNames: ['kata'] },
    { selector: { matchLabels: { sandbox: 'yes' } }, allowedRuntimeClassNames: [] },
    { defaultRuntimeClassName: 'kata' },
  ];
  const fixed = webhooksFor({ namespaceRules: [] });
  const { mutating, validating } = webhooksFor({ namespaceRules });
  const added = validating.slice(fixed.validating.length);

  test('are made for each such rule, for pods and every kind of template, and only to validate', () => {
    expect(validating.slice(0, fixed.validating.length)).toEqual(fixed.validating);
    expect(namesOf(added)).toEqual(
      [1, 2].flatMap((index) =>
        ['pods', 'templates', 'cronjobs', 'podtemplates'].map((kind) => `class-required-${index}.${kind}.shimgate.dev`),
      ),
    );
    expect(namesOf(mutating)).toEqual(['default-class-3.pods.shimgate.dev', ...namesOf(fixed.mutating)]);
  });

  test('are asked about what names no class, in the namespaces of the rule, and the rest is as for those with one', () => {
    for (const entry of added) {
      const kind = entry.name.split('.').slice(1).join('.');
      const base = fixed.validating.find(({ name }) => name === kind);
      const isForPods = kind === 'pods.shimgate.dev';
      expect(entry).toMatchObject({
        path: '/validate',
        failurePolicy: base?.failurePolicy,
        timeoutSeconds: base?.timeoutSeconds,
      });
      expect(entry.rules).toEqual(base?.rules.map((rule) => (isForPods ? { ...rule, operations: ['CREATE'] } : rule)));
      const [hasNoClass, ...others] = (entry.matchConditions ?? []).map(({ name, expression }) => [name, expression]);
      expect(hasNoClass?.[0]).toBe('has-no-class');
      expect(hasNoClass?.[1]).toMatch(/^!\(object\S*\.\?spec\.\?runtimeClassName\.orValue\(""\) != ""\)$/);
      expect(others.map(([name]) => name)).toEqual([
        ...(isForPods ? [] : ['new-or-template-changed']),
        ...(entry.name.startsWith('class-required-1.') ? ['in-namespace'] : []),
      ]);
      expect(entry.namespaceSelector).toEqual(
        entry.name.startsWith('class-required-2.') ? { matchLabels: { sandbox: 'yes' } } : undefined,
      );
    }
  });
});
