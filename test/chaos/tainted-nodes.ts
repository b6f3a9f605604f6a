import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

const sampleCluster = join(import.meta.dirname, '..', 'fixtures', 'cluster');

const nodes = 5_000;
const taintsOfNode = 5;

/**
 * The sample cluster with 5,000 nodes more, each with taints of its own, and few of which have the runtimes of the samples.
 *
 * @param directory where configuration.yaml and objects.yaml are written
 */
export async function writeTaintedNodes(directory: string): Promise<void> {
  await copyFile(join(sampleCluster, 'configuration.yaml'), join(directory, 'configuration.yaml'));
  const documents = parseAllDocuments(await readFile(join(sampleCluster, 'objects.yaml'), 'utf8'));
  const items = [
    ...documents.map((document) => document.toJS() as unknown),
    ...Array.from({ length: nodes }, (_, index) => node(index)),
  ];
  await writeFile(join(directory, 'objects.yaml'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

function node(index: number): object {
  const keys = Array.from({ length: taintsOfNode }, (_, number) => `taint-${index}-${number}`);
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: `node-${index}` },
    spec: { taints: keys.map((key) => ({ key, effect: 'NoSchedule' })) },
    status: { runtimeHandlers: ['', 'runc'].map((name) => ({ name })) },
  };
}
