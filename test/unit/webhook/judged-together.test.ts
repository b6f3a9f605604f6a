import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, expect, test } from '@jest/globals';
import { JudgedTogether, type WholeRequest } from '../../../src/webhook/judged-together.ts';

let happened: string[];
let together: JudgedTogether;

beforeEach(() => {
  happened = [];
  together = new JudgedTogether(({ request }) => {
    happened.push(`judge ${request.url}`);
    request.writeAnswer = () => happened.push(`write ${request.url}`);
  });
});

const add = (...urls: readonly string[]) => {
  for (const url of urls) together.add(whole(url));
};

test('judges all that come in one turn of the event loop before it writes any of their answers', async () => {
  add('a', 'b');
  expect(happened).toEqual([]);
  await turn();
  expect(happened).toEqual(['judge a', 'judge b', 'write a', 'write b']);
});

test('answers each once, and what comes in the next turn by itself', async () => {
  add('a');
  await turn();
  add('b');
  await turn();
  expect(happened).toEqual(['judge a', 'write a', 'judge b', 'write b']);
});

test('has nobody wait for more than sixteen', async () => {
  const urls = Array.from({ length: 18 }, (_, index) => `${index}`);
  const done = (some: readonly string[]) => ['judge', 'write'].flatMap((verb) => some.map((url) => `${verb} ${url}`));
  add(...urls);
  expect(happened).toEqual(done(urls.slice(0, 16)));
  await turn();
  expect(happened).toEqual([...done(urls.slice(0, 16)), ...done(urls.slice(16))]);
});

test('writes nothing for a request that is left without an answer', async () => {
  const later = new JudgedTogether(({ request }) => happened.push(`judge ${request.url}`));
  later.add(whole('a'));
  await turn();
  expect(happened).toEqual(['judge a']);
});

function whole(url: string): WholeRequest {
  const request = new IncomingMessage(new Socket());
  request.url = url;
  return { request, response: new ServerResponse(request), bytes: 2, ask: () => undefined };
}
