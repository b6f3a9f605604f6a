import { isDeepStrictEqual } from 'node:util';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { RequestContext } from '@kubernetes/client-node/dist/gen/http/http.js';
import { Agent, type Dispatcher } from 'undici';

type DispatcherOptions = ReturnType<KubeConfig['createDispatcherOptions']>;

/**
 * A kubeconfig whose requests share connections for as long as TLS is spoken with the same credentials. The library has
 * none of them share any: each would bring a TLS context of its own, which is some hundred kilobytes until it is collected.
 */
export class RequestConfig extends KubeConfig {
  #options: DispatcherOptions = { type: 'none' };
  #dispatcher: Dispatcher = new Agent();

  override createDispatcherOptions(...given: Parameters<KubeConfig['createDispatcherOptions']>): DispatcherOptions {
    const options = super.createDispatcherOptions(...given);
    // With none, the library makes no dispatcher.
    if (isDeepStrictEqual(options, this.#options)) return { type: 'none' };
    this.#options = options;
    return options;
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    this.#dispatcher = context.getDispatcher() ?? this.#dispatcher;
    context.setDispatcher(this.#dispatcher);
  }
}
