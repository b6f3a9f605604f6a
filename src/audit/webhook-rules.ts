import type { WebhookConfiguration } from '../generated/webhook-configuration.ts';
import type { WebhookEntry } from '../registration/webhook-entries.ts';

type Installed = NonNullable<WebhookConfiguration['webhooks']>[number];
type Rule = NonNullable<Installed['rules']>[number];

/**
 * What of a rule the rules of an installed entry do not cover, such as `UPDATE pods`. With matchPolicy Equivalent a
 * version that is not named is converted to one that is; with Exact it is not sent.
 *
 * Source: Kubernetes, admissionregistration/v1, Rule: `*` stands for all; a rule covers what all of its lists have.
 */
export function uncovered({ rules, matchPolicy }: Installed, wanted: WebhookEntry['rules'][number]): readonly string[] {
  const missing: string[] = [];
  for (const group of wanted.apiGroups) {
    for (const resource of wanted.resources) {
      for (const operation of wanted.operations) {
        const isCovered = (rules ?? []).some(
          (rule) =>
            has(rule.apiGroups, group) &&
            wanted.apiVersions.every((version) => has(rule.apiVersions, version)) &&
            hasResource(rule, resource) &&
            has(rule.operations, operation) &&
            [undefined, null, '*', wanted.scope].includes(rule.scope),
        );
        if (!isCovered) missing.push(`${operation} of ${resource}${group === '' ? '' : `.${group}`}`);
      }
    }
  }
  if (matchPolicy === 'Exact') missing.push('other versions of the same resources (matchPolicy is Exact)');
  return missing;
}

function has(list: Rule['operations'], wanted: string): boolean {
  return (list ?? []).some((one) => one === '*' || one === wanted);
}

/** `*` is every resource without its subresources, and `*\/*` also those. */
function hasResource({ resources }: Rule, wanted: string): boolean {
  const [resource = '', subresource] = wanted.split('/');
  return (resources ?? []).some((one) => {
    if (one === '*/*' || one === wanted) return true;
    if (subresource === undefined) return one === '*';
    return one === `${resource}/*` || one === `*/${subresource}`;
  });
}
