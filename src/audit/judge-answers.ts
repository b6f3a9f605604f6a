import { fieldPath } from '../finding/field-path.ts';
import { finding, type Finding } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';
import type { AdmissionPolicy } from '../generated/admission-policy.ts';
import type { WebhookConfiguration } from '../generated/webhook-configuration.ts';
import type { World } from '../policy/world.ts';
import { compileAnswers, type InProcessAnswers } from '../registration/in-process-answers.ts';
import {
  addedConditions,
  fitting,
  handlersOf,
  interlockSpec,
  mutatingPolicySpec,
  notRightAlready,
  rightAlreadyCondition,
  rightAlreadyExpression,
  sparedEntry,
} from '../registration/in-process-policy.ts';
import { isContained } from '../registration/is-contained.ts';
import type { MatchCondition } from '../registration/webhook-entries.ts';
import { about, type AuditFinding } from './audit-finding.ts';
import type { Inventory, InventoryEntry, InventoryKind } from './inventory.ts';

const apiVersion = 'admissionregistration.k8s.io/v1';

/** What answers are compiled from. */
const compiledFrom: readonly InventoryKind[] = ['RuntimeClass', 'Namespace', 'Node', 'NodeRuntimes'];

/** What has to be there for pods to be answered, and what comes of it where it is not. */
const parts = [
  { kind: 'MutatingAdmissionPolicy', without: 'every pod is sent' },
  { kind: 'MutatingAdmissionPolicyBinding', without: 'every pod is sent' },
  {
    kind: 'ValidatingAdmissionPolicy',
    without: 'a class can be made anew with another handler while its pods still get the answers of the old one',
  },
  {
    kind: 'ValidatingAdmissionPolicyBinding',
    without: 'a class can be made anew with another handler while its pods still get the answers of the old one',
  },
] as const satisfies readonly { readonly kind: InventoryKind; readonly without: string }[];

/** The expression by which an entry keeps pods from shimgate that the API server has answered; undefined where there is none. */
function answeringExpression({ value }: InventoryEntry<WebhookConfiguration>): string | undefined {
  const expression = rightAlreadyExpression(value.webhooks);
  return expression === 'true' ? undefined : expression;
}

/** Whether the API server answers pods by itself, as far as webhook configurations tell. */
export function isAnswering({ mutating, validating }: Inventory): boolean {
  return [...mutating.values(), ...validating.values()].some((one) => answeringExpression(one) !== undefined);
}

/**
 * Whether the API server answers for the pods that it should, as it should: by comparison with what shimgate itself would write
 * for the configuration and the cluster.
 */
export function* judgeAnswers(inventory: Inventory, world: World): Generator<AuditFinding, void, undefined> {
  if (!isAnswering(inventory) || compiledFrom.some((kind) => inventory.unknown.has(kind))) return;
  const valuesOf = <T>(entries: ReadonlyMap<string, InventoryEntry<T>>) =>
    [...entries.values()].map(({ value }) => value);
  const answers = fitting(
    compileAnswers(world, {
      classes: valuesOf(inventory.runtimeClasses),
      namespaces: valuesOf(inventory.namespaces),
    }),
  );
  const { expression } = notRightAlready(answers);
  const names = new Set<string>();
  for (const [kind, configurations] of [
    ['MutatingWebhookConfiguration', inventory.mutating],
    ['ValidatingWebhookConfiguration', inventory.validating],
  ] as const) {
    for (const [name, one] of configurations) {
      const installed = answeringExpression(one);
      if (installed === undefined) continue;
      names.add(name);
      if (installed === expression) continue;
      const statement = `The condition ${quote(rightAlreadyCondition)} of entry ${quote(sparedEntry)} keeps other pods from shimgate than those that are right already.`;
      const field = fieldPath(['webhooks']);
      yield about(
        { object: { apiVersion, kind, name }, source: one.source },
        finding('AnswersDiffer', { field, statement }),
      );
    }
  }
  for (const name of names) yield* judgeParts(name, inventory, answers);
}

function* judgeParts(
  name: string,
  { unknown, policies, mutating }: Inventory,
  answers: InProcessAnswers,
): Generator<AuditFinding, void, undefined> {
  const wanted = { answers, added: addedConditions(mutating.get(name)?.value.webhooks) };
  for (const { kind, without } of parts) {
    if (unknown.has(kind)) continue;
    const found = policies[kind].get(name);
    const object = { apiVersion, kind, name };
    if (found === undefined) {
      const statement = `${kind} ${quote(name)} is not there: ${without}.`;
      yield about({ object }, finding('AnswersMissing', { field: 'metadata.name', statement }));
      continue;
    }
    const fault = faultOf(kind, found.value, wanted);
    if (fault !== undefined) yield about({ object, source: found.source }, fault);
  }
}

/** What shimgate would write, and the conditions that an admin has added to its entry for pods. */
type Wanted = { readonly answers: InProcessAnswers; readonly added: readonly MatchCondition[] };

function faultOf(
  kind: (typeof parts)[number]['kind'],
  { metadata: { name }, spec }: AdmissionPolicy,
  wanted: Wanted,
): Finding | undefined {
  if (isAsWritten(kind, name, spec ?? {}, wanted)) return undefined;
  const statement = `${kind} ${quote(name)} is not what shimgate writes for this configuration and this cluster.`;
  return finding('AnswersDiffer', { field: 'spec', statement });
}

function isAsWritten(
  kind: (typeof parts)[number]['kind'],
  name: string,
  spec: NonNullable<AdmissionPolicy['spec']>,
  { answers, added }: Wanted,
): boolean {
  switch (kind) {
    case 'MutatingAdmissionPolicy':
      return isContained(mutatingPolicySpec(answers, added), spec);
    case 'ValidatingAdmissionPolicy': {
      // It may hold on to a class for a while that is answered no more.
      const handlers = handlersOf(spec.variables ?? []);
      const isWhole = [...answers.classes].every(([of, { handler }]) => handlers.get(of) === handler);
      return isWhole && isContained(interlockSpec(handlers), spec);
    }
    case 'MutatingAdmissionPolicyBinding':
    case 'ValidatingAdmissionPolicyBinding':
      return spec.policyName === name;
  }
}
