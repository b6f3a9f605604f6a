import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from '@jest/globals';
import type { Labels } from '../../support/monitoring/prometheus.ts';
import { runProgram } from '../../support/processes/run-program.ts';

/** A series and its samples, a minute apart, as promtool writes them. */
export type InputSeries = { readonly series: string; readonly values: string };

export type RuleTest = {
  readonly promtool: string;
  /** Where files may be written. */
  readonly directory: string;
  /** Text of a rule file. */
  readonly rules: string;
};

/** Expects so many alerts to fire after twenty minutes of such samples, by promtool. */
export async function expectAlerts(
  { promtool, directory, rules }: RuleTest,
  alert: string,
  series: readonly InputSeries[],
  count: 0 | 1,
): Promise<void> {
  writeFileSync(path.join(directory, 'alerts.yaml'), rules);
  const expr = `count by (alertname) (ALERTS{alertname="${alert}",alertstate="firing"})`;
  const exp_samples = count === 0 ? [] : [{ labels: `{alertname="${alert}"}`, value: count }];
  const suite = {
    rule_files: ['alerts.yaml'],
    evaluation_interval: '1m',
    tests: [{ interval: '1m', input_series: series, promql_expr_test: [{ expr, eval_time: '20m', exp_samples }] }],
  };
  const file = path.join(directory, 'suite.json');
  writeFileSync(file, JSON.stringify(suite));
  const { exitCode, stdout, stderr } = await runProgram(promtool, ['test', 'rules', file]);
  expect({ exitCode, said: exitCode === 0 ? '' : stdout + stderr }).toEqual({ exitCode: 0, said: '' });
}

/** A series as promtool reads it. */
export function written({ __name__: name = '', ...labels }: Labels): string {
  const texts = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${name}{${texts.join(',')}}`;
}
