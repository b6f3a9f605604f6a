import { auditCodes } from './audit-codes.ts';
import { configurationCodes } from './configuration-codes.ts';
import type { Severity } from './finding.ts';
import { installationCodes } from './installation-codes.ts';
import { importCodes } from './import-codes.ts';
import { manifestCodes } from './manifest-codes.ts';
import { nameCodes } from './name-codes.ts';
import { podCodes } from './pod-codes.ts';
import { runtimeClassCodes } from './runtime-class-codes.ts';

/** Where a code can turn up; docs/reasons.md is grouped by it. */
export type Subject =
  'Names' | 'RuntimeClasses' | 'Pods' | 'Configuration' | 'Manifests' | 'Audit' | 'Installation' | 'Import';

/** What each subject is called as a heading, in the order in which they are documented. */
export const subjectTitles: Readonly<Record<Subject, string>> = {
  Names: 'Runtime names',
  RuntimeClasses: 'RuntimeClasses and handlers',
  Pods: 'Pods and pod templates',
  Configuration: 'Configuration',
  Manifests: 'Manifests',
  Audit: 'What only an audit finds',
  Installation: 'The installation of the webhook',
  Import: "Importing nodes' files",
};

/** What is known about a code; docs/reasons.md is generated from it. */
export type CodeEntry = {
  readonly subject: Subject;
  /** The severity it usually has; a finding may have another where the case at hand knows better. */
  readonly severity: Severity;
  /** What it means and why it matters, for a reader who has only the code. */
  readonly meaning: string;
  /** What to do, as an instruction. */
  readonly fix: string;
  /** Set where the finding denies in every mode: letting it through would hand out root on the host. */
  readonly deniedInEveryMode?: true;
};

/** The registry of codes. A code, once published, keeps its name and its meaning. */
export const codes = {
  ...nameCodes,
  ...runtimeClassCodes,
  ...podCodes,
  ...configurationCodes,
  ...manifestCodes,
  ...auditCodes,
  ...installationCodes,
  ...importCodes,
} as const;

export type FindingCode = keyof typeof codes;

/** Whether a finding of this code denies whatever the mode: it would hand out root on the host. */
export function isDeniedInEveryMode(code: FindingCode): boolean {
  const entry: CodeEntry = codes[code];
  return entry.deniedInEveryMode === true;
}
