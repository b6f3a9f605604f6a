import { labelField } from '../finding/field-path.ts';
import { finding, type Finding } from '../finding/finding.ts';
import { naming } from '../finding/statement.ts';
import { nearMiss } from '../finding/near-miss.ts';
import { quote, quoteUnlessPlain } from '../finding/quote.ts';
import { knownMode, labelledMode, modeIn, modeLabel, modes } from '../policy/mode.ts';
import type { World } from '../policy/world.ts';
import { about, type AuditFinding } from './audit-finding.ts';
import type { Inventory } from './inventory.ts';

/** Namespaces that no rule is about, and labels that do not say what they seem to. */
export function* judgeNamespaces({ namespaces }: Inventory, world: World): Generator<AuditFinding, void, undefined> {
  const { namespaceRules } = world.configuration;
  for (const [name, { source }] of namespaces) {
    const object = { apiVersion: 'v1', kind: 'Namespace', name };
    if (namespaceRules.length > 0 && world.ruleFor(name) === undefined) {
      const statement = naming(`No rule of namespaceRules matches namespace ${quoteUnlessPlain(name)}.`);
      yield about({ object, source }, finding('NamespaceWithoutRule', { field: 'metadata', statement }));
    }
    const label = labelledMode(name, world);
    for (const found of label === undefined ? [] : judgeLabel(name, label, world))
      yield about({ object, source }, found);
  }
}

function judgeLabel(name: string, label: string, world: World): readonly Finding[] {
  const field = labelField(modeLabel);
  const namespace = `Namespace ${quoteUnlessPlain(name)}`;
  const mode = knownMode(label);
  if (mode === undefined) {
    const meant = nearMiss(label, modes);
    const statement = naming(
      `${namespace} has label ${modeLabel}=${quote(label)}, which is no mode and is read as enforce.`,
    );
    const fix =
      meant === undefined
        ? undefined
        : `Did you mean ${meant}? \`kubectl label namespace ${quoteUnlessPlain(name)} ${modeLabel}=${meant} --overwrite\``;
    return [finding('MalformedModeLabel', { field, statement, ...(fix !== undefined && { fix }) })];
  }
  const effective = modeIn(name, world);
  if (effective === mode) return [];
  const statement = naming(
    `${namespace} has label ${modeLabel}=${mode}, but its mode is ${effective}: the label may only make it stricter.`,
  );
  return [finding('ModeLabelWithoutEffect', { field, statement })];
}
