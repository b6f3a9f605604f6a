import { setTimeout as sleep } from 'node:timers/promises';
import { AskingConnection, type Answered } from './asking-connection.ts';

export type Ordinary = {
  readonly p50Ms: number;
  readonly worstMs: number;
  readonly answered: number;
  /** Answers other than a verdict, by status. */
  readonly refused: readonly number[];
  /** Requests without an answer. */
  readonly lost: number;
};

const perSecond = 50;
const connections = 8;

/** So long a pod's creation waits at most, in milliseconds, as webhooks are registered. */
const timeoutMs = 10_000;

/** Creates pods as a cluster does on an ordinary day, and says how long their reviews took. */
export async function createPods(
  target: { readonly port: number; readonly authority: string },
  body: string,
  ms: number,
): Promise<Ordinary> {
  const lines = ['POST /mutate HTTP/1.1', 'Host: localhost', 'Content-Type: application/json'];
  const request = Buffer.from(`${lines.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  const answers: Answered[] = [];
  const free: AskingConnection[] = [];
  let asked = 0;
  const onAnswer = (connection: AskingConnection, answer: Answered) => {
    answers.push(answer);
    free.push(connection);
  };
  const open = () => AskingConnection.open(target, request, onAnswer, () => undefined);
  const all = await Promise.all(Array.from({ length: connections }, open));
  free.push(...all);
  const began = performance.now();
  while (performance.now() - began < ms) {
    const connection = free.shift();
    if (connection !== undefined) {
      asked++;
      connection.ask();
    }
    await sleep(1000 / perSecond);
  }
  const askedLast = performance.now();
  while (answers.length < asked && performance.now() - askedLast < timeoutMs) await sleep(10);
  for (const connection of all) connection.close();
  const latencies = answers.map((answer) => answer.ms).toSorted((a, b) => a - b);
  return {
    p50Ms: latencies[Math.floor(latencies.length / 2)] ?? Infinity,
    worstMs: latencies.at(-1) ?? Infinity,
    answered: answers.length,
    refused: answers.map(({ status }) => status).filter((status) => status !== 200),
    lost: asked - answers.length,
  };
}
