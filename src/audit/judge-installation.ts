import { finding, type Finding } from '../finding/finding.ts';
import type { ObjectReference } from '../finding/object-reference.ts';
import { naming } from '../finding/statement.ts';
import { fieldPath } from '../finding/field-path.ts';
import { quote } from '../finding/quote.ts';
import type { WebhookConfiguration } from '../generated/webhook-configuration.ts';
import { labelsOf, selectorMatches } from '../policy/label-selector.ts';
import type { World } from '../policy/world.ts';
import type { WebhookEntry } from '../registration/webhook-entries.ts';
import { rightAlreadyCondition } from '../registration/in-process-policy.ts';
import { webhooksFor } from '../registration/webhooks.ts';
import { about, type AuditFinding } from './audit-finding.ts';
import { judgeCaBundle } from './ca-bundle.ts';
import type { Inventory, InventoryEntry } from './inventory.ts';
import { uncovered } from './webhook-rules.ts';

type Installed = NonNullable<WebhookConfiguration['webhooks']>[number];

/** An entry of shimgate, and where it is. */
type Found = {
  readonly entry: Installed;
  readonly index: number;
  readonly configuration: string;
  readonly source: InventoryEntry<WebhookConfiguration>['source'];
};

type RegisteredPhase = {
  readonly kind: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration';
  readonly expected: readonly WebhookEntry[];
  readonly found: readonly Found[];
};

/** Entries of shimgate are told by their names: those of the chart end so, whatever the release is called. */
const nameEnding = '.shimgate.dev';

/** Namespaces that the chart leaves out besides its own. Source: charts/shimgate/values.yaml, webhooks.excludedNamespaces. */
const leftOutByChart: ReadonlySet<string> = new Set(['kube-system']);

/**
 * Whether what the configuration needs is sent to the webhook, and can get there: by comparison with what the chart
 * registers.
 *
 * @param now in milliseconds since the epoch
 */
export function* judgeInstallation(
  inventory: Inventory,
  world: World,
  now: number,
): Generator<AuditFinding, void, undefined> {
  const webhooks = webhooksFor(world.configuration);
  const all: readonly RegisteredPhase[] = [
    phaseOf('MutatingWebhookConfiguration', webhooks.mutating, inventory.mutating),
    phaseOf('ValidatingWebhookConfiguration', webhooks.validating, inventory.validating),
  ];
  const phases = all.filter(({ kind }) => !inventory.unknown.has(kind));
  if (phases.length === all.length && phases.every(({ found }) => found.length === 0)) {
    const statement = 'No webhook configuration has an entry of shimgate.';
    const object = { apiVersion, kind: 'MutatingWebhookConfiguration', name: '' };
    yield about({ object }, finding('WebhookNotInstalled', { field: 'webhooks', statement }));
    return;
  }
  for (const { kind, expected, found } of phases) {
    for (const entry of expected) {
      if (found.some((one) => one.entry.name === entry.name)) continue;
      const object: ObjectReference = { apiVersion, kind, name: found[0]?.configuration ?? '' };
      const statement = `No ${kind} has the entry ${entry.name}.`;
      yield about({ object }, finding('WebhookEntryMissing', { field: 'webhooks', statement }));
    }
    for (const one of found) {
      const object: ObjectReference = { apiVersion, kind, name: one.configuration };
      const wanted = expected.find(({ name }) => name === one.entry.name);
      for (const fault of judgeEntry(one, wanted, now)) yield about({ object, source: one.source }, fault);
    }
  }
  if (!inventory.unknown.has('Namespace')) yield* judgeCoverage(phases, inventory);
}

const apiVersion = 'admissionregistration.k8s.io/v1';

function phaseOf(
  kind: RegisteredPhase['kind'],
  expected: readonly WebhookEntry[],
  configurations: ReadonlyMap<string, InventoryEntry<WebhookConfiguration>>,
): RegisteredPhase {
  const found = [...configurations].flatMap(([configuration, { value, source }]) =>
    (value.webhooks ?? []).flatMap((entry, index) =>
      entry.name.endsWith(nameEnding) ? [{ entry, index, configuration, source }] : [],
    ),
  );
  return { kind, expected, found };
}

function judgeEntry({ entry, index }: Found, wanted: WebhookEntry | undefined, now: number): readonly Finding[] {
  const at = (...path: readonly string[]) => fieldPath(['webhooks', index, ...path]);
  const name = `Entry ${quote(entry.name)}`;
  const found: Finding[] = [];
  if (entry.failurePolicy === 'Ignore' && wanted?.failurePolicy === 'asInstalled') {
    const statement = `${name} has failurePolicy Ignore.`;
    found.push(finding('WebhookFailsOpen', { field: at('failurePolicy'), statement }));
  }
  found.push(...judgeCaBundle(entry.clientConfig?.caBundle ?? '', name, at('clientConfig', 'caBundle'), now));
  const { matchLabels, matchExpressions } = entry.objectSelector ?? {};
  if (Object.keys(matchLabels ?? {}).length + (matchExpressions ?? []).length > 0) {
    const statement = `${name} only sends objects with certain labels.`;
    found.push(finding('ObjectSelectorSet', { field: at('objectSelector'), statement }));
  }
  if (wanted === undefined) return found;
  const missing = wanted.rules.flatMap((rule) => uncovered(entry, rule));
  if (missing.length > 0) {
    const statement = `${name} does not send ${missing.join(', ')}.`;
    found.push(finding('WebhookRulesNarrower', { field: at('rules'), statement }));
  }
  const expressions = new Set((wanted.matchConditions ?? []).map(({ expression }) => expression));
  const other = (entry.matchConditions ?? []).filter(
    // What the controller writes is judged with the other answers of the API server.
    ({ name: condition, expression }) => !expressions.has(expression) && condition !== rightAlreadyCondition,
  );
  if (other.length > 0) {
    const statement = `${name} has conditions that the chart does not give it: ${other.map((one) => quote(one.name)).join(', ')}.`;
    found.push(finding('MatchConditionsDiffer', { field: at('matchConditions'), statement }));
  }
  return found;
}

/** Namespaces that the entries for pods leave out: of both phases, each namespace once. */
function* judgeCoverage(
  phases: readonly RegisteredPhase[],
  { namespaces }: Inventory,
): Generator<AuditFinding, void, undefined> {
  const entries = phases.flatMap(({ kind, found }) =>
    found.filter(({ entry }) => entry.name === 'pods.shimgate.dev').map((one) => ({ kind, ...one })),
  );
  for (const [name, { value, source }] of namespaces) {
    const labels = labelsOf(name, value);
    const leaving = entries.find(({ entry }) => !selectorMatches(selectorOf(entry), labels));
    if (leaving === undefined) continue;
    const isExpected = leftOutByChart.has(name) || leaving.entry.clientConfig?.service?.namespace === name;
    const statement = naming(
      `Pods in namespace ${quote(name)} are not sent to shimgate: the namespaceSelector of ${leaving.kind} ${quote(leaving.configuration)} leaves it out.`,
    );
    const object = { apiVersion: 'v1', kind: 'Namespace', name };
    const severity = isExpected ? 'info' : 'warning';
    yield about({ object, source }, finding('NamespaceNotCovered', { field: 'metadata.labels', severity, statement }));
  }
}

function selectorOf({ namespaceSelector }: Installed): Parameters<typeof selectorMatches>[0] {
  const { matchLabels, matchExpressions } = namespaceSelector ?? {};
  return {
    matchLabels: matchLabels ?? {},
    matchExpressions: (matchExpressions ?? []).map(({ key, operator, values }) => ({
      key,
      operator,
      values: values ?? [],
    })),
  };
}
