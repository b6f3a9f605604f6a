import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

const sampleCluster = join(import.meta.dirname, '..', 'fixtures', 'cluster');

const sizes = { rules: 200, runtimes: 300, nodes: 5_000, namespaces: 1_000 };

/**
 * The sample cluster, made large: 200 rules for namespaces of which none before the last matches, 300 runtimes, 5,000
 * nodes that report their handlers.
 *
 * @param directory where configuration.yaml and objects.yaml are written, in JSON, which YAML includes
 */
export async function writeLargeWorld(directory: string): Promise<void> {
  await mkdir(directory);
  const configuration = parse(await readFile(join(sampleCluster, 'configuration.yaml'), 'utf8')) as {
    readonly runtimes: object;
  };
  const large = {
    ...configuration,
    runtimes: {
      ...Object.fromEntries(many(sizes.runtimes, (index) => [`runtime-${index}`, runtime(index)])),
      ...configuration.runtimes,
    },
    namespaceRules: [...many(sizes.rules - 1, rule), { name: 'the rest', mode: 'enforce' }],
  };
  await writeFile(join(directory, 'configuration.yaml'), JSON.stringify(large));
  const documents = parseAllDocuments(await readFile(join(sampleCluster, 'objects.yaml'), 'utf8'));
  const items = [
    ...many(sizes.namespaces, namespace),
    ...many(sizes.nodes, node),
    ...documents.map((document) => document.toJS() as unknown),
  ];
  await writeFile(join(directory, 'objects.yaml'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

function many<T>(count: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function runtime(index: number): object {
  return {
    runtimeType: `io.containerd.runtime-${index}.v1`,
    options: { ConfigPath: `/etc/containerd/runtime-${index}.toml` },
    podAnnotations: ['shimgate.dev/*'],
  };
}

/** Globs and selectors by turns. */
function rule(index: number): object {
  const name = `rule-${index}`;
  return index % 2 === 0
    ? { name, namespaces: [`team-${index}-*`, `*-project-${index}`], mode: 'warn' }
    : { name, selector: { matchExpressions: [{ key: 'tier', operator: 'In', values: [`tier-${index}`] }] } };
}

function namespace(index: number): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `service-${index}`, labels: { tier: 'other' } } };
}

function node(index: number): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: `node-${index}`, labels: { 'kubernetes.io/os': 'linux', pool: `pool-${index % 20}` } },
    status: {
      runtimeHandlers: ['', 'runc', 'runsc', 'kata-qemu', 'kata-clh'].map((name) => ({
        name,
        features: { recursiveReadOnlyMounts: true, userNamespaces: name !== 'runsc' },
      })),
    },
  };
}
