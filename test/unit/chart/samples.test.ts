import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readConfiguration } from '../../../src/config/read-configuration.ts';
import { clusterStateFrom } from '../../../src/manifests/cluster-state.ts';
import { readManifests } from '../../../src/manifests/read-manifests.ts';
import { reviewManifests } from '../../../src/manifests/review-manifests.ts';
import { World } from '../../../src/policy/world.ts';

const samples = join(import.meta.dirname, '..', '..', '..', 'deploy', 'samples');
const folders = readdirSync(samples, { withFileTypes: true }).filter((entry) => entry.isDirectory());

const configurationOf = (folder: string) =>
  readConfiguration(readFileSync(join(samples, folder, 'configuration.yaml')), `${folder}/configuration.yaml`);

describe('the samples', () => {
  test('are for the installers that people use', () => {
    expect(folders.map(({ name }) => name).toSorted()).toEqual(['gvisor', 'kata-deploy', 'nvidia', 'spin']);
  });

  test.each(folders)('have for $name a configuration with nothing to warn of', ({ name }) => {
    const { configuration, findings } = configurationOf(name);
    expect(configuration?.runtimes.size).toBeGreaterThan(0);
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
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
});
