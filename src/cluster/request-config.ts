import { isDeepStrictEqual } from 'node:util';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { RequestContext } from '@kubernetes/client-node/dist/gen/http/http.js';
import { Agent, type Dispatcher } from 'undici';

type DispatcherOptions = ReturnType<KubeConfig['createDispatcherOptions']>;

const http1 = { allowH2: false };

/**
 * A kubeconfig whose requests share connections for as long as TLS is spoken with the same credentials. The library has
 * none of them share any: each would bring a TLS context of its own, which is some hundred kilobytes until it is collected.
 */
export class RequestConfig extends KubeConfig {
  /** What the dispatcher was made of; undefined before there is one. */
  #options: DispatcherOptions | undefined;
  #dispatcher: Dispatcher = new Agent(http1);
  #offered: DispatcherOptions | undefined;

  /**
   * Gives a request its credentials.
   *
   * @returns what it is to be sent by
   * @throws where the kubeconfig's credentials or proxy are of no use
   */
  async authenticate(context: RequestContext): Promise<Dispatcher> {
    await this.applySecurityAuthentication(context);
    const made = context.getDispatcher();
    if (made !== undefined) {
      this.#dispatcher = made;
      this.#options = this.#offered;
    }
    return this.#dispatcher;
  }

  /** The library calls this for each request; type 'none' keeps it from making another dispatcher. */
  override createDispatcherOptions(...given: Parameters<KubeConfig['createDispatcherOptions']>): DispatcherOptions {
    const options = overHttp1(super.createDispatcherOptions(...given));
    if (isDeepStrictEqual(options, this.#options)) return { type: 'none' };
    if (options.type === 'none') {
      this.#dispatcher = new Agent(http1);
      this.#options = options;
    }
    this.#offered = options;
    return options;
  }
}

/** A connection of HTTP/1.1 ends with a request that is given up. One of HTTP/2 would be used again, though nobody answers. */
function overHttp1(options: DispatcherOptions): DispatcherOptions {
  switch (options.type) {
    case 'agent':
      return { ...options, connect: { ...options.connect, ...http1 } };
    case 'proxy':
    case 'socks':
      return { ...options, requestTls: { ...options.requestTls, ...http1 } };
    case 'none':
      return options;
  }
}
