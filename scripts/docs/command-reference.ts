import type { Command, Option } from 'commander';
import { exitCodes } from '../../src/cli/exit.ts';
import { createProgram } from '../../src/cli/program.ts';

const introduction = `# Commands

Every command and option of \`shimgate\`, as its own \`--help\` has them; this page is written from them (\`npm run docs\`).
As a plugin of kubectl each is \`kubectl shimgate …\`.

Exit codes are the same for all: ${exitCodes.fine}, all is well; ${exitCodes.found}, something was denied or found; ${exitCodes.failed}, it was not called rightly, or
something could not be read; ${exitCodes.interrupted}, Ctrl-C ended it.
`;

/** docs/commands.md: a section a command, with its arguments, options, choices, defaults and examples. */
export function commandReference(): string {
  const commands = createProgram(() => undefined).commands.filter((command) => !isHidden(command));
  return [introduction, ...commands.map(section)].join('\n');
}

function section(command: Command): string {
  const parameters = command.registeredArguments.map(
    (one) => `| \`${one.required ? one.name() : `[${one.name()}]`}\` | ${described(one.description, one.argChoices)} |`,
  );
  const options = command.options
    .filter(({ hidden }) => !hidden)
    .map((one) => `| \`${cell(one.flags)}\` | ${optionText(one)} |`);
  const rows = [...parameters, ...options];
  return [
    `## ${command.name()}`,
    '',
    cell(command.description()),
    '',
    '```text',
    `shimgate ${command.name()} ${command.usage()}`,
    '```',
    ...(rows.length === 0 ? [] : ['', '| argument or option | what it is |', '| --- | --- |', ...rows]),
    ...examples(command),
    '',
  ].join('\n');
}

function optionText(option: Option): string {
  const text = described(option.description, option.argChoices);
  const value =
    option.defaultValueDescription ??
    (option.defaultValue as string | number | boolean | readonly string[] | undefined);
  const isSaid = value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
  const isNeeded = option.mandatory && option.defaultValue === undefined;
  return `${text}${isSaid ? `. Default: \`${cell(String(value))}\`` : ''}${isNeeded ? '. It has to be given' : ''}`;
}

function described(description: string, choices: readonly string[] | undefined): string {
  const list = choices === undefined ? '' : `: ${choices.map((choice) => `\`${choice}\``).join(', ')}`;
  return cell(description) + list;
}

/** What stands behind the help of a command is told nobody but whoever asks for that help. */
function examples(command: Command): readonly string[] {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) });
  command.outputHelp();
  const lines = help.slice(command.helpInformation().length).trim().split('\n');
  const [title = '', ...typed] = lines;
  if (!/^Examples?:$/.test(title)) return [];
  return ['', '```sh', ...typed.map((line) => line.replace(/^ {2}/, '')), '```'];
}

function isHidden(command: Command): boolean {
  return (command as Command & { readonly _hidden?: boolean })._hidden === true;
}

/** In a table a bar ends a cell, and a name in angle brackets would be HTML. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
