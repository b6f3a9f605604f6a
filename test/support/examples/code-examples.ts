import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { codes, type FindingCode } from '../../../src/finding/codes.ts';
import { worded, type WordedFinding } from '../../../src/finding/wording.ts';
import { policyFindings, policyFolders, type PolicyFolder } from '../worlds/policy-fixtures.ts';
import { judgeAudit, judgeConfiguration, judgeImport, judgeManifest } from './judge-example.ts';

/** What a code looks like: a text that is wrong in that way, and what is said of it. */
export type CodeExample = {
  readonly code: FindingCode;
  /** From the root of the repository, with slashes. */
  readonly file: string;
  /** The folder with the cluster and the configuration by which it is judged; undefined where all is in the text. */
  readonly surroundings: string | undefined;
  /** Why the text fails: the comment in its first line. */
  readonly why: string;
  /** The text without that comment. */
  readonly text: string;
  /** What shimgate says: the sentence, the code and the fix. */
  readonly message: string;
};

const repository = path.join(import.meta.dirname, '../../..');
const policies = 'test/fixtures/policies';
const others = 'test/fixtures/codes';

/** By the folder of test/fixtures/codes: what judges its files. */
const judges: Readonly<
  Record<string, (bytes: Buffer) => readonly WordedFinding[] | Promise<readonly WordedFinding[]>>
> = {
  audit: judgeAudit,
  configuration: judgeConfiguration,
  import: judgeImport,
  installation: judgeAudit,
  manifests: judgeManifest,
};

/**
 * One example of each code, made by what really finds it: an object that fails a check, or a file of test/fixtures/codes.
 *
 * @throws Error where a file is named after no code, is not found to be what it is named after, or does not say why
 */
export async function codeExamples(): Promise<readonly CodeExample[]> {
  const found = [...policyExamples()];
  for (const [folder, judge] of Object.entries(judges)) {
    for (const name of readdirSync(path.join(repository, others, folder)).toSorted()) {
      const file = `${others}/${folder}/${name}`;
      const bytes = readFileSync(path.join(repository, file));
      found.push(exampleOf(codeNamed(name, file), file, bytes.toString(), await judge(bytes)));
    }
  }
  return found;
}

/** @throws Error where the folders of test/fixtures/codes are others than those that are judged */
export function exampleFolders(): readonly string[] {
  return readdirSync(path.join(repository, others)).toSorted();
}

/** The folders that are judged. */
export const judgedFolders: readonly string[] = Object.keys(judges);

/** Of each code that a check finds, the plainest object: fail/CODE.yaml before fail/CODE.case.yaml. */
function policyExamples(): readonly CodeExample[] {
  const examples = new Map<FindingCode, CodeExample>();
  for (const folder of policyFolders().toSorted(classesFirst)) {
    for (const { name, objects } of folder.fail.toSorted((a, b) => a.name.length - b.name.length)) {
      const file = `${policies}/${folder.id}/fail/${name}`;
      const code = codeNamed(name, file);
      const [object] = objects;
      if (examples.has(code) || object === undefined) continue;
      const text = readFileSync(path.join(repository, file), 'utf8');
      examples.set(code, exampleOf(code, file, text, policyFindings(object, folder).map(worded)));
    }
  }
  return [...examples.values()];
}

/** A code of a name is plainer where a class has that name than where a pod leads to such a class. */
function classesFirst(a: PolicyFolder, b: PolicyFolder): number {
  return Number(b.id.startsWith('runtime-class')) - Number(a.id.startsWith('runtime-class'));
}

function exampleOf(code: FindingCode, file: string, text: string, findings: readonly WordedFinding[]): CodeExample {
  const one = findings.find((finding) => finding.code === code);
  if (one === undefined) {
    throw new Error(`${file} is not found to be ${code}, but: ${findings.map(lineOf).join('\n') || 'nothing'}`);
  }
  const { why, rest } = splitWhy(text);
  if (why === undefined) throw new Error(`${file} does not begin with a comment that says why it fails.`);
  const surroundings = file.startsWith(policies) ? path.posix.join(file, '../..') : undefined;
  return { code, file, surroundings, why, text: rest, message: lineOf(one) };
}

function lineOf({ message, code, fix }: WordedFinding): string {
  return `${message} [${code}] ${fix}`;
}

/** The comment in the first line of a fixture, and what comes after it; undefined where it does not begin with a sentence. */
export function splitWhy(text: string): { readonly why: string | undefined; readonly rest: string } {
  const end = text.indexOf('\n') + 1;
  const why = /^# (\S.*\.)$/.exec(text.slice(0, end).trimEnd())?.[1];
  return { why, rest: why === undefined ? text : text.slice(end) };
}

/** `AbsolutePath.yaml` or `AbsolutePath.declared.yaml` */
function codeNamed(name: string, file: string): FindingCode {
  const code = name.split('.')[0] ?? '';
  if (!isCode(code)) throw new Error(`${file} is named after no code.`);
  return code;
}

function isCode(code: string): code is FindingCode {
  return Object.hasOwn(codes, code);
}
