import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { runShimgate } from './run-shimgate.ts';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

describe('the program', () => {
  test('prints its version', async () => {
    expect(await runShimgate(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test.each([['--help'], ['-h']])('prints help with every command and examples: %s', async (flag) => {
    const { code, stdout, stderr } = await runShimgate([flag]);
    expect([code, stderr]).toEqual([0, '']);
    for (const word of ['Usage: shimgate', 'serve', 'review', 'resolve', 'explain', 'completion', 'Examples:']) {
      expect(stdout).toContain(word);
    }
  });

  test.each(['serve', 'review', 'resolve', 'explain'])('prints help for %s, with an example', async (command) => {
    const { code, stdout, stderr } = await runShimgate([command, '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^Usage: shimgate ${command} `));
    expect(stdout).toMatch(new RegExp(`\nExamples?:\n  .*shimgate ${command} `));
  });

  test.each([
    ['nothing', [], 'Usage: shimgate'],
    ['a misspelt command', ['reslove', 'runc'], "error: unknown command 'reslove'\n(Did you mean resolve?)\n"],
    ['another command altogether', ['frobnicate'], "error: unknown command 'frobnicate'\n"],
    ['a misspelt option', ['resolve', 'runc', '--confg', 'x'], "'--confg'\n(Did you mean --config?)\n"],
    ['too few arguments', ['resolve'], "error: missing required argument 'name'\n"],
    ['too many arguments', ['resolve', 'a.b', 'c.d'], "error: too many arguments for 'resolve'"],
    [
      'an option without its value',
      ['resolve', 'runc', '-o'],
      "error: option '-o, --output <format>' argument missing\n",
    ],
    ['a value that is no choice', ['resolve', 'runc', '-o', 'xml'], 'Allowed choices are json, yaml.'],
    ['too few options', ['review'], "error: required option '-f, --filename <path...>' not specified\n"],
    ['a port that is none', ['serve', '--secure-port', '65536'], 'It must be a port, from 0 to 65535.'],
    ['an address that is none', ['serve', '--metrics-bind-address', 'x'], 'It must be host:port'],
  ])('says on standard error what is wrong with %s, and ends with 2', async (_, args, message) => {
    const { code, stdout, stderr } = await runShimgate(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});
