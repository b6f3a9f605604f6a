import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Turn, type Asked } from '../../../src/webhook/turn.ts';

let happened: string[];
let turn: Turn;

beforeEach(() => {
  happened = [];
  turn = new Turn(Infinity, ({ request }) => {
    happened.push(`judge ${request.url}`);
    request.answer = () => happened.push(`write ${request.url}`);
  });
});

afterEach(() => {
  jest.restoreAllMocks();
});

const add = (...urls: readonly string[]) => {
  for (const url of urls) turn.add(asked(url));
};

const eachJudgedBeforeWritten = (urls: readonly string[]) =>
  ['judge', 'write'].flatMap((verb) => urls.map((url) => `${verb} ${url}`));

test('answers at the end of the turn, and again at the end of the next one', async () => {
  add('a', 'b');
  expect(happened).toEqual([]);
  await nextTurn();
  expect(happened).toEqual(eachJudgedBeforeWritten(['a', 'b']));
  add('c');
  await nextTurn();
  expect(happened).toEqual([...eachJudgedBeforeWritten(['a', 'b']), ...eachJudgedBeforeWritten(['c'])]);
});

test('lasts too long once its time is over, and another begins after it', async () => {
  let now = 1_000;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  turn = new Turn(20, () => undefined);
  add('a');
  now += 20;
  expect(turn.isTooLong()).toBe(false);
  now += 1;
  expect(turn.isTooLong()).toBe(true);
  await nextTurn();
  expect(turn.isTooLong()).toBe(false);
});

test('answers those that wait at once where it is told to, and once only', () => {
  add('a', 'b');
  expect(happened).toEqual([]);
  turn.answerWaiting();
  expect(happened).toEqual(eachJudgedBeforeWritten(['a', 'b']));
  turn.answerWaiting();
  expect(happened).toHaveLength(4);
});

test.each([
  ['sixteen', 2, 16],
  ['128 KiB', 50 * 1024, 3],
])('does not wait for the end of the turn with %s', (_, bytes, count) => {
  const urls = Array.from({ length: count }, (__, index) => `${index}`);
  for (const url of urls.slice(0, -1)) turn.add(asked(url, bytes));
  expect(happened).toEqual([]);
  for (const url of urls.slice(-1)) turn.add(asked(url, bytes));
  expect(happened).toEqual(eachJudgedBeforeWritten(urls));
  for (const url of urls.slice(0, -1)) turn.add(asked(url, bytes));
  expect(happened).toHaveLength(2 * count);
});

test('lets go of an answer that is written', () => {
  const one = asked('a');
  turn.add(one);
  turn.answerWaiting();
  expect(one.request.answer).toBeUndefined();
});

test('leaves a request alone that is judged and has no answer yet', () => {
  const some = new Turn(Infinity, ({ request }) => {
    happened.push(`judge ${request.url}`);
    if (request.url === 'b') request.answer = () => happened.push('write b');
  });
  for (const url of ['a', 'b', 'c']) some.add(asked(url));
  some.answerWaiting();
  expect(happened).toEqual(['judge a', 'judge b', 'judge c', 'write b']);
});

function asked(url: string, bytes = 2): Asked {
  const request = new IncomingMessage(new Socket());
  request.url = url;
  return { request, response: new ServerResponse(request), bytes, ask: () => undefined };
}
