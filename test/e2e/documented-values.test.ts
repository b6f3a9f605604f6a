import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { helmTemplate } from './chart/render.ts';
import { ensureBinaries } from '../support/binaries/ensure-binaries.ts';
import { directoryForTests } from '../support/directory-for-tests.ts';
import { chart } from '../support/installation/installation.ts';
import { runProgram } from '../support/processes/run-program.ts';

const root = path.join(import.meta.dirname, '..', '..');
const directory = directoryForTests();
const documents = ['README.md', 'charts/shimgate/README.md', 'docs/operations.md', 'docs/platforms.md'];

/** The blocks of a document in a language. */
function blocksOf(document: string, language: string): readonly string[] {
  const text = readFileSync(path.join(root, document), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block);
}

/** What installs or upgrades from the chart, as it is typed. Standard input (`--values -`) is what another test types. */
function commandsOf(document: string): readonly string[] {
  const lines = blocksOf(document, 'sh').flatMap((block) => block.replaceAll(/\\\n\s*/g, '').split('\n'));
  return lines.filter((line) => /^helm (install|upgrade) /.test(line) && !line.endsWith('--values -'));
}

/** What says nothing of values. */
const flagsOfInstallation = ['--install', '--create-namespace', '--reset-then-reuse-values', '--force-conflicts'];

/** The same for `helm template`: its chart is the one of the checkout, and what stands for a digest is one. */
function asTemplate(command: string): readonly string[] {
  const [, , ...words] = command.split(/ +(?=(?:[^']*'[^']*')*[^']*$)/).map((word) => word.replaceAll("'", ''));
  const [release = '', given = '', ...flags] = words.filter((word) => !flagsOfInstallation.includes(word));
  const isChart = given === 'charts/shimgate' || /^oci:\/\/\S+\/charts\/shimgate$|^shimgate-[\d.]+\.tgz$/.test(given);
  expect([command, isChart]).toEqual([command, true]);
  const version = flags.indexOf('--version');
  const ours = version < 0 ? flags : flags.toSpliced(version, 2);
  return ['template', release, chart, ...ours.map((flag) => flag.replace('sha256:…', `sha256:${'0'.repeat(64)}`))];
}

describe.each(documents)('%s', (document) => {
  const commands = commandsOf(document);

  test('has commands', () => {
    expect(commands.length).toBeGreaterThan(0);
  });

  test.each(commands)('names values that the chart takes: %s', async (command) => {
    const { helm } = await ensureBinaries();
    writeFileSync(path.join(directory, 'ca.crt'), '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
    const { exitCode, stderr } = await runProgram(helm, asTemplate(command), { cwd: directory });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});

type Manifest = {
  readonly kind?: string;
  readonly spec?: {
    readonly values?: object;
    readonly source?: { readonly helm?: { readonly valuesObject?: object } };
  };
};

/** Values in a block of YAML: a file of them, or those of a manifest for Argo CD or Flux. */
function valuesIn(block: string): readonly object[] {
  if (/^# [\w-]*values\.yaml/.test(block)) return parseAllDocuments(block).map((one) => one.toJS() as object);
  const manifests = parseAllDocuments(block).map((one) => one.toJS() as Manifest);
  return manifests.flatMap(({ kind, spec }) =>
    kind === 'HelmRelease'
      ? (spec?.values ?? [])
      : kind === 'Application'
        ? (spec?.source?.helm?.valuesObject ?? [])
        : [],
  );
}

test.each([
  ['README.md', 1],
  ['docs/platforms.md', 3],
])('files of values in %s are ones that the chart takes', async (document, count) => {
  const all = blocksOf(document, 'yaml').flatMap(valuesIn);
  expect(all).toHaveLength(count);
  for (const values of all) {
    const { exitCode, stderr } = await helmTemplate(values);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  }
});

describe('the table of docs/platforms.md', () => {
  const text = readFileSync(path.join(root, 'docs', 'platforms.md'), 'utf8');
  const rows = [...text.matchAll(/^\| ([^|]+) \| [^|]+ \| ([^|]+) \| ([^|]*) ?\|$/gm)].slice(1);
  const settings = rows.flatMap(([, platform = '', distributions = '', besides = '']) => {
    const named = [...distributions.matchAll(/`(\w+)`/g)].map(([, name = '']) => `nodes.distribution=${name}`);
    const others = [...besides.matchAll(/`([\w.]+=\w+)`/g)].map(([, setting = '']) => setting);
    return [...named, ...others].map((setting) => [platform.trim(), setting] as const);
  });

  test('has settings', () => {
    expect(settings.length).toBeGreaterThan(6);
  });

  test.each(settings)('names what the chart takes, for %s: %s', async (_, setting) => {
    const { helm } = await ensureBinaries();
    const args = ['template', 'shimgate', chart, '--set', 'nodes.enabled=true', '--set', setting];
    const { exitCode, stderr } = await runProgram(helm, args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});
