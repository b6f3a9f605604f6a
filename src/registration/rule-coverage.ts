/** A rule of a webhook, as it is stored. */
export type StoredRule = Readonly<
  Partial<Record<'apiGroups' | 'apiVersions' | 'operations' | 'resources', readonly string[] | null>>
>;

/** What is asked of a rule: one operation on one resource, such as `CREATE` of `pods` in the group ``. */
export type RuleRequest = { readonly group: string; readonly resource: string; readonly operation: string };

/**
 * Whether a rule covers a request, whatever its version.
 *
 * Source: Kubernetes, admissionregistration/v1, Rule: `*` stands for all; a rule covers what all of its lists have.
 */
export function covers(rule: StoredRule, { group, resource, operation }: RuleRequest): boolean {
  return has(rule.apiGroups, group) && hasResource(rule, resource) && has(rule.operations, operation);
}

export function has(list: readonly string[] | null | undefined, wanted: string): boolean {
  return list?.some((one) => one === '*' || one === wanted) ?? false;
}

/**
 * `*` is every resource without its subresources, and what ends with `/*` is the resource itself too.
 *
 * Source: Kubernetes, apiserver 1.37, pkg/admission/plugin/webhook/predicates/rules/rules.go.
 */
function hasResource({ resources }: StoredRule, wanted: string): boolean {
  const [resource = '', subresource = ''] = wanted.split('/');
  return (resources ?? []).some((one) => {
    const [ofResource = '', ofSubresource = ''] = one.split('/');
    return has([ofResource], resource) && has([ofSubresource], subresource);
  });
}
