import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { pino } from 'pino';
import { AnsweredRequests, type AnsweredRequest } from '../../../src/webhook/answered-requests.ts';
import { createMetrics } from '../../../src/webhook/metrics.ts';

const answered: AnsweredRequest = {
  webhook: 'mutating',
  uid: '1',
  operation: 'CREATE',
  resource: 'pods',
  namespace: 'team-a',
  name: undefined,
  decision: 'allow',
  mode: 'enforce',
  exempt: undefined,
  findings: [],
  edits: 5,
  defaultClass: undefined,
  ms: 0.25,
};

const metrics = createMetrics('test');
let logged: readonly string[];
let requests: AnsweredRequests;
let listenersBefore: number;

beforeEach(() => {
  jest.useFakeTimers();
  metrics.registry.resetMetrics();
  logged = [];
  const write = (line: string) => {
    logged = [...logged, (JSON.parse(line) as { readonly uid: string }).uid];
  };
  listenersBefore = process.listenerCount('exit');
  requests = new AnsweredRequests(metrics, pino({ level: 'info' }, { write }));
});

afterEach(() => {
  requests.end();
  jest.useRealTimers();
});

async function counted(): Promise<number> {
  const { values } = (await metrics.registry.getSingleMetric('shimgate_admission_requests_total')?.get()) ?? {};
  return (values ?? []).reduce((sum, { value }) => sum + value, 0);
}

test('requests are counted and logged together, each once and in their order', async () => {
  requests.note(answered);
  requests.note({ ...answered, uid: '2' });
  expect([await counted(), logged]).toEqual([0, []]);
  jest.advanceTimersByTime(5);
  expect([await counted(), logged]).toEqual([2, ['1', '2']]);
  requests.note({ ...answered, uid: '3' });
  jest.advanceTimersByTime(5);
  expect([await counted(), logged]).toEqual([3, ['1', '2', '3']]);
});

test('a request that waits is counted at once where somebody looks', async () => {
  requests.note(answered);
  requests.settle();
  expect([await counted(), logged]).toEqual([1, ['1']]);
  jest.advanceTimersByTime(5);
  expect([await counted(), logged]).toEqual([1, ['1']]);
});

test('nothing waits when it ends, and nobody listens to the process any more', async () => {
  requests.note(answered);
  requests.end();
  expect([await counted(), logged]).toEqual([1, ['1']]);
  expect(process.listenerCount('exit')).toBe(listenersBefore);
});
