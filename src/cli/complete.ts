import type { Argument, Command, Option } from 'commander';
import { codes } from '../finding/codes.ts';
import { clusterNames, contextNames, runtimeNames } from './completion-sources.ts';

/** What the shell is to do beside offering the words. Source: Cobra, "Generating shell completions", ShellCompDirective. */
export const directives = { files: 0, noFiles: 4, filesWithEndings: 8, directories: 16 } as const;

/** A word, and what it means. */
type Suggestion = readonly [word: string, description?: string];

export type Completion = { readonly suggestions: readonly Suggestion[]; readonly directive: number };

/** A line so far: the command, what its options were given, and how many arguments. */
type Line = {
  readonly command: Command;
  readonly given: ReadonlyMap<string, string>;
  readonly positionals: number;
  /** The option whose value comes next. */
  readonly awaiting: Option | undefined;
};

const configurationEndings = ['yaml', 'yml', 'json'];
const files: Completion = { suggestions: [], directive: directives.files };
const nothing: Completion = { suggestions: [], directive: directives.noFiles };

/**
 * What can stand in place of the last word of a line.
 *
 * @param words those behind the program's name; the last is the one that is being typed, and may be empty
 */
export async function complete(program: Command, words: readonly string[]): Promise<Completion> {
  const current = words.at(-1) ?? '';
  const line = readLine(program, words.slice(0, -1));
  const [, name, typed] = /^(--[^=]+)=(.*)$/s.exec(current) ?? [];
  const awaited = line.awaiting ?? line.command.options.find(({ long }) => long === name);
  const completion = awaited === undefined ? await ofWord(line, current) : await ofValue(awaited, line.given);
  if ((completion.directive & directives.filesWithEndings) !== 0) return completion;
  const prefix = name !== undefined && line.awaiting === undefined ? (typed ?? '') : current;
  return { ...completion, suggestions: completion.suggestions.filter(([word]) => word.startsWith(prefix)) };
}

/**
 * As the shells' scripts read it: a line a word, and the directives last. What a shell inserts is run with the line: a name that
 * means more to it than a word, of a configuration or a kubeconfig, is not offered.
 */
export function writtenCompletion({ suggestions, directive }: Completion): string {
  const harmless = suggestions.filter(([word]) => /^[\w./:@%+=,-]+$/.test(word));
  const lines = harmless.map(([word, description = '']) => (description === '' ? word : `${word}\t${description}`));
  return [...lines, `:${directive}`, ''].join('\n');
}

function readLine(program: Command, words: readonly string[]): Line {
  let command = program;
  let positionals = 0;
  let awaiting: Option | undefined;
  const given = new Map<string, string>();
  for (const word of words) {
    if (awaiting !== undefined) {
      given.set(awaiting.attributeName(), word);
      awaiting = undefined;
      continue;
    }
    const [, name = word, value] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
    const option = command.options.find(({ long, short }) => long === name || short === name);
    if (option !== undefined && value !== undefined) given.set(option.attributeName(), value);
    else if (option?.required === true) awaiting = option;
    else if (option === undefined && !(word.startsWith('-') && word !== '-')) {
      const next = command === program ? program.commands.find((one) => one.name() === word) : undefined;
      if (next === undefined) positionals++;
      else command = next;
    }
  }
  return { command, given, positionals, awaiting };
}

async function ofWord({ command, given, positionals }: Line, current: string): Promise<Completion> {
  if (current.startsWith('-') && current !== '-')
    return { suggestions: flagsOf(command), directive: directives.noFiles };
  if (command.commands.length > 0) {
    const visible = command.createHelp().visibleCommands(command);
    const suggestions = visible.map((one) => [one.name(), one.description()] as const);
    return positionals === 0 ? { suggestions, directive: directives.noFiles } : nothing;
  }
  const { registeredArguments } = command;
  const last = registeredArguments.at(-1);
  const argument = registeredArguments[positionals] ?? (last?.variadic === true ? last : undefined);
  return argument === undefined ? nothing : ofArgument(argument, given);
}

function flagsOf(command: Command): readonly Suggestion[] {
  const options = command.createHelp().visibleOptions(command);
  return options.map(({ long, short, description }) => [long ?? short ?? '', description]);
}

async function ofValue(option: Option, given: Line['given']): Promise<Completion> {
  if (option.argChoices !== undefined) return words(option.argChoices);
  switch (option.attributeName()) {
    case 'config':
      return { suggestions: configurationEndings.map((ending) => [ending]), directive: directives.filesWithEndings };
    case 'context':
      return words(contextNames(given.get('kubeconfig')));
    case 'namespace':
      return words(await clusterNames('/api/v1/namespaces', given));
    case 'configMap':
      return words(await clusterNames('/api/v1/configmaps?labelSelector=app.kubernetes.io%2Fname%3Dshimgate', given));
    default:
      return ofPlaceholder(option.flags);
  }
}

async function ofArgument(argument: Argument, given: Line['given']): Promise<Completion> {
  if (argument.argChoices !== undefined) return words(argument.argChoices);
  switch (argument.name()) {
    case 'code':
      return {
        suggestions: Object.entries(codes).map(([code, { severity }]) => [code, severity]),
        directive: directives.noFiles,
      };
    case 'name':
      return words(await runtimeNames(given.get('config')));
    default:
      return ofPlaceholder(`<${argument.name()}>`);
  }
}

/** `<file>` and `<path>` say in the help already what is meant. */
function ofPlaceholder(text: string): Completion {
  if (/<(file|path)(\.\.\.)?>/.test(text)) return files;
  return text.includes('<directory>') ? { suggestions: [], directive: directives.directories } : nothing;
}

function words(all: readonly string[]): Completion {
  return { suggestions: all.map((word) => [word]), directive: directives.noFiles };
}
