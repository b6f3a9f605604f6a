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

/** The chart's rule file, as it is for a release. */
export function alertsFile(namespace: string, runbooks = 'https://runbooks.example'): string {
  const text = readFileSync(path.join(chart, 'files', 'alerts.yaml'), 'utf8');
  return text.replaceAll('$namespace', namespace).replaceAll('$runbooks', runbooks);
}

/** Its alerts. */
export function alertsOf(namespace: string): readonly Alert[] {
  const { groups } = parse(alertsFile(namespace)) as {
    readonly groups: readonly { readonly rules: readonly Alert[] }[];
  };
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
