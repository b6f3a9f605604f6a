import { jsonReporter, yamlReporter } from './json-reporter.ts';
import type { Reporter } from './reporter.ts';
import { tableReporter } from './table-reporter.ts';

/** How an audit can be written. */
export type ReportFormat = 'table' | 'wide' | 'json' | 'yaml';

export const reporters: Readonly<Record<ReportFormat, Reporter>> = {
  table: tableReporter,
  wide: tableReporter,
  json: jsonReporter,
  yaml: yamlReporter,
};
