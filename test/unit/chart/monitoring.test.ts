import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { alertsFile, alertsIn, auditAlertsFile, dashboardPanels, metricsIn } from '../../support/monitoring/alerts.ts';

const operations = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'operations.md'), 'utf8');
const [, after = ''] = operations.split('\n## Alerts\n');
const [section = ''] = after.split(/^## /m);
const runbooks = [...section.matchAll(/^### (\w+)\n\n\S/gm)].map(([, name]) => name);

describe('the alerts', () => {
  const alerts = [alertsFile('shimgate'), auditAlertsFile('shimgate-audit')].flatMap(alertsIn);

  test('have a runbook each, which their link leads to, and no runbook is without an alert', () => {
    expect(alerts.length).toBeGreaterThan(0);
    expect(alerts.map(({ alert }) => alert)).toEqual(runbooks);
    for (const { alert, annotations } of alerts) {
      expect(annotations['runbook_url']).toBe(`https://runbooks.example#${alert.toLowerCase()}`);
    }
  });

  test.each(alerts)('$alert says what is wrong and how bad it is', ({ labels, annotations }) => {
    expect(Object.keys(labels)).toEqual(['severity']);
    expect(['critical', 'warning']).toContain(labels['severity']);
    expect(Object.keys(annotations)).toEqual(['summary', 'description', 'runbook_url']);
  });
});

describe('the dashboard', () => {
  const panels = dashboardPanels();

  test('has panels that do not cover one another, each with a title, a number and a query', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
    for (const { title, targets } of panels) {
      expect(title).not.toBe('');
      for (const { expr } of targets) {
        // What the API server counts is of the whole cluster.
        const isOurs = metricsIn(expr).every((name) => !name.startsWith('apiserver_'));
        expect(expr.includes('namespace=~"$namespace"')).toBe(isOurs);
      }
    }
  });
});
