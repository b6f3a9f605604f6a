import type { AuditFinding } from '../../../src/audit/audit-finding.ts';
import type { AuditReport } from '../../../src/audit/audit.ts';
import { FindingSpool } from '../../../src/audit/finding-spool.ts';
import { codes, type FindingCode } from '../../../src/finding/codes.ts';
import type { Severity } from '../../../src/finding/code-entry.ts';

/** What somebody who may write names, labels and annotations would try in a report that others open. */
export const hostileTexts: readonly string[] = [
  '<script>attacked()</script>',
  '</script><script>attacked()</script>',
  '"><img src=x onerror=attacked()>',
  "'><svg/onload=attacked()>",
  '<!--<script>attacked()//-->',
  ']]><script>attacked()</script><![CDATA[',
  '&lt;script&gt;attacked()&lt;/script&gt;&#x3c;b&#x3e;&amp;',
  'javascript:attacked()',
  '</title></style></textarea></svg><script>attacked()</script>',
  '<a href="javascript:attacked()">x</a>',
  '{{constructor.constructor("attacked()")()}}${attacked()}`${attacked()}`',
  '<iframe srcdoc="<script>parent.attacked()</script>">',
  '<base href="https://attacker.example/"><link rel=stylesheet href=//attacker.example/x.css>',
  '<meta http-equiv=refresh content="0;url=https://attacker.example/">',
  '\u0000\u0001\u001b[31m\u007f\u0085\u2028\u2029\u202e\ufeff\ufffe\ud800',
  '<svg><animate onbegin=attacked() attributeName=x dur=1s>',
  '" onfocus="attacked()" autofocus x="',
  '--><script>attacked()</script>',
  '__proto__',
  '[look here](https://attacker.example/)',
  '\\[x\\](https://attacker.example/){0}',
  '::error title=attacked::attacked',
  'a ::set-output name=x::y',
  '##vso[task.setvariable variable=x]y ###[command] ##teamcity[x]',
  'tags \u{e0061}\u{e0062} and \u{1f6}',
  'a'.repeat(5_000),
];

const severities: readonly Severity[] = ['error', 'warning', 'info'];

/** A finding with a text in every field that somebody may choose. */
function hostileFinding(text: string, index: number): AuditFinding {
  const code = Object.keys(codes)[index % 7] as FindingCode;
  return {
    code,
    severity: severities[index % 3] ?? 'info',
    field: `metadata.annotations[${text}]`,
    message: `Pod ${text}: ${text}`,
    fix: `Do something about ${text}.`,
    object: { apiVersion: text, kind: text, namespace: text, name: text },
    chain: [text, text, text],
    source: { file: text, line: index + 1 },
  };
}

/** A report in which everything that can be chosen is hostile. Its findings are on disk: close them. */
export function hostileReport(): AuditReport {
  const findings = new FindingSpool();
  for (const [index, text] of hostileTexts.entries()) findings.add(hostileFinding(text, index));
  return {
    source: `manifests in ${hostileTexts.join(', ')}`,
    configuration: hostileTexts.join(' '),
    isInterrupted: true,
    isWhole: false,
    objects: Object.fromEntries(hostileTexts.map((text) => [text, 1])),
    findings,
    chains: hostileTexts.map((text, index) => ({
      runtimeClass: text,
      handler: text,
      runtimeType: text,
      shimBinary: text,
      pods: index,
      templates: 1,
      nodes: { selected: 3, reporting: 2, listing: 1 },
      fault: { at: 'handler', severity: 'error', message: text },
    })),
    matrix: {
      columns: hostileTexts.map((text) => ({ count: 2, example: text, says: true })),
      rows: hostileTexts.map((text) => ({ runtimeClass: text, cells: hostileTexts.map(() => 'lacking' as const) })),
      more: { nodes: 1, classes: 1 },
    },
  };
}
