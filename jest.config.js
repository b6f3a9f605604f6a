import { availableParallelism } from 'node:os';

const project = (name) => ({
  displayName: name,
  testEnvironment: 'node',
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.js' },
  extensionsToTreatAsEsm: ['.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
});

/** What these tests write goes into a directory of the run, and the run fails where anything is left in it. */
const leavesNothing = (name) => ({
  ...project(name),
  globalSetup: '<rootDir>/test/support/run-temporary-directory/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/run-temporary-directory/global-teardown.ts',
});

export default {
  projects: [
    leavesNothing('unit'),
    leavesNothing('integration'),
    {
      ...project('e2e'),
      globalSetup: '<rootDir>/test/e2e/lease/global-setup.ts',
      globalTeardown: '<rootDir>/test/e2e/lease/global-teardown.ts',
    },
    project('node'),
  ],
  testTimeout: 30_000,
  testSequencer: '<rootDir>/test/support/slow-first.js',
  // Much of the time of these tests is waiting, so that no core need be left free, as Jest would.
  maxWorkers: availableParallelism(),
};
