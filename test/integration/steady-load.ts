import jsonPatch, { type Operation } from 'fast-json-patch';
import type { AdmissionResponse, AdmissionResponseReview } from '../../src/admission/encode-response.ts';
import type { HttpsClient } from './https-client.ts';
import { parseReview, recordedRequest } from './recorded-requests.ts';

/** A pod that went through both webhooks, one after the other. */
export type Admitted = {
  readonly annotations: Readonly<Record<string, string>>;
  readonly validated: AdmissionResponse;
};

type Pod = { readonly metadata: { readonly annotations: Readonly<Record<string, string>> } };

const connections = 4;

/** Pods that are created all the time, as the API server would send them, while something else changes. */
export class SteadyLoad {
  readonly #client: HttpsClient;
  readonly #admitted: Admitted[] = [];
  readonly #loops: Promise<void>;
  #isEnding = false;

  /** @param start which recorded request to send, such as `009` */
  constructor(client: HttpsClient, start: string) {
    this.#client = client;
    this.#loops = Promise.all(Array.from({ length: connections }, () => this.#loop(start))).then(() => undefined);
    // An answer that is none is told by whoever waits for the end.
    this.#loops.catch(() => undefined);
  }

  /** Everything so far, in the order of the last answers. */
  get admitted(): readonly Admitted[] {
    return this.#admitted;
  }

  /** Lets some more pods through. @throws what went wrong with a request */
  async continue(pods: number): Promise<void> {
    const goal = this.#admitted.length + pods;
    const beat = async () => {
      while (this.#admitted.length < goal) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    await Promise.race([beat(), this.#loops]);
  }

  /** @throws what went wrong with a request */
  async end(): Promise<readonly Admitted[]> {
    this.#isEnding = true;
    await this.#loops;
    return this.#admitted;
  }

  async #loop(start: string): Promise<void> {
    const { body } = recordedRequest(start);
    const review = parseReview(body);
    while (!this.#isEnding) {
      const { patch = '' } = await this.#ask('/mutate', body);
      const operations = JSON.parse(Buffer.from(patch, 'base64').toString('utf8')) as Operation[];
      const object = jsonPatch.applyPatch(review.request.object, operations, true, false).newDocument as unknown as Pod;
      const asked = JSON.stringify({ ...review, request: { ...review.request, object } });
      const validated = await this.#ask('/validate', asked);
      this.#admitted.push({ annotations: object.metadata.annotations, validated });
    }
  }

  async #ask(path: '/mutate' | '/validate', asked: string): Promise<AdmissionResponse> {
    const { status, body } = await this.#client.review(path, asked);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${body}`);
    return (JSON.parse(body) as AdmissionResponseReview).response;
  }
}
