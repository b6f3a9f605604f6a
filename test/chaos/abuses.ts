import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { makeMutatingReview } from '../support/load/pod-review.ts';
import { largestPods, podWithTolerations } from './large-pods.ts';
import { writeTaintedNodes } from './tainted-nodes.ts';

/** Where the replica listens. */
export type AbuseTarget = {
  readonly port: number;
  /** In PEM. */
  readonly authority: string;
};

/** What others do to a replica while ordinary pods are created. */
export type Abuse = {
  readonly name: string;
  /** Writes the configuration.yaml and objects.yaml that the replica is started with; the samples where it is left out. */
  readonly writeCluster?: (directory: string) => Promise<void>;
  /** Goes on until its process is ended. */
  readonly run: (target: AbuseTarget) => Promise<unknown>;
};

const mebibyte = 1024 * 1024;

/** Each is run in turn, on a replica of its own. */
export const abuses: readonly Abuse[] = [
  {
    name: 'half-sent requests from 50 peers',
    run: async (target) => {
      const body = await makeMutatingReview();
      const small = head(Buffer.byteLength(body)) + body.slice(0, -1);
      const large = head(mebibyte) + body;
      const peers = Array.from({ length: 50 }, (_, index) => `127.0.1.${index + 1}`);
      return Promise.all(
        peers.flatMap((peer) =>
          Array.from({ length: 20 }, (_, index) => hold(target, peer, index % 2 ? small : large)),
        ),
      );
    },
  },
  {
    name: 'deep bodies of 8 MiB',
    run: async (target) => {
      const bodies = [deep('[', ']'), deep('{"":', '}'), wide('[]'), wide('{}')];
      return Promise.all(bodies.map((body, index) => repeat(target, `127.0.2.${index + 1}`, body)));
    },
  },
  { name: 'largest pods of 4 users', run: async (target) => createLargest(target, 4) },
  { name: 'largest pods of 10 users', run: async (target) => createLargest(target, 10) },
  {
    name: '40,000 tolerations with 5,000 nodes',
    writeCluster: writeTaintedNodes,
    run: async (target) => {
      const body = podWithTolerations(await makeMutatingReview(), 40_000);
      return Promise.all(Array.from({ length: 4 }, () => repeat(target, apiServer, body)));
    },
  },
];

/** What users send comes from the API server, as ordinary pods do. */
const apiServer = '127.0.0.1';

/** Has users create the largest pods that an API server takes, again and again, each another kind in turn. */
async function createLargest(target: AbuseTarget, users: number): Promise<unknown> {
  const bodies = largestPods(await makeMutatingReview());
  const bodyOf = (user: number) => bodies[user % bodies.length] ?? Buffer.alloc(0);
  return Promise.all(Array.from({ length: users }, (_, user) => repeat(target, apiServer, bodyOf(user))));
}

/** Holds a connection on which a request is half sent, and begins again where it is ended. */
async function hold(target: AbuseTarget, peer: string, half: string): Promise<never> {
  for (;;) {
    const socket = await open(target, peer);
    socket?.write(half);
    if (socket !== undefined) await ended(socket);
    await sleep(1_000);
  }
}

/** Sends a body again and again, each when the one before was answered. */
async function repeat(target: AbuseTarget, peer: string, body: Buffer): Promise<never> {
  const request = Buffer.concat([Buffer.from(head(body.length)), body]);
  for (;;) {
    const socket = await open(target, peer);
    const end = socket === undefined ? undefined : ended(socket);
    while (socket?.writable === true) {
      socket.write(request);
      await Promise.race([once(socket, 'data'), end]);
    }
    await sleep(10);
  }
}

/** @returns undefined where the replica does not take the connection */
async function open({ port, authority }: AbuseTarget, localAddress: string): Promise<TLSSocket | undefined> {
  const address = { host: '127.0.0.1', port, localAddress };
  const socket = connect({ socket: connectTcp(address), ca: authority, servername: 'localhost' });
  socket.on('error', () => undefined);
  await Promise.race([once(socket, 'secureConnect').catch(() => undefined), ended(socket)]);
  return socket.writable ? socket.resume() : undefined;
}

function ended(socket: TLSSocket): Promise<unknown> {
  return socket.destroyed ? Promise.resolve() : new Promise((resolve) => socket.once('close', resolve));
}

function head(length: number): string {
  const lines = ['POST /mutate HTTP/1.1', 'Host: localhost', 'Content-Type: application/json'];
  return `${lines.join('\r\n')}\r\nContent-Length: ${length}\r\n\r\n`;
}

function deep(opening: string, closing: string): Buffer {
  const levels = Math.floor((8 * mebibyte - 1) / (opening.length + closing.length));
  return Buffer.from(`${opening.repeat(levels)}0${closing.repeat(levels)}`);
}

function wide(item: string): Buffer {
  return Buffer.from(`[${`${item},`.repeat(Math.floor((8 * mebibyte - 4) / (item.length + 1)))}${item}]`);
}
