import Sequencer from '@jest/test-sequencer';

/**
 * Seconds that the slowest files take, for a machine that has not run them: Jest starts with the largest files there, and the
 * slowest are none of these. A file that nobody waits for at the end need not stand here.
 */
const usualSeconds = {
  'e2e/never-stops.test.ts': 140,
  'e2e/live-world.test.ts': 95,
  'e2e/never-stuck.test.ts': 60,
  'e2e/control-plane.test.ts': 40,
  'e2e/chart-permissions.test.ts': 35,
  'integration/reflector-strain.test.ts': 30,
  'integration/slow-client.test.ts': 13,
  'integration/reflector.test.ts': 12,
  'integration/shutdown.test.ts': 9,
};

/** Starts with the files that took longest when they were run last, so that no worker waits for another's at the end. */
export default class SlowFirst extends Sequencer {
  /** @override */
  sort(tests) {
    return super.sort(tests).toSorted((a, b) => secondsOf(b) - secondsOf(a));
  }
}

function secondsOf({ duration, path }) {
  const [, seconds = 0] = Object.entries(usualSeconds).find(([file]) => path.endsWith(file)) ?? [];
  return duration === undefined ? seconds : duration / 1000;
}
