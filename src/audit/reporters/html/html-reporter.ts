import { severities } from '../../../finding/finding.ts';
import { firstSentence } from '../../../finding/first-sentence.ts';
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
import { empty, joined, markup, ours, type Html } from './html.ts';
import { matrixTable } from './matrix.ts';

/**
 * One page for people, which needs nothing but itself: no network, no other file. Names and texts come from whoever may
 * write them into the cluster, so that every one is escaped, and the policy of the page runs no script but its own.
 */
export const htmlReporter: Reporter = function* (report, { limit, version }) {
  const { findings } = report;
  const shown = findings.groups.map((group) => ({ group, rows: Math.min(group.count, limit) }));
  yield head().text;
  yield summary(report).text;
  yield ways(report).text;
  yield matrixTable(report.matrix).text;
  yield codeTable(shown).text;
  for (const piece of findingTable(report, limit)) yield piece.text;
  yield foot(version).text;
};

function sourceHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

function head(): Html {
  const policy = `default-src 'none'; script-src ${sourceHash(pageScript)}; style-src ${sourceHash(pageStyle)}; base-uri 'none'; form-action 'none'`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${ours(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>shimgate audit</title>
<style>${ours(pageStyle)}</style>
</head>
<body>
`;
}

function foot(version: string): Html {
  return markup`</main>
<footer>shimgate ${version}. What a code means: <code>shimgate explain CODE</code>.</footer>
<script>${ours(pageScript)}</script>
</body>
</html>
`;
}

function summary(report: AuditReport): Html {
  const { source, configuration, isInterrupted, objects, findings } = report;
  const { error, warning, info } = findings.totals;
  const tile = (kind: string, count: number, what: string) =>
    markup`<div class="tile ${kind}${count === 0 ? ' none' : ''}"><strong>${count.toLocaleString('en-US')}</strong>${what}</div>`;
  const read = Object.entries(objects).map(([kind, count]) => `${count.toLocaleString('en-US')} ${kind}`);
  return markup`<header>
${error + warning + info === 0 ? '' : markup`<a class="skip" href="#findings">Skip to the findings</a>\n`}<h1>shimgate audit</h1>
<p class="soft source">${source}${configuration === undefined ? '' : `, with ${configuration}`}</p>
</header>
<main>
<section class="summary" aria-label="Summary">
<p class="verdict">${verdict(report)}</p>
<div class="tiles">
${tile('error', error, 'errors: would be denied, or mislead')}
${tile('warning', warning, 'warnings: will fail, or is not as meant')}
${tile('info', info, 'infos: worth knowing')}
${tile('pods', objects['Pod'] ?? 0, 'pods read')}
</div>
${isInterrupted ? markup`<p class="notice">Interrupted: not everything was read.</p>\n` : ''}<p class="soft source read">Read: ${read.length === 0 ? 'nothing' : read.join(', ')}.</p>
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

function ways({ chains }: AuditReport): Html {
  if (chains.length === 0) return empty;
  const more = chains.length - maxDrawn;
  const rest =
    more > 0
      ? markup`<p class="soft">… and ${counted(more, 'class', 'classes')} more. Broken ones come first.</p>\n`
      : empty;
  return markup`<section aria-labelledby="ways-title">
<h2 id="ways-title">From pods to nodes</h2>
<div class="scroll" role="group" tabindex="0" aria-label="Drawing, which scrolls">
${drawing(chains)}
</div>
${rest}</section>
`;
}

function codeTable(shown: readonly { readonly group: FindingGroup; readonly rows: number }[]): Html {
  if (shown.length === 0) return empty;
  const rows = shown.map(({ group: { code, severity, count }, rows: listed }) => {
    const { meaning }: CodeEntry = codes[code];
    return markup`<tr><td><span class="badge ${severity}">${severity}</span></td><td class="mono">${code}</td><td class="number">${count.toLocaleString('en-US')}</td><td class="number">${listed.toLocaleString('en-US')}</td><td><details><summary>${firstSentence(meaning)}</summary><p>${meaning}</p></details></td></tr>`;
  });
  return markup`<section aria-labelledby="codes-title">
<h2 id="codes-title">What was found</h2>
<div class="scroll">
<table class="codes">
<thead><tr><th scope="col">Severity</th><th scope="col">Code</th><th scope="col" class="number">Total</th><th scope="col" class="number">Listed</th><th scope="col">Meaning</th></tr></thead>
<tbody>
${joined(rows, '\n')}
</tbody>
</table>
</div>
</section>
`;
}

function* findingTable({ findings }: AuditReport, limit: number): Generator<Html, void, undefined> {
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
  yield ours('</tbody>\n</table>\n</div>\n</section>\n');
}

function controls(namespaces: readonly string[], found: readonly string[], listed: number, total: number): Html {
  const option = (name: string) =>
    name === '' ? markup`<option value="">(of the cluster)</option>` : markup`<option value="${name}">${name}</option>`;
  const box = (severity: string) =>
    markup`<label><input type="checkbox" name="severity" value="${severity}" checked> <span class="badge ${severity}">${severity}</span></label>`;
  const heading = (name: string) => markup`<th scope="col"><button type="button">${name}</button></th>`;
  return markup`<section aria-labelledby="findings">
<h2 id="findings" tabindex="-1">Findings</h2>
<form class="controls" hidden>
<fieldset aria-label="Severity">${severities.map(box)}</fieldset>
<label class="field" for="namespace">Namespace <select id="namespace"><option>all</option>${namespaces.map(option)}</select></label>
<label class="field" for="code">Code <select id="code"><option>all</option>${found.map(option)}</select></label>
<label class="field" for="search">Search (press /) <input type="search" id="search" autocomplete="off" spellcheck="false"></label>
<button type="button" id="all">Show all</button>
</form>
<p class="soft" role="status"><span id="shown">${listed.toLocaleString('en-US')}</span> of ${listed.toLocaleString('en-US')} listed findings${listed < total ? `, out of ${total.toLocaleString('en-US')} in all: of each code the first are listed` : ''}</p>
<div class="scroll">
<table class="findings">
<thead><tr>${['Severity', 'Code', 'Namespace', 'Object', 'What is wrong'].map(heading)}</tr></thead>
<tbody>
`;
}

function row(found: AuditFinding): Html {
  const { severity, code, object, message, fix, field, chain = [], source } = found;
  const { namespace = '' } = object;
  const details = [
    chain.length < 2 ? '' : chain.join(' → '),
    field,
    source === undefined ? '' : `${source.file}:${source.line}`,
  ].filter((text) => text !== '');
  return markup`<tr data-severity="${severity}" data-code="${code}" data-namespace="${namespace}"><td><span class="badge ${severity}">${severity}</span></td><td class="mono">${code}</td><td>${namespace}</td><td>${objectLabel({ apiVersion: '', kind: object.kind, name: object.name })}</td><td><p>${message}</p><p class="soft">${fix}</p>${details.map((text) => markup`<p class="soft mono">${text}</p>`)}</td></tr>
`;
}
