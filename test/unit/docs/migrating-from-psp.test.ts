import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { NamespaceRule } from '../../../src/generated/configuration.ts';
import { admitInFull } from '../../support/worlds/answered.ts';
import { requestOf } from '../../support/worlds/request-of.ts';
import { podOf } from '../policy/review-of.ts';
import { classOf, namespaceOf, worldOf } from '../../support/worlds/world-of.ts';

const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'migrating-from-psp.md'), 'utf8');

type PodSecurityPolicy = {
  readonly kind: 'PodSecurityPolicy';
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly runtimeClass?: {
      readonly defaultRuntimeClassName?: string;
      readonly allowedRuntimeClassNames: readonly string[];
    };
  };
};

type Fragment = { readonly namespaceRules: NamespaceRule[] };

/** Each example: the policy, and the rules that stand for it. */
const examples = page
  .slice(page.indexOf('## Examples'))
  .split(/^### /m)
  .slice(1)
  .map((section) => {
    const [policy, rules] = [...section.matchAll(/```yaml\n([^]*?)```/g)].map(
      ([, text]) => parse(text ?? '') as unknown,
    );
    return { title: section.split('\n')[0] ?? '', policy: policy as PodSecurityPolicy, rules: rules as Fragment };
  });

/**
 * What a PodSecurityPolicy did: the class that a pod ends up with; undefined for none, `refused` for a denial.
 *
 * Source: Kubernetes 1.24, pkg/security/podsecuritypolicy/provider.go, MutatePod and validateRuntimeClassName.
 */
function underPolicy({ spec: { runtimeClass } }: PodSecurityPolicy, named: string | undefined): string | undefined {
  const className = named ?? runtimeClass?.defaultRuntimeClassName;
  if (className === undefined || runtimeClass === undefined) return className;
  const { allowedRuntimeClassNames: allowed } = runtimeClass;
  return allowed.includes('*') || allowed.includes(className) ? className : 'refused';
}

const classNames = ['gvisor', 'kata-qemu', 'runc', 'other'];

function underRules({ namespaceRules }: Fragment, namespace: string, named: string | undefined): string | undefined {
  const world = worldOf({
    configuration: { namespaceRules },
    classes: classNames.map((name) => classOf(name, 'runc')),
    namespaces: [namespaceOf(namespace, { policy: namespace })],
  });
  const { allowed, patch } = admitInFull(requestOf('Pod', { namespace, object: podOf(named) }), world);
  if (!allowed) return 'refused';
  const given = patch.find(({ path }) => path === '/spec/runtimeClassName');
  return given?.op === 'add' && typeof given.value === 'string' ? given.value : named;
}

test('the page has its examples, each of a policy and of rules for namespaces that are labelled with its name', () => {
  expect(examples.length).toBe(5);
  for (const { policy, rules } of examples) {
    expect(policy.kind).toBe('PodSecurityPolicy');
    const { name } = policy.metadata;
    expect(rules.namespaceRules).toMatchObject([{ name, selector: { matchLabels: { policy: name } } }]);
  }
});

describe.each(examples)('$title', ({ policy, rules }) => {
  test.each([undefined, ...classNames])('a pod of the class %s fares alike under both', (named) => {
    expect(underRules(rules, policy.metadata.name, named)).toBe(underPolicy(policy, named));
  });
});
