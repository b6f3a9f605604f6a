import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { RequestContext } from '@kubernetes/client-node/dist/gen/http/http.js';
import { Agent, type Dispatcher } from 'undici';

/** A kubeconfig for one watch: it also says which representation is wanted, and can break the connection. */
export class WatchConfig extends KubeConfig {
  readonly #base: KubeConfig;
  readonly #accept: string;
  #dispatcher: Dispatcher | undefined;
  #isOver = false;

  constructor(base: KubeConfig, accept: string) {
    super();
    this.#base = base;
    this.#accept = accept;
  }

  override getCurrentCluster(): ReturnType<KubeConfig['getCurrentCluster']> {
    return this.#base.getCurrentCluster();
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await this.#base.applySecurityAuthentication(context);
    context.setHeaderParam('Accept', this.#accept);
    this.#dispatcher = context.getDispatcher() ?? new Agent();
    context.setDispatcher(this.#dispatcher);
    if (this.#isOver) this.disconnect();
  }

  disconnect(): void {
    this.#isOver = true;
    void this.#dispatcher?.destroy();
  }
}
