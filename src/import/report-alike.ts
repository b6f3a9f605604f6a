import { listNames } from '../finding/list-names.ts';
import type { LocatedFinding } from '../finding/located-finding.ts';
import { quote } from '../finding/quote.ts';
import { messageOf } from '../finding/wording.ts';
import type { Report } from './import-finding.ts';

/** Something that was found about one runtime. */
export type AboutRuntime = { readonly name: string; readonly problem: LocatedFinding };

/** What is true of several runtimes of a file in the same words is said once, of the first, with the names of the others. */
export function reportAlike(said: readonly AboutRuntime[], report: Report): void {
  const wording = ({ name, problem }: AboutRuntime) => {
    const { code, fix, source } = problem;
    const withoutName = (text: string) => text.replaceAll(quote(name), '');
    return JSON.stringify([code, source.file, withoutName(messageOf(problem)), withoutName(fix)]);
  };
  for (const alike of Map.groupBy(said, wording).values()) {
    const ofFirst = alike.filter(({ name }) => name === alike[0]?.name);
    const names = [...new Set(alike.map(({ name }) => name))].slice(1);
    const rest = names.length === 0 ? '' : ` The same is true of ${listNames('runtime', names)}.`;
    for (const { problem } of ofFirst) report({ ...problem, statement: `${messageOf(problem)}${rest}` });
  }
}
