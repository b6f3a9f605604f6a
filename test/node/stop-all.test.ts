import { expect, test } from '@jest/globals';
import { stopAll } from './stage/stop-all.ts';

test('what cannot be stopped is said at the end, and all else is stopped in its order', async () => {
  const stopped: string[] = [];
  const stop = (name: string) => () => Promise.resolve(stopped.push(name));
  const stopping = stopAll(
    stop('a'),
    () => Promise.reject(new Error('b holds on')),
    stop('c'),
    () => Promise.reject(new Error('d too')),
    stop('e'),
  );
  await expect(stopping).rejects.toThrow('Not all of the node could be stopped: b holds on; d too');
  expect(stopped).toEqual(['a', 'c', 'e']);
});
