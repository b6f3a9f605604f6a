/**
 * Writes docs/guarded-annotations.md from the list that the policy goes by; with --check, fails where the file is not what
 * would be written.
 */
import { join } from 'node:path';
import data from '../src/shim/guarded-annotations.json' with { type: 'json' };
import { writeOrCheck } from './written-file.ts';

type Kind = keyof typeof data.guarded;

const file = join(import.meta.dirname, '..', 'docs', 'guarded-annotations.md');

const introduction = `# Annotations that reach the host

Pod annotations that runtimes, shims and NRI plugins read and that carry host paths or arguments, load libraries, switch
configuration, give devices or weaken isolation. Whoever may create pods may set them, and what holds them back on the node
(containerd's \`pod_annotations\`, Kata's \`enable_annotations\`, CRI-O's \`allowed_annotations\`) differs from node to node.

shimgate denies them ([GuardedAnnotation](reasons.md#guardedannotation)) unless the entry of the pod's runtime allows the key
and, where it gives globs, the value: see [allowedAnnotations](configuration.md#guarded-annotations). This page is written from
the list that the policy goes by (\`npm run docs\`), and each entry was read in the source that it names. A key that ends in
\`*\` stands for every key that begins so; other asterisks are globs that cross no slash, for keys that are not known yet. The
exact key wins over the longest prefix, and that over a glob. \`io.kubernetes.cri.untrusted-workload\` is a case of its own.

Two things are let in: a value that keeps a protection on, which the table names, and a key that cannot reach its reader, which is
a warning ([PodAnnotationNotPassed](reasons.md#podannotationnotpassed)). Where nothing is said of versions, the source is as old as the
commit that it names. What is said of Kata Containers 4.1 was seen of its Go shim when it ran, and read of its Rust shim.
`;

const families = `## Who reads which annotations

A shim, and the runtime behind it, have what containerd passes on: the annotations of a pod whose keys a glob of \`pod_annotations\`
matches (Go's \`path.Match\`: \`*\` crosses no slash), and none by default. containerd itself, snapshotters and plugins of NRI have
all that a pod has.

| family | keys | read by | installers have passed | what else holds them back |
| --- | --- | --- | --- | --- |
${data.families.map(familyRow).join('')}
Two prefixes are often written that nobody reads: \`io.kata-containers.\`, and \`io.katacontainers.\` without \`config.\` before
\`hypervisor.\`, \`runtime.\` or \`agent.\`.
`;

const titles: Readonly<Record<Kind, string>> = {
  path: 'Paths on the host',
  arguments: 'Arguments to host binaries or kernels',
  library: 'Libraries and handlers that are loaded',
  switch: 'What switches the configuration or the runtime',
  device: 'Devices',
  isolation: 'What weakens isolation',
  snapshot: 'What containerd hands to snapshotters',
};

const kinds: readonly Kind[] = ['path', 'arguments', 'library', 'switch', 'device', 'isolation', 'snapshot'];
const harmless = `## Read alike, and harmless

They size or tune a pod within what the node gives, and need no guarding:

${data.harmless.map((key) => `- \`${key}\`\n`).join('')}`;
const text = [introduction, families, ...kinds.map(section), harmless].join('\n');

await writeOrCheck(file, text, 'npm run docs');

type Entry = {
  readonly key: string;
  readonly why: string;
  readonly versions?: string;
  readonly safe?: readonly string[];
  readonly source: string;
};

function section(kind: Kind): string {
  const entries: readonly Entry[] = data.guarded[kind];
  const rows = entries.map(
    ({ key, why, safe, versions = '', source }) =>
      `| \`${key}\` | ${cell(why)}${safe === undefined ? '' : ` Let in: ${list(safe)}.`} | ${cell(versions)} | ${cell(source)} |\n`,
  );
  return `## ${titles[kind]}\n\n| key | why | versions | source |\n| --- | --- | --- | --- |\n${rows.join('')}`;
}

function familyRow({ name, prefixes, reader, passed, gate }: (typeof data.families)[number]): string {
  const keys = list(prefixes.map((prefix) => (/[./]$/.test(prefix) ? `${prefix}*` : prefix)));
  const who = reader === 'shim' ? 'the shim' : 'the node';
  return `| ${name} | ${keys} | ${who} | ${list(passed)} | ${cell(gate)} |\n`;
}

function list(values: readonly string[]): string {
  return values.map((value) => `\`${value}\``).join(', ');
}

function cell(value: string): string {
  return value.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
