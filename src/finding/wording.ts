import { codes } from './codes.ts';
import type { Finding, FindingSubject } from './finding.ts';
import { quote, quoteUnlessPlain } from './quote.ts';
import type { HandlerFlaw, HandlerStatement, Predicate } from './statement.ts';

/** A finding in words, as users' programs read it. */
export type WordedFinding = Pick<Finding, 'code' | 'severity' | 'field' | 'fix'> & {
  /** A full sentence that names the offending value. */
  readonly message: string;
};

type Said = Pick<Finding, 'subject' | 'statement'>;

/** The full sentence: what it is about, the way from there, and what is wrong. */
export function messageOf({ subject = nobody, statement }: Said): string {
  if (typeof statement === 'string') return statement;
  switch (statement.kind) {
    case 'sentence':
      return statement.text;
    case 'predicate':
      return `${way(subject, statement.links)}${statement.text}${wholeList(statement)}${statement.detail ?? ''}.`;
    case 'handler':
      return `${way(subject, statement.links)}${handlerEnding(statement.flaw)}.`;
  }
}

/** A finding as users' programs read it. */
export function worded(found: Finding): WordedFinding {
  const { code, severity, field, fix } = found;
  return { code, severity, field, message: messageOf(found), fix };
}

/** One finding as a person reads it: the sentence, the code to look up, and what to do. */
export function sentence(found: Finding): string {
  return line(found, messageOf(found), found.fix);
}

/** A cause of an Invalid status: kubectl prints the object and the field before it, so neither stands in it. */
export function causeOf(found: Finding): string {
  const { statement } = found;
  const isOfHandler = typeof statement !== 'string' && statement.kind === 'handler';
  return line(found, isOfHandler ? aboutHandler(statement) : messageOf(found), found.fix);
}

/** What is said of a handler, as a sentence of its own. */
export function aboutHandler({ handler, flaw }: Pick<HandlerStatement, 'handler' | 'flaw'>): string {
  const named = `Handler ${quote(handler)}`;
  switch (flaw.is) {
    case 'refused':
      return refusalOf(handler, flaw.predicate);
    case 'misplaced':
      return `The ${misplacement(flaw)}.`;
    case 'refused claim':
      return refusalOf(flaw.claim, flaw.predicate);
    case 'contradicted':
      return `The ${contradiction(flaw)}.`;
    case 'undeclared':
      return `${named} is not declared in the configuration${afterUndeclared(flaw)}.`;
    case 'said by nodes':
      return `${named} ${flaw.text}.`;
    case 'featureless':
      return `Node ${quote(flaw.node)} lists handler ${quote(handler)} ${featureless}.`;
    case 'shim name':
    case 'on no node':
      return `${named} ${predicateOf(flaw)}.`;
  }
}

/** Why a runtime name is refused, as a sentence. @param predicate begins with `is` or the like */
export function refusalOf(name: string, predicate: string): string {
  return `${name === '' ? 'The runtime name' : quote(name)} ${predicate}.`;
}

/** The API server cuts a warning at 256 runes. */
const maxWarningRunes = 255;

/** A longer fix leaves the message no room. */
const maxKeptFixRunes = 120;

/**
 * The sentence for a Warning header: without control characters, which would make the API server drop the whole warning,
 * and short enough. Where the sentence is too long, its details go first and the chain with them, then its end.
 *
 * Source: Kubernetes, apiserver, pkg/warning and pkg/endpoints/filters/warning.go.
 */
export function warningText(found: Finding): string {
  const whole = clean(sentence(found));
  if (runesOf(whole) <= maxWarningRunes) return whole;
  const { fix: longFix, shortFix: fix = longFix } = found;
  const short = clean(line(found, shortMessage(found), fix));
  if (runesOf(short) <= maxWarningRunes) return short;
  // Of names that are this long, the beginning tells which they are; what to do must not go with them.
  const kept = [fix, codes[found.code].fix].find((one) => runesOf(one) <= maxKeptFixRunes) ?? '';
  const end = clean(`[${found.code}] ${kept}`);
  const runes = Array.from(clean(shortMessage(found)));
  const room = maxWarningRunes - runesOf(end) - 1;
  return `${runes.length <= room ? runes.join('') : `${runes.slice(0, room - 1).join('')}…`} ${end}`;
}

/** Of a handler the chain is what the warning is about; of anything else only the link that it is about stays. */
function shortMessage({ subject = nobody, statement }: Finding): string {
  if (typeof statement === 'string' || statement.kind === 'sentence') return messageOf({ statement });
  if (statement.kind === 'handler') return `${way(subject, statement.links)}${shortEnding(statement.flaw)}.`;
  const { about, text, list } = statement;
  const link = about === undefined ? undefined : subject.chain[about];
  return `${[subject.object, ...(link === undefined ? [] : [link])].join(' -> ')}${text}${shortList(list)}.`;
}

/** The line of a report's table: the sentence, after its object where it does not say that itself. */
export function tableLine(label: string, message: string, isNamed: boolean): string {
  return isNamed ? message : `${label}: ${message}`;
}

/** Whether a finding's sentence names what it is about. */
export function namesSubject({ statement }: Said): boolean {
  return typeof statement !== 'string';
}

const nobody: FindingSubject = { object: '', chain: [] };

function line({ code }: Finding, message: string, fix: string): string {
  return `${message} [${code}] ${fix}`;
}

function way({ object, chain }: FindingSubject, links: number): string {
  return links === 0 ? object : [object, ...chain.slice(0, links)].join(' -> ');
}

function wholeList({ list }: Predicate): string {
  return list === undefined ? '' : list.items.join(list.separator);
}

function shortList(list: Predicate['list']): string {
  if (list === undefined) return '';
  const [first = '', ...others] = list.items;
  if (others.length === 0) return first;
  return list.separator === ', ' ? `${first} and ${others.length} more` : `${first}; ${others.length} more`;
}

/** What follows the handler at the end of a chain. */
function handlerEnding(flaw: HandlerFlaw): string {
  switch (flaw.is) {
    case 'refused':
      return `, which ${flaw.predicate}`;
    case 'misplaced':
      return `: the ${misplacement(flaw)}`;
    case 'refused claim':
      return `, whose declared shim ${quote(flaw.claim)} ${flaw.predicate}`;
    case 'contradicted':
      return `: the ${contradiction(flaw)}`;
    case 'undeclared':
      return `, which the configuration does not declare${afterUndeclared(flaw)}`;
    case 'said by nodes':
      return `, which ${flaw.text}`;
    case 'featureless':
      return `, which node ${quote(flaw.node)} lists ${featureless}`;
    case 'shim name':
    case 'on no node':
      return `, which ${predicateOf(flaw)}`;
  }
}

function shortEnding(flaw: HandlerFlaw): string {
  if (flaw.is === 'undeclared') return ', which is not declared';
  return flaw.is === 'on no node' ? ', which no node has' : handlerEnding(flaw);
}

const featureless = 'without any feature: its shim may not be installed there';

function predicateOf(flaw: Extract<HandlerFlaw, { is: 'shim name' | 'on no node' }>): string {
  return flaw.is === 'shim name'
    ? 'is a shim name, and in no table: the API server refuses such a handler'
    : `is declared, but ${flaw.nodes}`;
}

function afterUndeclared({ nodes, isReported }: Extract<HandlerFlaw, { is: 'undeclared' }>): string {
  return isReported ? `, though ${nodes}` : `; ${nodes}`;
}

function misplacement({ at, value }: Extract<HandlerFlaw, { is: 'misplaced' }>): string {
  return `handler is missing; ${quoteUnlessPlain(at)} says ${quote(value)}, and the field belongs to the top level`;
}

function contradiction({ claim, table }: Extract<HandlerFlaw, { is: 'contradicted' }>): string {
  return `class declares ${quote(claim)}, but the runtimes table says ${quote(table)}; the table wins`;
}

function clean(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}

function runesOf(text: string): number {
  return Array.from(text).length;
}
