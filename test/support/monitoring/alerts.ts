import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { chart } from '../installation/installation.ts';

export type Alert = {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};

/** How old the audit's last run may be in {@link auditAlertsFile}, in seconds. */
export const auditMaxAgeSeconds = 600;

/** The chart's rule file, as it is for a release. */
export function alertsFile(namespace: string): string {
  return ruleFile('alerts.yaml', { $namespace: namespace });
}

/** The chart's rules for the audit in the cluster. @param job of its group in the Pushgateway */
export function auditAlertsFile(job: string): string {
  return ruleFile('audit-alerts.yaml', { $group: `job="${job}"`, $maxAge: String(auditMaxAgeSeconds) });
}

function ruleFile(name: string, placeholders: Readonly<Record<string, string>>): string {
  const text = readFileSync(path.join(chart, 'files', name), 'utf8');
  const all = { ...placeholders, $runbooks: 'https://runbooks.example' };
  return Object.entries(all).reduce((written, [placeholder, value]) => written.replaceAll(placeholder, value), text);
}

/** Its alerts. @param file text of a rule file */
export function alertsIn(file: string): readonly Alert[] {
  const { groups } = parse(file) as { readonly groups: readonly { readonly rules: readonly Alert[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

export type Panel = {
  readonly id: number;
  readonly title: string;
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
  readonly targets: readonly { readonly expr: string }[];
};

/** The panels of the chart's dashboard. */
export function dashboardPanels(): readonly Panel[] {
  const text = readFileSync(path.join(chart, 'files', 'dashboard.json'), 'utf8');
  return (JSON.parse(text) as { readonly panels: readonly Panel[] }).panels;
}

/** Metrics that an expression names. */
export function metricsIn(expression: string): readonly string[] {
  const matches = expression.matchAll(/\b((?:shimgate|process|nodejs|apiserver)_[a-z0-9_]+)\b/g);
  return [...new Set([...matches].map(([, name = '']) => name))];
}
