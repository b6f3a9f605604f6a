import { once } from 'node:events';
import { IncomingMessage, ServerResponse, type RequestListener } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { WithBody } from '../../../src/webhook/incoming-body.ts';
import { LoadGate } from '../../../src/webhook/load-gate.ts';
import { createMetrics } from '../../../src/webhook/metrics.ts';
import { ShedRecord } from '../../../src/webhook/shed-record.ts';

const small = '{"apiVersion":"admission.k8s.io/v1"}';

let happened: string[];

beforeEach(() => {
  happened = [];
});

/** One request at a time. */
function guard(ask: RequestListener, bodyBytes = Infinity): RequestListener {
  const record = new ShedRecord(createMetrics('test'), pino({ enabled: false }));
  const limits = { requests: 1, bodyBytes, turnMs: Infinity, smallBodyMs: Infinity };
  return new LoadGate(limits, record).guard(ask);
}

const answer: RequestListener = (request: WithBody) => {
  happened.push(`judge ${request.url}`);
  request.answer = () => happened.push(`write ${request.url}`);
};

/** @returns the response, once the request is whole and its turn has ended */
async function ask(handle: RequestListener, url: string): Promise<ServerResponse> {
  const response = await send(handle, url);
  await turn();
  return response;
}

/** @returns the response, once the request is whole */
async function send(handle: RequestListener, url: string, body = small): Promise<ServerResponse> {
  const request = new IncomingMessage(new Socket());
  request.url = url;
  request.headers = { 'content-type': 'application/json', 'content-length': String(body.length) };
  const response = new ServerResponse(request);
  handle(request, response);
  request.complete = true;
  request.push(body);
  request.push(null);
  await once(request, 'end');
  return response;
}

test('who has gone before the turn ends is not asked about, and nothing is held of its body', async () => {
  const handle = guard(answer, small.length);
  for (const url of ['gone', 'gone too']) {
    (await send(handle, url)).req.socket.destroy();
    await turn();
  }
  expect((await ask(handle, 'there')).statusCode).toBe(200);
  expect(happened).toEqual(['judge there', 'write there']);
});

test('a large body is judged after those that came before it in the same turn', async () => {
  const handle = guard(answer);
  await Promise.all([send(handle, 'small'), send(handle, 'large', small.padEnd(300_000))]);
  await turn();
  expect(happened).toEqual(['judge small', 'write small', 'judge large', 'write large']);
});

test('a request counts until its answer is there, whether it is read or not, and also where there is none', async () => {
  const answers: PromiseWithResolvers<() => void>[] = [];
  const handle = guard((request: WithBody) => {
    happened.push(`judge ${request.url}`);
    const later = Promise.withResolvers<() => void>();
    answers.push(later);
    request.answer = later.promise;
  });
  await ask(handle, 'a');
  expect((await ask(handle, 'b')).statusCode).toBe(429);
  answers[0]?.resolve(() => happened.push('write a'));
  await turn();
  await ask(handle, 'c');
  answers[1]?.reject(new Error('no answer'));
  await turn();
  await ask(handle, 'd');
  expect(happened).toEqual(['judge a', 'write a', 'judge c', 'judge d']);
});

test('nothing is kept of the body of a request that was judged or shed', async () => {
  const handle = guard((request: WithBody) => {
    request.answer = new Promise(() => undefined);
  });
  for (const url of ['judged', 'shed']) expect((await ask(handle, url)).req).toMatchObject({ body: undefined });
});
