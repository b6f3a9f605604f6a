import { describe, expect, test } from '@jest/globals';
import { runShimgate } from './run-shimgate.ts';

/** Makes this Node tell of another version; only main.js asks before it imports the rest. */
function pretending(version: string): readonly string[] {
  const code = `
    Object.defineProperty(process, 'version', { value: 'v${version}' });
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });
  `;
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}

describe('the program under a Node that is too old', () => {
  test.each(['18.20.8', '20.20.2', '21.7.3', '22.0.0', '22.18.0'])('says so and ends with 2: %s', async (version) => {
    expect(await runShimgate(['--version'], { nodeArgs: pretending(version) })).toEqual({
      code: 2,
      stdout: '',
      stderr:
        `shimgate needs Node 22.19 or later; this is v${version}.\n` +
        'In a checkout, "npm install" also installs a Node that is new enough: npm exec -- node dist/main.js …\n',
    });
  });
});

/** Under the oldest of them it really runs in test/integration/oldest-node.test.ts. */
describe('the program under a Node that is new enough', () => {
  test.each(['22.20.1', '23.0.0', '24.1.0', '100.0.0'])('runs: %s', async (version) => {
    expect(await runShimgate(['--version'], { nodeArgs: pretending(version) })).toMatchObject({ code: 0, stderr: '' });
  });
});
