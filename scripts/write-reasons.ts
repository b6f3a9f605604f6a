/**
 * Writes docs/reasons.md from the registry of codes and an example of each, judged as this is written; with --check, fails
 * where the file is not what would be written.
 */
import { join } from 'node:path';
import { codes, type FindingCode } from '../src/finding/codes.ts';
import { subjectTitles, type CodeEntry } from '../src/finding/code-entry.ts';
import { codeExamples, type CodeExample } from '../test/support/examples/code-examples.ts';
import { earlierNodeEvents, nodeEvents } from '../test/support/examples/node-events.ts';
import { writeOrCheck } from './written-file.ts';

const file = join(import.meta.dirname, '..', 'docs', 'reasons.md');

const introduction = `# Reasons

Every finding of shimgate has a code. This page says what each one means and how to fix it. It is written from the
code's own registry (\`npm run docs\`), so it is complete, and each has an example that fails, with what shimgate says of
it: the sentence, the code in brackets, and what to do.

An **error** denies the object where the mode is \`enforce\`; in \`warn\` it becomes a warning, in \`audit\` it is only
recorded. A **warning** is told to the user, and the object is let in. An **info** is for the admin, and never reaches
users. The severity given here is the usual one; where it depends on the case, the text says so. In pod templates every
error is a warning: the pod itself is what is enforced.

Where a finding tells of a pod that will not start, the kubelet's own words for it are quoted, as \`kubectl describe pod\` shows
them on a node with containerd 2.4; what differs from pod to pod is in capitals. \`make test-node\` holds the quotations against a
real node, \`make matrix\` those of earlier versions.
`;

/** Where a line of an example is cut: some fixtures hold what is too large. */
const longestLine = 160;

const examples = new Map((await codeExamples()).map((example) => [example.code as string, example]));
const entries = Object.entries(codes) as readonly (readonly [string, CodeEntry])[];
const sections = Object.entries(subjectTitles).map(([subject, title]) => {
  const ofSubject = entries.filter(([, entry]) => entry.subject === subject);
  return `## ${title}\n\n${ofSubject.map(([code, entry]) => describe(code, entry)).join('\n')}`;
});
const text = [introduction, ...sections].join('\n');

await writeOrCheck(file, text, 'npm run docs');

function describe(code: string, { severity, meaning, fix, deniedInEveryMode }: CodeEntry): string {
  const always = deniedInEveryMode === true ? ', denied in every mode' : '';
  const example = examples.get(code);
  if (example === undefined)
    throw new Error(`${code} has no example in test/fixtures/codes or test/fixtures/policies.`);
  const events = eventsOf(code as FindingCode);
  return `### ${code}\n\n**${severity}**${always}\n\n${meaning}\n\n**Fix:** ${fix}\n\n${events}${show(example)}`;
}

function eventsOf(code: FindingCode): string {
  const events = nodeEvents[code];
  const earlier = earlierNodeEvents[code];
  return [
    ...(events === undefined ? [] : [`**On the node:**\n\n${quoted(events)}\n\n`]),
    ...(earlier === undefined ? [] : [`Earlier versions of containerd say:\n\n${quoted(earlier)}\n\n`]),
  ].join('');
}

function quoted(events: readonly string[]): string {
  return `\`\`\`text\n${events.join('\n')}\n\`\`\``;
}

function show({ file, surroundings, why, text, message }: CodeExample): string {
  const lines = text.split('\n').map((line) => (line.length > longestLine ? `${line.slice(0, longestLine)}…` : line));
  const links = [
    `[the file](../${file})`,
    ...(surroundings === undefined ? [] : [`[its cluster and configuration](../${surroundings})`]),
  ];
  return [
    `**Example:** ${why} (${links.join(', ')})`,
    `\`\`\`yaml\n${lines.join('\n').trimEnd()}\n\`\`\``,
    `\`\`\`text\n${message}\n\`\`\`\n`,
  ].join('\n\n');
}
