/** How bad a finding is. An `error` denies where the mode enforces; a `warning` is told to the user; an `info` to the admin. */
export type Severity = 'error' | 'warning' | 'info';

/** Where a code can turn up; docs/reasons.md is grouped by it. */
export type CodeSubject =
  | 'Names'
  | 'RuntimeClasses'
  | 'Pods'
  | 'Configuration'
  | 'Manifests'
  | 'Audit'
  | 'Installation'
  | 'Import'
  | 'Containerd';

/** What each subject is called as a heading, in the order in which they are documented. */
export const subjectTitles: Readonly<Record<CodeSubject, string>> = {
  Names: 'Runtime names',
  RuntimeClasses: 'RuntimeClasses and handlers',
  Pods: 'Pods and pod templates',
  Configuration: 'Configuration',
  Manifests: 'Manifests',
  Audit: 'What only an audit finds',
  Installation: 'The installation of the webhook',
  Import: "Importing nodes' files",
  Containerd: "What a node's containerd does with its files",
};

/** What is known about a code; docs/reasons.md is generated from it. */
export type CodeEntry = {
  readonly subject: CodeSubject;
  /** The severity it usually has; a finding may have another where the case at hand knows better. */
  readonly severity: Severity;
  /** What it means and why it matters, for a reader who has only the code. */
  readonly meaning: string;
  /** What to do, as an instruction. */
  readonly fix: string;
  /** Set where the finding denies in every mode: letting it through would hand out root on the host. */
  readonly deniedInEveryMode?: true;
};
