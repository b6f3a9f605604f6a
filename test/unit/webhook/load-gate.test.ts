import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { LoadGate } from '../../../src/webhook/load-gate.ts';
import { createMetrics } from '../../../src/webhook/metrics.ts';
import { ShedRecord } from '../../../src/webhook/shed-record.ts';

const body = '{"apiVersion":"admission.k8s.io/v1"}';

test('asks nothing for who has gone by the time that its request is judged, and holds nothing of it', async () => {
  const asked: string[] = [];
  const record = new ShedRecord(createMetrics('test'), pino({ enabled: false }));
  // One at a time, and its body alone.
  const limits = { requests: 1, bodyBytes: body.length, turnMs: Infinity, smallBodyMs: Infinity };
  const handle = new LoadGate(limits, record).guard(({ url }, response) => {
    asked.push(url ?? '');
    response.end();
  });
  const ask = async (url: string, isGone: boolean) => {
    const request = new IncomingMessage(new Socket());
    request.url = url;
    request.headers = { 'content-type': 'application/json', 'content-length': String(body.length) };
    const response = new ServerResponse(request);
    handle(request, response);
    request.push(body);
    request.push(null);
    request.once('end', () => {
      if (isGone) response.destroy();
    });
    await turn();
    await turn();
    return response.statusCode;
  };

  await ask('gone', true);
  await ask('gone too', true);
  expect(await ask('there', false)).toBe(200);
  expect(asked).toEqual(['there']);
});
