import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { program, run, runShimgate } from './run-shimgate.ts';

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

describe('the completion of', () => {
  test.each(['bash', 'zsh', 'fish'])('%s is a script for shimgate, which that shell accepts', async (shell) => {
    const { code, stdout, stderr } = await runShimgate(['completion', shell]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('shimgate complete --');
    if (shell === 'bash' || isInstalled(shell)) {
      expect(await run(shell, ['-n'], { stdin: stdout })).toEqual({ code: 0, stdout: '', stderr: '' });
    }
  });

  test.each<readonly [readonly string[], readonly string[]]>([
    [['re'], ['review', 'resolve']],
    [['resolve', '--c'], ['--config']],
    [
      ['review', '--output', ''],
      ['json', 'yaml'],
    ],
    [['review', '-o', 'y'], ['yaml']],
    [['import', '--cont'], ['--containerd-version']],
    [
      ['import', '--containerd-version', '2.'],
      ['2.0', '2.1', '2.2', '2.3', '2.4'],
    ],
    [
      ['completion', ''],
      ['zsh', 'bash', 'fish', 'powershell'],
    ],
    [['nosuch'], []],
  ])('bash completes %j to %j', async (words, expected) => {
    // What the package bash-completion brings, and the program under the name by which the script calls it.
    const session = `
      shimgate() { "${process.execPath}" "${program}" "$@"; }
      _get_comp_words_by_ref() { words=(shimgate "$@"); words=("\${COMP_WORDS[@]}"); cur="\${COMP_WORDS[COMP_CWORD]}"; cword=$COMP_CWORD; prev=; }
      compopt() { :; }
      ${bashScript}
      COMP_WORDS=(shimgate ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}
      __shimgate_complete
      printf '%s\\n' "\${COMPREPLY[@]}"
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
