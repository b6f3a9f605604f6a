/**
 * Writes docs/reasons.md from the registry of codes; with --check, fails where the file is not what would be written.
 */
import { join } from 'node:path';
import { codes } from '../src/finding/codes.ts';
import { subjectTitles, type CodeEntry } from '../src/finding/code-entry.ts';
import { writeOrCheck } from './written-file.ts';

const file = join(import.meta.dirname, '..', 'docs', 'reasons.md');

const introduction = `# Reasons

Every finding of shimgate has a code. This page says what each one means and how to fix it. It is written from the
code's own registry (\`npm run docs\`), so it is complete.

An **error** denies the object where the mode is \`enforce\`; in \`warn\` it becomes a warning, in \`audit\` it is only
recorded. A **warning** is told to the user, and the object is let in. An **info** is for the admin, and never reaches
users. The severity given here is the usual one; where it depends on the case, the text says so. In pod templates every
error is a warning: the pod itself is what is enforced.
`;

const entries = Object.entries(codes) as readonly (readonly [string, CodeEntry])[];
const sections = Object.entries(subjectTitles).map(([subject, title]) => {
  const ofSubject = entries.filter(([, entry]) => entry.subject === subject);
  return `## ${title}\n\n${ofSubject.map(([code, entry]) => describe(code, entry)).join('\n')}`;
});
const text = [introduction, ...sections].join('\n');

await writeOrCheck(file, text, 'npm run docs');

function describe(code: string, { severity, meaning, fix, deniedInEveryMode }: CodeEntry): string {
  const always = deniedInEveryMode === true ? ', denied in every mode' : '';
  return `### ${code}\n\n**${severity}**${always}\n\n${meaning}\n\n**Fix:** ${fix}\n`;
}
