import type { CodeEntry } from './code-entry.ts';

/** Codes about how the webhook is installed in a cluster, which only an audit finds. */
export const installationCodes = {
  WebhookNotInstalled: {
    subject: 'Installation',
    severity: 'warning',
    meaning:
      'The cluster has no webhook configuration with entries of shimgate, so nothing that is created is judged, and nothing is annotated.',
    fix: 'Install the chart: `helm install shimgate charts/shimgate --namespace shimgate --create-namespace`.',
  },
  WebhookEntryMissing: {
    subject: 'Installation',
    severity: 'warning',
    meaning:
      'An entry that the configuration needs is in no webhook configuration of the cluster. What the entry is for is not sent to shimgate.',
    fix: 'Upgrade the release with the configuration that the audit was given: `helm upgrade`.',
  },
  WebhookFailsOpen: {
    subject: 'Installation',
    severity: 'warning',
    meaning:
      'An entry for pods or RuntimeClasses has failurePolicy Ignore. While shimgate does not answer, whatever is created is let in without being judged, path names included.',
    fix: 'Set webhooks.failurePolicy to Fail in the values of the chart.',
  },
  InvalidCaBundle: {
    subject: 'Installation',
    severity: 'error',
    meaning:
      'The API server cannot verify the certificate of the webhook: the CA bundle of an entry is empty, is no certificate, or is no longer valid. Every call fails: with failurePolicy Fail no pod with a class is let in, with Ignore none is judged.',
    fix: 'With a self-managed certificate, see in the log of shimgate why it is not written; otherwise put the CA into certificate.caBundle of the values.',
  },
  CaBundleExpiring: {
    subject: 'Installation',
    severity: 'warning',
    meaning:
      'The CA that the API server verifies the webhook with expires within two weeks. From then on every call fails.',
    fix: 'Renew it. A self-managed certificate renews itself: see in the log of shimgate why it did not.',
  },
  NamespaceNotCovered: {
    subject: 'Installation',
    severity: 'warning',
    meaning:
      'The namespaceSelector of an entry leaves a namespace out: what is created there is not sent to shimgate. The chart leaves out kube-system and its own namespace, which is info; any other is worth a look, since whoever may label the namespace may choose it.',
    fix: 'Correct webhooks.namespaceSelector or webhooks.excludedNamespaces in the values, or the labels of the namespace.',
  },
  ObjectSelectorSet: {
    subject: 'Installation',
    severity: 'warning',
    meaning:
      'An entry has an objectSelector. Whoever creates an object chooses its labels, and so whether it is judged.',
    fix: 'Take webhooks.objectSelector out of the values.',
  },
  WebhookRulesNarrower: {
    subject: 'Installation',
    severity: 'warning',
    meaning:
      'The rules of an entry cover less than those of the chart: some operation, resource, group or version is not sent to shimgate.',
    fix: 'Upgrade the release, or take back what was changed by hand: `helm upgrade`.',
  },
  MatchConditionsDiffer: {
    subject: 'Installation',
    severity: 'warning',
    meaning:
      'An entry has other matchConditions than the chart gives it for this configuration. All conditions must hold for a request to be sent, so one more, or another one, may keep requests away.',
    fix: 'Upgrade the release with the configuration that the audit was given, or take back what was changed by hand: `helm upgrade`.',
  },
  AnswersDiffer: {
    subject: 'Installation',
    severity: 'warning',
    meaning:
      'The API server answers ordinary pods by itself, but by a policy or a condition that is older than the configuration or the cluster, or that somebody edited. A policy that differs costs calls; a condition that differs may keep pods from shimgate that it has something to say of.',
    fix: 'See in `/readyz?verbose` of a replica, at in-process, why it is not written; a replica writes it again within a second. Until then, `kubectl delete mutatingadmissionpolicybinding shimgate` has every pod sent.',
  },
  AnswersMissing: {
    subject: 'Installation',
    severity: 'warning',
    meaning:
      'A part is missing of what lets the API server answer ordinary pods by itself. Without its policy or its binding every pod is sent; without the interlock a class can be made anew with another handler before the answers have changed.',
    fix: 'Upgrade the release: `helm upgrade`. To do without, set inProcess.enabled to false.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
