import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readConfiguration } from '../../../src/config/read-configuration.ts';
import { importPaths } from '../../../src/import/import-paths.ts';
import { writeConfiguration } from '../../../src/import/write-configuration.ts';

const nodes = join(import.meta.dirname, '../../fixtures/import/nodes');
const names = readdirSync(nodes, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

/** A node as one installer or distribution leaves it; SOURCES.md says which. */
describe.each(names)('a node as %s has it', (name) => {
  const node = join(nodes, name, 'node');

  test('becomes the configuration that is expected, which is valid', async () => {
    const written = writeConfiguration(await importPaths([node]), 'yaml');
    expect(parse(written)).toEqual(parse(await readFile(join(nodes, name, 'expected.yaml'), 'utf8')));
    expect(readConfiguration(Buffer.from(written), 'imported').configuration).toBeDefined();
  });

  test('is found to have what is expected', async () => {
    const { findings } = await importPaths([node]);
    const said = findings.map(({ source, severity, code }) => {
      const file = source.file.slice(source.file.indexOf(`${name}/node/`) + `${name}/node/`.length);
      return `${file}:${source.line}:${source.column}: ${severity} ${code}\n`;
    });
    expect(said.join('')).toBe(await readFile(join(nodes, name, 'findings.txt'), 'utf8'));
  });
});
