import { versionsWhere, type FactName } from '../../shim/containerd-facts.ts';
import { listVersions, verbFor, type ContainerdVersion } from '../../shim/containerd-version.ts';
import type { TomlDocument } from '../../text/parse-toml.ts';
import type { TomlSyntax } from '../../text/toml-syntax.ts';
import { importFinding, type Report } from '../import-finding.ts';

type Refusal = { readonly fact: FactName; readonly what: string; readonly fix: string };

const refusals: Readonly<Record<TomlSyntax, Refusal>> = {
  'table across lines': {
    fact: 'refusesTablesAcrossLines',
    what: 'an inline table goes across lines',
    fix: 'Write it on one line, or as a table with a header of its own.',
  },
  'comma after the last key': {
    fact: 'refusesTomlOneOne',
    what: 'an inline table has a comma after its last key',
    fix: 'Remove that comma.',
  },
  'escape \\x': {
    fact: 'refusesTomlOneOne',
    what: 'a string has the escape \\x',
    fix: 'Write \\u00 in place of \\x.',
  },
  'escape \\e': {
    fact: 'refusesEscapeCharacter',
    what: 'a string has the escape \\e',
    fix: 'Write \\u001b in place of \\e.',
  },
};

/** Reports what is sound TOML 1.1, and keeps a containerd from starting that does not know it; each way once in a file. */
export function reportRefusedSyntax(
  { uses }: TomlDocument,
  versions: readonly ContainerdVersion[],
  report: Report,
): void {
  for (const [syntax, [first]] of Map.groupBy(uses, (use) => use.syntax)) {
    const { fact, what, fix } = refusals[syntax];
    const refusing = versionsWhere(fact, versions);
    if (first === undefined || refusing.length === 0) continue;
    const message = `${listVersions(refusing)} ${verbFor(refusing, 'does', 'do')} not start with this file: ${what}.`;
    const severity = refusing.length === versions.length ? undefined : 'warning';
    report(importFinding('ContainerdRefuses', first.at, message, fix, severity));
  }
}
