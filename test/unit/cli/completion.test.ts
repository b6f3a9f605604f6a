import { accessSync, constants } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { program, run, runShimgate } from './run-shimgate.ts';

const folder = directoryForTests();
const { stdout: bashScript } = await runShimgate(['completion', 'bash']);

/** Whether a shell is installed; only bash is everywhere. */
function isInstalled(shell: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, shell), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The last line that the program answers: what the shell is to do for want of words. */
async function directiveOf(...words: readonly string[]): Promise<string | undefined> {
  const { stdout } = await runShimgate(['complete', '--', ...words]);
  return stdout.trimEnd().split('\n').at(-1);
}

describe('files are left to the shell', () => {
  test.each([
    ['review', '-f', ''],
    ['review', '--filename=', ''].slice(0, 2),
    ['review', '--objects', ''],
    ['audit', '--kubeconfig', ''],
    ['serve', '--tls-cert-file', ''],
    ['import', ''],
    ['import', 'one', ''],
  ])('where files are meant: %s %s', async (...words) => {
    expect(await directiveOf(...words)).toBe(':0');
  });

  test.each([
    ['explain', ''],
    ['resolve', ''],
    ['audit', '-n', ''],
    ['audit', '--fail-on', ''],
    ['serve', '--log-level', ''],
    ['nosuch', ''],
    [''],
  ])('and nowhere else: %s %s', async (...words) => {
    expect(await directiveOf(...words)).toBe(':4');
  });
});

test('a name that a shell would run is not offered', async () => {
  const file = join(folder, 'c.yaml');
  const names = ['good', '$(id)', 'a;b', '`id`', 'with space', 'tab\there', 'line\nbreak'];
  const runtimes = Object.fromEntries(names.map((name) => [name, { path: '/usr/bin/crun' }]));
  const header = { apiVersion: 'config.shimgate.dev/v1alpha1', kind: 'ShimgateConfiguration' };
  await writeFile(file, JSON.stringify({ ...header, runtimes }));
  const { stdout } = await runShimgate(['complete', '--', 'resolve', '--config', file, '']);
  expect(stdout).toBe('good\nrunc\nio.containerd.runc.v2\n:4\n');
});

describe('the completion of', () => {
  test.each(['bash', 'zsh', 'fish'])('%s is a script for shimgate, which that shell accepts', async (shell) => {
    const { code, stdout, stderr } = await runShimgate(['completion', shell]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('shimgate complete --');
    if (shell === 'bash' || isInstalled(shell)) {
      const file = join(folder, shell);
      await writeFile(file, stdout);
      expect(await run(shell, ['-n', file])).toEqual({ code: 0, stdout: '', stderr: '' });
    }
  });

  test.each<readonly [readonly string[], readonly string[]]>([
    [['re'], ['review', 'resolve']],
    [['resolve', '--c'], ['--config']],
    [
      ['review', '--output', ''],
      ['json', 'junit', 'sarif', 'yaml'],
    ],
    [['review', '-o', 'y'], ['yaml']],
    [['import', '--cont'], ['--containerd-version']],
    [
      ['import', '--containerd-version', '2.'],
      ['2.0', '2.1', '2.2', '2.3', '2.4'],
    ],
    [
      ['completion', ''],
      ['zsh', 'bash', 'fish', 'powershell', 'kubectl'],
    ],
    [['nosuch'], []],
    [
      ['review', '--output', '='],
      ['json', 'junit', 'sarif', 'yaml'],
    ],
    [['review', '"--out'], ['--output']],
    [['audit', '-o', 'w'], ['wide']],
    [['explain', 'UndeclaredH'], ['UndeclaredHandler']],
    [['explain', 'UndeclaredHandler', 'U'], []],
    [['resolve', 'io.'], ['io.containerd.runc.v2']],
    [
      ['resolve', '--config', 'test/fixtures/cluster/configuration.yaml', ''],
      ['io.containerd.runc.v2', 'kata-qemu', 'runc', 'runsc'],
    ],
    [['audit', '--config', 'package.j'], ['package.json']],
    [['audit', '--config', 'tsc'], ['tsconfig.json']],
    [['audit', '--config', 'Makef'], []],
    [['audit', '--config', 'doc'], ['docs']],
    [
      ['import', '--root', 'src/cl'],
      ['src/cli', 'src/cluster'],
    ],
    [['import', '--root', 'package.j'], []],
  ])('bash completes %j to %j', async (words, expected) => {
    // The program under the name by which the script calls it; sourced twice, as two of a user's files may do.
    const session = `
      shimgate() { "${process.execPath}" "${program}" "$@"; }
      set -u
      compopt() { :; }
      ${bashScript}
      ${bashScript}
      COMP_WORDS=(shimgate ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}
      __shimgate_complete
      printf '%s\\n' \${COMPREPLY[@]+"\${COMPREPLY[@]}"}
    `;
    const { code, stdout, stderr } = await run('bash', ['-c', session]);
    expect([code, stderr]).toEqual([0, '']);
    expect(
      stdout
        .split('\n')
        .filter((line) => line !== '')
        .toSorted(),
    ).toEqual([...expected].toSorted());
  });

  test.each([[['completion']], [['completion', 'tcsh']]])('no shell that is not known: %j', async (args) => {
    const { code, stdout, stderr } = await runShimgate(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: /);
  });
});
