import type { Finding } from '../finding/finding.ts';
import { warningText } from '../finding/wording.ts';

/** The API server cuts all warnings of a response together at 4096 runes. Source: Kubernetes, apiserver, pkg/endpoints/filters/warning.go. */
const maxTotalRunes = 4000;

/** Words findings as warnings that fit into Warning headers. What does not fit is counted, not dropped silently. */
export function warningTexts(findings: readonly Finding[]): readonly string[] {
  const texts: string[] = [];
  let total = 0;
  for (const [index, found] of findings.entries()) {
    const text = warningText(found);
    const left = findings.length - index;
    total += Array.from(text).length;
    if (total > maxTotalRunes)
      return [...texts, `${left} more ${left === 1 ? 'finding is' : 'findings are'} not shown.`];
    texts.push(text);
  }
  return texts;
}
