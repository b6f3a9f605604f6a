import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { json } from 'node:stream/consumers';
import type { Cluster } from '../cluster/cluster.ts';
import type { Installation } from './installation.ts';
import type { RunningPod } from './running-pod.ts';
import type { PodManifest } from '../cluster/manifests.ts';

/** What a webhook answers, as far as scenarios look at it. */
export type DirectAnswer = {
  readonly allowed: boolean;
  readonly status?: { readonly code: number; readonly message: string };
  readonly warnings?: readonly string[];
  /** A JSON Patch in base64. */
  readonly patch?: string;
};

const securePort = 8443;
const timeoutMs = 10_000;

type ClientIdentity = { readonly cert?: string; readonly key?: string };

/** Puts questions to a replica without an API server between: as one would, over HTTPS, by the Service's name. */
export class DirectQuestions {
  readonly #serverName: string;
  readonly #ca: Buffer;
  readonly #identity: ClientIdentity;

  private constructor(serverName: string, ca: Buffer, identity: ClientIdentity) {
    this.#serverName = serverName;
    this.#ca = ca;
    this.#identity = identity;
  }

  /** Takes the CA from where the API server takes it. @param identity a client certificate and its key, in PEM */
  static async open(
    cluster: Cluster,
    { release, namespace }: Installation,
    identity: ClientIdentity = {},
  ): Promise<DirectQuestions> {
    const path = 'jsonpath={.webhooks[0].clientConfig.caBundle}';
    const { stdout } = await cluster.kubectl(['get', 'mutatingwebhookconfiguration', release, '--output', path]);
    return new DirectQuestions(`${release}.${namespace}.svc`, Buffer.from(stdout, 'base64'), identity);
  }

  /** What a webhook says of a new pod. @throws Error where it does not answer, or not with an AdmissionReview */
  async ask(replica: RunningPod, path: '/mutate' | '/validate', namespace: string, pod: PodManifest) {
    const sent = request({
      host: replica.address,
      port: securePort,
      servername: this.#serverName,
      ca: this.#ca,
      ...this.#identity,
      path: `${path}?timeout=10s`,
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
    });
    sent.end(JSON.stringify(review(namespace, pod)));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`${replica.identity.name} answered ${response.statusCode ?? 0}.`);
    return ((await json(response)) as { readonly response: DirectAnswer }).response;
  }
}

function review(namespace: string, pod: PodManifest): object {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace,
      name: pod.metadata.name,
      operation: 'CREATE',
      userInfo: { username: 'jane', groups: ['system:authenticated'] },
      object: { ...pod, metadata: { ...pod.metadata, namespace } },
      oldObject: null,
      dryRun: false,
    },
  };
}
