import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';

/** An address to listen on; port 0 takes a free one. */
export type Address = { readonly host: string; readonly port: number };

/** These stand for every address, of both families where the machine has both, as they do for Go's programs. */
const everyAddress: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Starts to listen. @returns the address that was taken. @throws where the address cannot be had */
export async function listen(server: HttpServer, { host, port }: Address): Promise<Address> {
  // Without a host Node takes both families, or IPv4 where there is no other.
  server.listen(everyAddress.has(host) ? { port } : { host, port });
  await once(server, 'listening');
  const { address, port: taken } = server.address() as AddressInfo;
  return { host: address, port: taken };
}

/** How many connections are open. */
export async function connections(server: HttpServer): Promise<number> {
  return promisify(server.getConnections.bind(server))();
}

/** A connection that was just being opened when its server stopped gets so long to ask something. */
const sweepMs = 1_000;

/**
 * Stops a server: no new connections, what is in flight is finished, and what is not finished by the deadline is cut.
 *
 * @param deadlineMs milliseconds to wait for requests in flight
 * @returns whether everything was finished in time
 */
export async function close(server: HttpServer, deadlineMs: number): Promise<boolean> {
  if (!server.listening) return true;
  const closed = once(server, 'close');
  server.close();
  // Closing takes what is idle now. What becomes so later would be waited for until the deadline.
  const sweep = setInterval(() => {
    server.closeIdleConnections();
  }, sweepMs);
  let isCut = false;
  const deadline = setTimeout(() => {
    isCut = true;
    server.closeAllConnections();
  }, deadlineMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
  return !isCut;
}
