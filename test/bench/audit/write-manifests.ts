/** Writes manifests of a large cluster: as `kubectl get -o json` writes a list, or as YAML documents. */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { namespaceObject, nodeObject } from '../cluster-size/large-cluster.ts';

export type ClusterSize = {
  readonly pods: number;
  readonly classes: number;
  readonly nodes: number;
  readonly namespaces: number;
};

export type ManifestFormat = 'json' | 'yaml';

/** The handlers that the nodes of the large cluster have. */
const handlers = ['runc', 'runsc', 'kata-qemu', 'kata-clh', 'nvidia'];

/** Every so many pods something is wrong with one; all others are as they should be. */
const podsPerFault = 20;

/** Writes the files of a cluster into a directory, which is made. @returns their paths */
export async function writeManifests(
  directory: string,
  size: ClusterSize,
  format: ManifestFormat,
): Promise<readonly string[]> {
  await mkdir(directory, { recursive: true });
  // The pods first: whoever reads them does not know their classes yet.
  const files = { 'a-pods': pods(size), 'b-cluster': cluster(size) };
  return Promise.all(
    Object.entries(files).map(async ([name, objects]) => {
      const file = join(directory, `${name}.${format}`);
      const text = format === 'json' ? listText(objects) : documentsText(objects);
      await pipeline(Readable.from(text), createWriteStream(file));
      return file;
    }),
  );
}

function* listText(objects: Iterable<object>): Generator<string, void, undefined> {
  yield '{\n    "apiVersion": "v1",\n    "items": [';
  let separator = '\n';
  for (const object of objects) {
    yield `${separator}${JSON.stringify(object, null, 4)}`;
    separator = ',\n';
  }
  yield '\n    ],\n    "kind": "List",\n    "metadata": {"resourceVersion": ""}\n}\n';
}

function* documentsText(objects: Iterable<object>): Generator<string, void, undefined> {
  for (const object of objects) yield `---\n${stringify(object, { aliasDuplicateObjects: false })}`;
}

function* cluster({ classes, nodes, namespaces }: ClusterSize): Generator<object, void, undefined> {
  for (let index = 0; index < classes; index++) {
    const [name, handler] = [`class-${index}`, handlers[index % handlers.length]];
    yield { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name }, handler };
  }
  for (let index = 0; index < namespaces; index++) yield namespaceObject(index);
  for (let index = 0; index < nodes; index++) yield nodeObject(index);
}

function* pods({ pods: count, classes, namespaces }: ClusterSize): Generator<object, void, undefined> {
  for (let index = 0; index < count; index++) yield podObject(index, classes, namespaces);
}

/** A pod as a Deployment makes it and the API server fills it in. */
function podObject(index: number, classes: number, namespaces: number): object {
  const name = `service-${index}-7f9c4d5b66-x2v8k`;
  const fault = index % podsPerFault === 0 ? (index / podsPerFault) % 4 : undefined;
  const handler = handlers[(index % classes) % handlers.length] ?? '';
  const annotations = {
    'prometheus.io/scrape': 'true',
    ...(fault !== 1 && { 'io.containerd.cri.runtime-handler': fault === 2 ? 'other' : handler }),
  };
  const metadata = namespaceObject(index % namespaces) as { readonly metadata: { readonly name: string } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      annotations,
      creationTimestamp: '2026-01-01T00:00:00Z',
      generateName: `service-${index}-7f9c4d5b66-`,
      labels: { app: `service-${index}`, 'pod-template-hash': '7f9c4d5b66' },
      name,
      namespace: metadata.metadata.name,
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: `service-${index}-7f9c4d5b66`,
          controller: true,
          uid: `${index}`,
        },
      ],
      resourceVersion: String(1_000_000 + index),
    },
    spec: {
      containers: ['main', 'proxy'].map((container) => ({
        name: container,
        image: `registry.example.com/team/${container}:v1.${index % 50}.0`,
        env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } }],
        ports: [{ containerPort: 8080, name: 'http', protocol: 'TCP' }],
        readinessProbe: { httpGet: { path: '/ready', port: 'http', scheme: 'HTTP' }, periodSeconds: 10 },
        resources: { limits: { memory: '512Mi' }, requests: { cpu: '100m', memory: '256Mi' } },
        volumeMounts: [{ mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', name: 'token', readOnly: true }],
      })),
      restartPolicy: 'Always',
      runtimeClassName: fault === 3 ? 'nosuch' : `class-${index % classes}`,
      serviceAccountName: 'default',
      tolerations: [
        { effect: 'NoExecute', key: 'node.kubernetes.io/not-ready', operator: 'Exists', tolerationSeconds: 300 },
      ],
      volumes: [
        {
          name: 'token',
          projected: { sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }] },
        },
      ],
    },
    status: {
      conditions: [{ lastTransitionTime: '2026-01-01T00:00:00Z', status: 'True', type: 'Ready' }],
      phase: 'Running',
      podIP: `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`,
      qosClass: 'Burstable',
    },
  };
}

const usage = `Usage: node test/bench/audit/write-manifests.ts DIRECTORY [--pods N] [--classes N] [--nodes N] [--namespaces N] [--format json|yaml]
`;

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      pods: { type: 'string', default: '100000' },
      classes: { type: 'string', default: '200' },
      nodes: { type: 'string', default: '5000' },
      namespaces: { type: 'string', default: '10000' },
      format: { type: 'string', default: 'json' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [directory] = positionals;
  if (values.help || directory === undefined) {
    process.stdout.write(usage);
  } else {
    const size = {
      pods: Number(values.pods),
      classes: Number(values.classes),
      nodes: Number(values.nodes),
      namespaces: Number(values.namespaces),
    };
    console.log((await writeManifests(directory, size, values.format === 'yaml' ? 'yaml' : 'json')).join('\n'));
  }
}
