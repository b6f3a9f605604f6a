import { htmlReporter } from './html/html-reporter.ts';
import { jsonReporter, yamlReporter } from './json-reporter.ts';
import { junitReporter } from './junit-reporter.ts';
import type { Reporter } from './reporter.ts';
import { sarifReporter } from './sarif-reporter.ts';
import { tableReporter } from './table-reporter.ts';

/** How an audit can be written. */
export type ReportFormat = 'table' | 'wide' | 'json' | 'yaml' | 'sarif' | 'junit' | 'html';

export const reporters: Readonly<Record<ReportFormat, Reporter>> = {
  table: tableReporter,
  wide: tableReporter,
  json: jsonReporter,
  yaml: yamlReporter,
  sarif: sarifReporter,
  junit: junitReporter,
  html: htmlReporter,
};

/** Findings of each code that are shown where no limit is given. */
export const defaultLimits: Readonly<Record<ReportFormat, number>> = {
  table: 5,
  wide: 5,
  json: Infinity,
  yaml: Infinity,
  sarif: Infinity,
  junit: Infinity,
  html: 100,
};
