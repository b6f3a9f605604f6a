import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readManifests } from '../../../src/manifests/read-manifests.ts';
import { messageOf } from '../../../src/finding/wording.ts';
import { makeTemporaryDirectory } from '../../support/mounted-directory.ts';

describe('manifests are read', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  async function write(file: string, kind: string): Promise<void> {
    await writeFile(join(directory, file), `apiVersion: v1\nkind: ${kind}\n`);
  }

  /** Reads paths in the directory. @returns kinds with the files that they are from, and what could not be read */
  async function read(paths: readonly string[], stdin = '') {
    const given = paths.map((path) => (path === '-' ? path : join(directory, path)));
    const { objects, findings } = await readManifests(given, Readable.from([Buffer.from(stdin)]));
    const relative = (file: string) => file.replace(`${directory}/`, '');
    return {
      objects: objects.map(({ kind, source }) => `${kind} ${relative(source.file)}`),
      findings: findings.map(
        (found) => `${relative(found.source.file)}: ${messageOf(found).replaceAll(directory, '')}`,
      ),
    };
  }

  test('from files of any name, in the order in which they were given', async () => {
    await write('b.yaml', 'Pod');
    await write('a.txt', 'Node');
    expect(await read(['b.yaml', 'a.txt', 'b.yaml'])).toEqual({
      objects: ['Pod b.yaml', 'Node a.txt', 'Pod b.yaml'],
      findings: [],
    });
  });

  test('from a mounted ConfigMap once each, though its directory holds them twice', async () => {
    await mkdir(join(directory, '..data'));
    await write('..data/a.yaml', 'Pod');
    await symlink(join('..data', 'a.yaml'), join(directory, 'a.yaml'));
    expect((await read(['.'])).objects).toEqual(['Pod a.yaml']);
  });

  test('from directories and their subdirectories, by name, where a file is named as a manifest', async () => {
    await mkdir(join(directory, 'sub/below.yaml'), { recursive: true });
    await write('c.yaml', 'C');
    await write('b.yml', 'B');
    await write('a.json', 'A');
    await write('README.md', 'R');
    await write('sub/d.yaml', 'D');
    await write('sub/below.yaml/e.yaml', 'E');
    expect(await read(['.'])).toEqual({
      objects: ['A a.json', 'B b.yml', 'C c.yaml', 'E sub/below.yaml/e.yaml', 'D sub/d.yaml'],
      findings: [],
    });
  });

  test('from standard input', async () => {
    await write('a.yaml', 'Pod');
    expect(await read(['-', 'a.yaml'], 'apiVersion: v1\nkind: Node\n---\nhello\n')).toEqual({
      objects: ['Node stdin', 'Pod a.yaml'],
      findings: ['stdin: This is no Kubernetes object: it has no apiVersion and kind.'],
    });
  });

  test('although one of the paths does not exist', async () => {
    await write('a.yaml', 'Pod');
    const { objects, findings } = await read(['none.yaml', 'a.yaml']);
    expect(objects).toEqual(['Pod a.yaml']);
    expect(findings).toEqual([expect.stringMatching(/^none\.yaml: The file cannot be read: .*ENOENT/)]);
  });

  test('although one of the files of a directory cannot be read', async () => {
    await write('a.yaml', 'A');
    await symlink('nowhere.yaml', join(directory, 'b.yaml'));
    await write('c.yaml', 'C');
    const { objects, findings } = await read(['.']);
    expect(objects).toEqual(['A a.yaml', 'C c.yaml']);
    expect(findings).toEqual([expect.stringMatching(/^b\.yaml: The file cannot be read: .*ENOENT/)]);
  });

  test('to nothing where a directory holds none', async () => {
    expect(await read(['.'])).toEqual({ objects: [], findings: [] });
  });
});
