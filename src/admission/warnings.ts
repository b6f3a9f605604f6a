import { sentence, type Finding } from '../finding/finding.ts';

/** The API server cuts a warning at 256 runes, and all warnings of a response together at 4096. */
const maxWarningRunes = 255;
const maxTotalRunes = 4000;

/** A longer fix leaves the message no room. */
const maxKeptFixRunes = 120;

/**
 * Words findings as warnings that fit into Warning headers: no control characters, which would make the API server drop
 * the whole warning, and none too long. What does not fit is counted, not dropped silently.
 *
 * Source: Kubernetes, apiserver, pkg/warning and pkg/endpoints/filters/warning.go.
 */
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

function warningText(found: Finding): string {
  const whole = clean(sentence(found));
  if (Array.from(whole).length <= maxWarningRunes) return whole;
  const { message, fix } = { ...found, ...found.brief };
  const brief = clean(sentence({ ...found, message, fix }));
  if (Array.from(brief).length <= maxWarningRunes) return brief;
  // Of names that are this long, the beginning tells which they are; what to do must not go with them.
  const end = clean(`[${found.code}] ${Array.from(fix).length <= maxKeptFixRunes ? fix : ''}`);
  const runes = Array.from(clean(message));
  const room = maxWarningRunes - Array.from(end).length - 1;
  return `${runes.length <= room ? runes.join('') : `${runes.slice(0, room - 1).join('')}…`} ${end}`;
}

function clean(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}
