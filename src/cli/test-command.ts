import { Command, Option } from 'commander';
import type { TestFlags } from './policy-test.ts';
import { outputFormats } from './output.ts';

/** The command `test`, which is imported when it runs. */
export function testCommand(setExitCode: (code: number) => void): Command {
  return new Command('test')
    .description('Compare the verdicts on objects of your own with those that you expect: tests of a configuration.')
    .argument('<path...>', 'files of kind PolicyTest, or directories in which they are looked for')
    .addOption(
      new Option('-o, --output <format>', 'table is for people, the others for programs')
        .choices(['table', ...outputFormats, 'junit'])
        .default('table'),
    )
    .addHelpText('after', '\nExamples:\n  shimgate test policies/\n  shimgate test policies/ -o junit > policies.xml')
    .action(async (paths: readonly string[], options: TestFlags) => {
      const { test } = await import('./policy-test.ts');
      setExitCode(await test(paths, options));
    });
}
