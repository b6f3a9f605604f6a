import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readConfiguration } from '../../../src/config/read-configuration.ts';
import type { LocatedFinding } from '../../../src/finding/located-finding.ts';
import { messageOf } from '../../../src/finding/wording.ts';
import { importPaths } from '../../../src/import/import-paths.ts';
import { clusterStateFrom } from '../../../src/manifests/cluster-state.ts';
import { readManifests } from '../../../src/manifests/read-manifests.ts';
import { reviewManifests } from '../../../src/manifests/review-manifests.ts';
import { World } from '../../../src/policy/world.ts';

const samples = join(import.meta.dirname, '..', '..', '..', 'deploy', 'samples');
/** A node as each installer leaves it. */
const nodes = join(import.meta.dirname, '..', '..', 'fixtures', 'samples');
const folders = readdirSync(samples, { withFileTypes: true }).filter((entry) => entry.isDirectory());

const configurationOf = (folder: string) =>
  readConfiguration(readFileSync(join(samples, folder, 'configuration.yaml')), `${folder}/configuration.yaml`);

/** What shimgate writes for people need not reach the shim, and installers have containerd pass their own annotations only. */
function isForPeople(found: LocatedFinding): boolean {
  const { code } = found;
  const [, names = ''] = messageOf(found)
    .replace(/\.$/, '')
    .split(/ on to (?:its shim|their shims): /);
  return code === 'AnnotationNotPassed' && names.split(', ').every((name) => name.startsWith('"shimgate.dev/'));
}

type Runtimes = Readonly<Record<string, { readonly podAnnotations?: readonly string[] }>>;

/** A table without runc, which every node has; that no annotation is passed need not be said in a sample. */
function ofInstaller(runtimes: Runtimes): Runtimes {
  return Object.fromEntries(
    Object.entries(runtimes)
      .filter(([name]) => name !== 'runc')
      .map(([name, { podAnnotations = [], ...rest }]) => [
        name,
        { ...rest, ...(podAnnotations.length > 0 && { podAnnotations }) },
      ]),
  );
}

describe('the samples', () => {
  test('are for the installers that people use', () => {
    expect(folders.map(({ name }) => name).toSorted()).toEqual(['gvisor', 'kata-deploy', 'nvidia', 'spin']);
  });

  test.each(folders)('have for $name a configuration with nothing to warn of', ({ name }) => {
    const { configuration, findings } = configurationOf(name);
    expect(configuration?.runtimes.size).toBeGreaterThan(0);
    expect(findings.filter((found) => found.severity !== 'info' && !isForPeople(found))).toEqual([]);
  });

  test.each(folders)('have for $name classes and a pod that go with it', async ({ name }) => {
    const { configuration } = configurationOf(name);
    if (configuration === undefined) throw new Error('the configuration is not valid');
    const files = ['runtimeclasses.yaml', 'pod.yaml'].map((file) => join(samples, name, file));
    const { objects, findings } = await readManifests(files, process.stdin);
    const { state, findPods } = clusterStateFrom(objects);
    const enforced = new World(state, { ...configuration, mode: 'enforce' });
    const { reviews } = reviewManifests(objects, enforced, findPods);

    expect(findings).toEqual([]);
    expect(reviews.map(({ object, allowed, warnings }) => ({ kind: object.kind, allowed, warnings }))).toEqual([
      ...[...configuration.runtimes].map(() => ({ kind: 'RuntimeClass', allowed: true, warnings: [] })),
      { kind: 'Pod', allowed: true, warnings: [] },
    ]);
    // The pod's class leads to an entry of the table, whose shim it is told.
    expect(JSON.stringify(reviews.at(-1)?.patch)).toContain('"configured"');
  });

  test.each(folders)('declare for $name what its installer writes today', async ({ name }) => {
    const { runtimes, findings } = await importPaths([join(nodes, name, 'node')]);
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    const sample = parse(readFileSync(join(samples, name, 'configuration.yaml'), 'utf8')) as { runtimes: Runtimes };
    expect(ofInstaller(Object.fromEntries(runtimes))).toEqual(ofInstaller(sample.runtimes));
  });
});
