import { attributes, escapeXml } from '../text/xml.ts';

/** What is tested in a file. */
export type JunitSuite = {
  readonly file: string;
  readonly cases: readonly { readonly line: number; readonly name: string; readonly failures: readonly string[] }[];
  /** Why not all of it was tested. */
  readonly errors: readonly string[];
};

/**
 * JUnit's XML, for what shows a build's tests: a suite for each file.
 *
 * Source: the form that Ant's JUnit task writes, as Jenkins and GitLab read it.
 */
export function* junitOf(name: string, suites: readonly JunitSuite[]): Generator<string, void, undefined> {
  const errors = suites.filter((suite) => suite.errors.length > 0).length;
  const cases = suites.flatMap((suite) => suite.cases);
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield `<testsuites${attributes({ name, tests: cases.length + errors, failures: failedIn(cases), errors })}>\n`;
  for (const suite of suites) {
    const broken = suite.errors.length > 0 ? 1 : 0;
    const tests = suite.cases.length + broken;
    const counts = { tests, failures: failedIn(suite.cases), errors: broken };
    yield `  <testsuite${attributes({ name: suite.file, ...counts })}>\n`;
    for (const one of suite.cases) yield caseOf(suite.file, one.line, one.name, 'failure', one.failures);
    if (broken > 0) yield caseOf(suite.file, 1, 'it can be read', 'error', suite.errors);
    yield '  </testsuite>\n';
  }
  yield '</testsuites>\n';
}

function failedIn(cases: JunitSuite['cases']): number {
  return cases.filter(({ failures }) => failures.length > 0).length;
}

function caseOf(file: string, line: number, name: string, what: 'failure' | 'error', said: readonly string[]): string {
  const head = `    <testcase${attributes({ classname: file, name, file, line })}`;
  const [message] = said;
  if (message === undefined) return `${head}/>\n`;
  return `${head}>\n      <${what}${attributes({ message })}>${said.map(escapeXml).join('&#10;')}</${what}>\n    </testcase>\n`;
}
