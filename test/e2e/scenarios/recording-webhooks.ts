import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { pino } from 'pino';
import { makeAuthority, makeServingCertificate } from '../../../src/certificates/make-certificate.ts';
import { LoadGate } from '../../../src/webhook/load-gate.ts';
import { createMetrics } from '../../../src/webhook/metrics.ts';
import { ShedRecord } from '../../../src/webhook/shed-record.ts';
import { renderedWebhooks } from '../chart/rendered-webhooks.ts';
import { render } from '../chart/render.ts';
import type { Cluster } from '../../support/cluster/cluster.ts';
import { eventually } from '../../support/eventually.ts';
import type { ApiClient } from '../../support/cluster/api-client.ts';

const hourMs = 60 * 60_000;
const kinds = { mutating: 'MutatingWebhookConfiguration', validating: 'ValidatingWebhookConfiguration' } as const;
const group = '/apis/admissionregistration.k8s.io/v1';

type Review = { readonly request: { readonly uid: string; readonly resource: { readonly resource: string } } };

/** The webhooks that the chart registers for a configuration, answered by a server that allows all and remembers it. */
export class RecordingWebhooks {
  readonly #api: ApiClient;
  readonly #server: Server;
  readonly #caBundle: string;
  #sent: string[] = [];
  #refusals = 0;
  #registered = 0;

  private constructor(api: ApiClient, server: Server, caBundle: string) {
    this.#api = api;
    this.#server = server;
    this.#caBundle = caBundle;
  }

  static async start({ description: { hostAddress } }: Cluster, api: ApiClient): Promise<RecordingWebhooks> {
    const validity = { notBefore: new Date(Date.now() - hourMs), notAfter: new Date(Date.now() + hourMs) };
    const authority = await makeAuthority('recorder', validity);
    const { cert, key } = await makeServingCertificate(authority, [hostAddress], validity);
    const server = createServer({ cert, key });
    const webhooks = new RecordingWebhooks(api, server, Buffer.from(authority.cert).toString('base64'));
    const allow: RequestListener = (request, response) => {
      void json(request).then((review) => {
        const { uid } = (review as Review).request;
        const answer = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, allowed: true } };
        response.end(JSON.stringify(answer));
      });
    };
    const limits = { requests: 0, bodyBytes: Infinity, turnMs: Infinity, smallBodyMs: Infinity };
    const record = new ShedRecord(createMetrics('test'), pino({ enabled: false }));
    const refuse = new LoadGate(limits, record).guard(allow);
    server.on('request', (request, response) => {
      webhooks.#sent.push((request.url ?? '').split('?')[0] ?? '');
      if (webhooks.#refusals > 0) {
        webhooks.#refusals--;
        refuse(request, response);
      } else {
        allow(request, response);
      }
    });
    server.listen(0, hostAddress);
    await once(server, 'listening');
    return webhooks;
  }

  /** Registers what the chart does for a configuration, and waits until the API server goes by it. */
  async register(config: object): Promise<void> {
    const { address, port } = this.#server.address() as AddressInfo;
    const probe = `/probe-${++this.#registered}`;
    const webhooks = renderedWebhooks(await render({ config }));
    for (const kind of ['mutating', 'validating'] as const) {
      const clientConfig = (path: string) => ({ url: `https://${address}:${port}${path}`, caBundle: this.#caBundle });
      const answered = webhooks[kind].map((webhook) => ({
        ...webhook,
        clientConfig: clientConfig(webhook.clientConfig.service.path),
      }));
      // What tells when the API server has begun to go by it.
      const marker = {
        name: 'probe.example.com',
        admissionReviewVersions: ['v1'],
        clientConfig: clientConfig(`${probe}-${kind}`),
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
        sideEffects: 'None',
      };
      await this.#create(kind, [...answered, marker]);
    }
    await eventually(async () => {
      const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe' } };
      const sent = await this.during(async () => {
        await this.#api.send('POST', '/api/v1/namespaces/default/configmaps?dryRun=All', configMap);
      });
      if (!sent.includes(`${probe}-mutating`) || !sent.includes(`${probe}-validating`)) {
        throw new Error('the API server does not yet go by the webhook configurations');
      }
    });
  }

  /** Paths of the webhooks that the API server called while something was done. */
  async during(what: () => Promise<void>): Promise<readonly string[]> {
    this.#sent = [];
    await what();
    return this.#sent;
  }

  /** Sends the next requests back, as shimgate does when it has too much to do. */
  refuseNext(count: number): void {
    this.#refusals = count;
  }

  /** Takes the registration away; objects come in unseen until the next one. */
  async unregister(): Promise<void> {
    for (const kind of ['mutating', 'validating'] as const) {
      await this.#api.send('DELETE', `${group}/${kinds[kind].toLowerCase()}s/recorder`);
    }
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #create(kind: keyof typeof kinds, webhooks: readonly object[]): Promise<void> {
    const name = kinds[kind];
    const registration = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: name,
      metadata: { name: 'recorder' },
      webhooks,
    };
    const { status, text } = await this.#api.send('POST', `${group}/${name.toLowerCase()}s`, registration);
    if (status !== 201) throw new Error(text);
  }
}
