import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { makeAuthority, makeServingCertificate } from '../../../src/certificates/make-certificate.ts';
import type { Cluster } from '../../support/cluster/cluster.ts';
import { eventually } from '../../support/eventually.ts';

/** What a pod is like when a rival gets to see it. */
export type SeenPod = {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly runtimeClassName?: string };
};

type PatchOperation = { readonly op: 'add' | 'replace' | 'remove'; readonly path: string; readonly value?: unknown };

export type Rival = {
  /** Name of its configuration: the API server calls webhooks in the order of these. */
  readonly name: string;
  readonly reinvocationPolicy: 'Never' | 'IfNeeded';
  /** The one namespace that it meddles in. */
  readonly namespace: string;
  readonly operation: 'CREATE' | 'UPDATE';
  readonly patch: (pod: SeenPod) => readonly PatchOperation[];
};

type Review = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: {
    readonly uid: string;
    readonly resource: { readonly resource: string };
    readonly object: SeenPod;
  };
};

const hourMs = 60 * 60_000;

/** Somebody else's mutating webhooks for pods: real ones, that the API server calls over HTTPS. */
export class RivalWebhooks {
  readonly #cluster: Cluster;
  readonly #server: Server;
  readonly #caBundle: string;
  readonly #rivals = new Map<string, Rival>();
  /** Resources that each was asked about, by path. */
  readonly #seen = new Map<string, string[]>();

  private constructor(cluster: Cluster, server: Server, caBundle: string) {
    this.#cluster = cluster;
    this.#server = server;
    this.#caBundle = caBundle;
  }

  static async start(cluster: Cluster): Promise<RivalWebhooks> {
    const { hostAddress } = cluster.description;
    const validity = { notBefore: new Date(Date.now() - hourMs), notAfter: new Date(Date.now() + hourMs) };
    const authority = await makeAuthority('rival', validity);
    const { cert, key } = await makeServingCertificate(authority, [hostAddress], validity);
    const server = createServer({ cert, key });
    const rivals = new RivalWebhooks(cluster, server, Buffer.from(authority.cert).toString('base64'));
    server.on('request', (request, response) => {
      void json(request).then((review) => {
        response.end(JSON.stringify(rivals.#answer((request.url ?? '').split('?')[0] ?? '', review as Review)));
      });
    });
    server.listen(0, hostAddress);
    await once(server, 'listening');
    return rivals;
  }

  /** Registers a rival at the API server for as long as the scenario takes. @returns how often it saw a pod */
  async during(rival: Rival, scenario: () => Promise<void>): Promise<number> {
    const { name, namespace } = rival;
    const path = `/${name}`;
    this.#rivals.set(path, rival);
    this.#seen.set(path, []);
    await this.#kubectl(['create', '--filename=-'], JSON.stringify(this.#registration(rival)));
    try {
      await eventually(async () => {
        await this.#kubectl(['create', 'configmap', 'probe', '--namespace', namespace, '--dry-run=server']);
        if (this.#seen.get(path)?.includes('configmaps') !== true)
          throw new Error(`The API server does not call ${name}.`);
      });
      await scenario();
    } finally {
      await this.#kubectl(['delete', 'mutatingwebhookconfiguration', name]);
    }
    return this.#seen.get(path)?.filter((resource) => resource === 'pods').length ?? 0;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(path: string, { apiVersion, kind, request }: Review): object {
    const { uid, resource, object } = request;
    this.#seen.get(path)?.push(resource.resource);
    if (resource.resource !== 'pods') return { apiVersion, kind, response: { uid, allowed: true } };
    const patch = this.#rivals.get(path)?.patch(object) ?? [];
    const encoded = Buffer.from(JSON.stringify(patch)).toString('base64');
    return { apiVersion, kind, response: { uid, allowed: true, patchType: 'JSONPatch', patch: encoded } };
  }

  async #kubectl(args: readonly string[], input = ''): Promise<void> {
    const { exitCode, stderr } = await this.#cluster.kubectl(args, { input });
    if (exitCode !== 0) throw new Error(`kubectl ${args.join(' ')} failed: ${stderr}`);
  }

  #registration({ name, reinvocationPolicy, namespace, operation }: Rival): object {
    const { address, port } = this.#server.address() as AddressInfo;
    return {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name },
      webhooks: [
        {
          name: `${name}.rival.example.com`,
          admissionReviewVersions: ['v1'],
          clientConfig: { url: `https://${address}:${port}/${name}`, caBundle: this.#caBundle },
          failurePolicy: 'Fail',
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
          reinvocationPolicy,
          rules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: [operation], resources: ['pods'] },
            // What it leaves alone, and what tells when the API server has begun to call it.
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] },
          ],
          sideEffects: 'None',
        },
      ],
    };
  }
}

/** A patch that sets an annotation, whether the pod has any yet or not. */
export function setAnnotation(key: string, value: string): Rival['patch'] {
  return ({ metadata }) =>
    metadata.annotations === undefined
      ? [{ op: 'add', path: '/metadata/annotations', value: { [key]: value } }]
      : [{ op: 'add', path: `/metadata/annotations/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, value }];
}

/** A patch that gives the pod a class. */
export function setClass(runtimeClassName: string): Rival['patch'] {
  return () => [{ op: 'add', path: '/spec/runtimeClassName', value: runtimeClassName }];
}
