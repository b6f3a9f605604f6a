import { severities } from '../../../finding/finding.ts';
import { createHash } from 'node:crypto';
import { codes } from '../../../finding/codes.ts';
import type { CodeEntry } from '../../../finding/code-entry.ts';
import { pageScript, pageStyle } from '../../../generated/report-page.ts';
import { objectLabel } from '../../../finding/object-reference.ts';
import type { AuditFinding } from '../../audit-finding.ts';
import type { AuditReport } from '../../audit.ts';
import type { FindingGroup } from '../../finding-spool.ts';
import { counted, totalsText, type Reporter } from '../reporter.ts';
import { drawing, maxDrawn } from './drawing.ts';
import { escapeHtml } from './escape.ts';
import { matrixTable } from './matrix.ts';

/**
 * One page for people, which needs nothing but itself: no network, no other file. Names and texts come from whoever may
 * write them into the cluster, so that every one is escaped, and the policy of the page runs no script but its own.
 */
export const htmlReporter: Reporter = function* (report, { limit, version }) {
  const { findings } = report;
  const shown = findings.groups.map((group) => ({ group, rows: Math.min(group.count, limit) }));
  yield head();
  yield summary(report);
  yield ways(report);
  yield matrixTable(report.matrix);
  yield codeTable(shown);
  yield* findingTable(report, limit);
  yield `</main>\n<footer>shimgate ${escapeHtml(version)}. What a code means: <code>shimgate explain CODE</code>.</footer>\n`;
  yield `<script>${pageScript}</script>\n</body>\n</html>\n`;
};

function sourceHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

function head(): string {
  const policy = `default-src 'none'; script-src ${sourceHash(pageScript)}; style-src ${sourceHash(pageStyle)}; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>shimgate audit</title>
<style>${pageStyle}</style>
</head>
<body>
`;
}

function summary(report: AuditReport): string {
  const { source, configuration, isInterrupted, objects, findings } = report;
  const { error, warning, info } = findings.totals;
  const tile = (kind: string, count: number, what: string) =>
    `<div class="tile ${kind}${count === 0 ? ' none' : ''}"><strong>${count.toLocaleString('en-US')}</strong>${what}</div>`;
  const read = Object.entries(objects).map(([kind, count]) => `${count.toLocaleString('en-US')} ${kind}`);
  return `<header>
<a class="skip" href="#findings">Skip to the findings</a>
<h1>shimgate audit</h1>
<p class="soft source">${escapeHtml(source)}${configuration === undefined ? '' : `, with ${escapeHtml(configuration)}`}</p>
</header>
<main>
<section class="summary" aria-label="Summary">
<p class="verdict">${escapeHtml(verdict(report))}</p>
<div class="tiles">
${tile('error', error, 'errors: would be denied, or mislead')}
${tile('warning', warning, 'warnings: will fail, or is not as meant')}
${tile('info', info, 'infos: worth knowing')}
${tile('pods', objects['Pod'] ?? 0, 'pods read')}
</div>
${isInterrupted ? '<p class="notice">Interrupted: not everything was read.</p>\n' : ''}<p class="soft source read">Read: ${escapeHtml(read.length === 0 ? 'nothing' : read.join(', '))}.</p>
</section>
`;
}

/** What one would say to somebody who asks how it is. */
function verdict(report: AuditReport): string {
  const { chains, findings } = report;
  const named = chains.filter(({ runtimeClass }) => runtimeClass !== undefined);
  const broken = named.filter(({ fault }) => fault?.severity === 'error');
  const pods = broken.reduce((sum, chain) => sum + chain.pods, 0);
  const { error, warning } = findings.totals;
  if (broken.length > 0) {
    return `${broken.length.toLocaleString('en-US')} of ${counted(named.length, 'class', 'classes')} ${broken.length === 1 ? 'leads' : 'lead'} to no shim; ${counted(pods, 'pod')} ${pods === 1 ? 'names' : 'name'} one of them.`;
  }
  if (error > 0) return `Every class leads to a shim, and there is more to put right: ${totalsText(report)}.`;
  if (warning > 0) return `Nothing would be denied; ${counted(warning, 'warning')} to look at.`;
  return 'Everything that was read is sound.';
}

function ways({ chains }: AuditReport): string {
  if (chains.length === 0) return '';
  const more = chains.length - maxDrawn;
  const rest =
    more > 0 ? `<p class="soft">… and ${counted(more, 'class', 'classes')} more. Broken ones come first.</p>\n` : '';
  return `<section aria-labelledby="ways-title">
<h2 id="ways-title">From pods to nodes</h2>
<div class="scroll">
${drawing(chains)}
</div>
${rest}</section>
`;
}

function codeTable(shown: readonly { readonly group: FindingGroup; readonly rows: number }[]): string {
  if (shown.length === 0) return '';
  const rows = shown.map(({ group: { code, severity, count }, rows: listed }) => {
    const { meaning }: CodeEntry = codes[code];
    return `<tr><td><span class="badge ${severity}">${severity}</span></td><td class="mono">${code}</td><td class="number">${count.toLocaleString('en-US')}</td><td class="number">${listed.toLocaleString('en-US')}</td><td><details><summary>${escapeHtml(firstSentence(meaning))}</summary><p>${escapeHtml(meaning)}</p></details></td></tr>`;
  });
  return `<section aria-labelledby="codes-title">
<h2 id="codes-title">What was found</h2>
<div class="scroll">
<table class="codes">
<thead><tr><th scope="col">Severity</th><th scope="col">Code</th><th scope="col" class="number">Total</th><th scope="col" class="number">Listed</th><th scope="col">Meaning</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</div>
</section>
`;
}

function firstSentence(text: string): string {
  return /^.*?[.](?= |$)/.exec(text)?.[0] ?? text;
}

function* findingTable({ findings }: AuditReport, limit: number): Generator<string, void, undefined> {
  const { error, warning, info } = findings.totals;
  const total = error + warning + info;
  if (total === 0) return;
  const listed = findings.groups.reduce((sum, { count }) => sum + Math.min(count, limit), 0);
  const namespaces = new Set<string>();
  for (const group of findings.groups) {
    for (const { object } of findings.findingsOf(group, limit)) namespaces.add(object.namespace ?? '');
  }
  yield controls(
    [...namespaces].toSorted(),
    [...new Set(findings.groups.map(({ code }) => code))].toSorted(),
    listed,
    total,
  );
  for (const group of findings.groups) {
    for (const found of findings.findingsOf(group, limit)) yield row(found);
  }
  yield '</tbody>\n</table>\n</div>\n</section>\n';
}

function controls(namespaces: readonly string[], found: readonly string[], listed: number, total: number): string {
  const option = (name: string) =>
    name === ''
      ? '<option value="">(of the cluster)</option>'
      : `<option value="${escapeHtml(name)}">${escapeHtml(name)}</option>`;
  const box = (severity: string) =>
    `<label><input type="checkbox" name="severity" value="${severity}" checked> <span class="badge ${severity}">${severity}</span></label>`;
  const heading = (name: string) => `<th scope="col"><button type="button">${name}</button></th>`;
  return `<section aria-labelledby="findings">
<h2 id="findings" tabindex="-1">Findings</h2>
<form class="controls" hidden>
<fieldset aria-label="Severity">${severities.map(box).join('')}</fieldset>
<label class="field" for="namespace">Namespace <select id="namespace"><option>all</option>${namespaces.map(option).join('')}</select></label>
<label class="field" for="code">Code <select id="code"><option>all</option>${found.map(option).join('')}</select></label>
<label class="field" for="search">Search (press /) <input type="search" id="search" autocomplete="off" spellcheck="false"></label>
<button type="button" id="all">Show all</button>
</form>
<p class="soft" role="status"><span id="shown">${listed.toLocaleString('en-US')}</span> of ${listed.toLocaleString('en-US')} listed findings${listed < total ? `, out of ${total.toLocaleString('en-US')} in all: of each code the first are listed` : ''}</p>
<div class="scroll">
<table class="findings">
<thead><tr>${['Severity', 'Code', 'Namespace', 'Object', 'What is wrong'].map(heading).join('')}</tr></thead>
<tbody>
`;
}

function row(found: AuditFinding): string {
  const { severity, code, object, message, fix, field, chain = [], source } = found;
  const { namespace = '' } = object;
  const details = [
    chain.length < 2 ? '' : chain.join(' → '),
    field,
    source === undefined ? '' : `${source.file}:${source.line}`,
  ].filter((text) => text !== '');
  return `<tr data-severity="${severity}" data-code="${code}" data-namespace="${escapeHtml(namespace)}"><td><span class="badge ${severity}">${severity}</span></td><td class="mono">${code}</td><td>${escapeHtml(namespace)}</td><td>${escapeHtml(objectLabel({ apiVersion: '', kind: object.kind, name: object.name }))}</td><td><p>${escapeHtml(message)}</p><p class="soft">${escapeHtml(fix)}</p>${details.map((text) => `<p class="soft mono">${escapeHtml(text)}</p>`).join('')}</td></tr>
`;
}
