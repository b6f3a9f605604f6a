import { script } from '@bomb.sh/tab';
import { Argument, Command } from 'commander';
import { bashCompletion, kubectlCompletion } from './completion-scripts.ts';

const shells = ['zsh', 'bash', 'fish', 'powershell', 'kubectl'] as const;

/** The command `completion`: scripts for shells, and the one that kubectl asks for its plugin. */
export function completionCommand(): Command {
  return new Command('completion')
    .description('Generate shell completion scripts')
    .addArgument(new Argument('<shell>', 'Shell type for completion script').choices(shells))
    .action((shell: (typeof shells)[number]) => {
      if (shell === 'bash') process.stdout.write(bashCompletion);
      else if (shell === 'kubectl') process.stdout.write(kubectlCompletion);
      else script(shell, 'shimgate', 'shimgate');
    });
}

/** The hidden command that those scripts call, with the words so far behind `--`. */
export function completeCommand(program: Command): Command {
  return new Command('complete')
    .description('Generate completion suggestions')
    .usage('-- [args...]')
    .argument('[args...]')
    .action(async (words: readonly string[]) => {
      const { complete, writtenCompletion } = await import('./complete.ts');
      process.stdout.write(writtenCompletion(await complete(program, words)));
    });
}
