import type { WebhookConfiguration } from '../generated/webhook-configuration.ts';
import { covers, has } from '../registration/rule-coverage.ts';
import type { WebhookEntry } from '../registration/webhook-entries.ts';

type Installed = NonNullable<WebhookConfiguration['webhooks']>[number];

/**
 * What of a rule the rules of an installed entry do not cover, such as `UPDATE pods`. With matchPolicy Equivalent a
 * version that is not named is converted to one that is; with Exact it is not sent.
 */
export function uncovered({ rules, matchPolicy }: Installed, wanted: WebhookEntry['rules'][number]): readonly string[] {
  const missing: string[] = [];
  for (const group of wanted.apiGroups) {
    for (const resource of wanted.resources) {
      for (const operation of wanted.operations) {
        const isCovered = (rules ?? []).some(
          (rule) =>
            covers(rule, { group, resource, operation }) &&
            wanted.apiVersions.every((version) => has(rule.apiVersions, version)) &&
            [undefined, null, '*', wanted.scope].includes(rule.scope),
        );
        if (!isCovered) missing.push(`${operation} of ${resource}${group === '' ? '' : `.${group}`}`);
      }
    }
  }
  if (matchPolicy === 'Exact') missing.push('other versions of the same resources (matchPolicy is Exact)');
  return missing;
}
