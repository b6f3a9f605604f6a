import { jest } from '@jest/globals';

/**
 * Stops the poll that finds changes of which no event tells, and only that: what a test sees then comes from an event,
 * unless it moves the time. jest.useRealTimers() ends it.
 */
export function stopPolling(): void {
  jest.useFakeTimers({
    doNotFake: [
      'Date',
      'hrtime',
      'nextTick',
      'performance',
      'queueMicrotask',
      'setImmediate',
      'clearImmediate',
      'setTimeout',
      'clearTimeout',
    ],
  });
}
