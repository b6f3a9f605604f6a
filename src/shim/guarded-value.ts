import type { ValueForm } from './guarded-keys.ts';
import { flawOfPart } from './guarded-value-flaws.ts';
import { matcherOf } from './path-match.ts';

/**
 * The longest value that globs are put to, in UTF-16 units. A kernel takes 2,048 or 4,096 bytes of parameters, a system call
 * a path of 4,096: what is longer is refused by its length alone, and nobody looks at the rest.
 */
export const maxJudgedLength = 8192;

/**
 * Whether globs allow the value of a guarded annotation. No globs at all allow every value, malformed ones too: that is an
 * admin's word that the key may be used, and the only way to allow what no glob can describe, such as the image that is a
 * name in a cloud. With globs, every part of the value must match one of them, and a part that is no plain one matches none.
 *
 * Work is bounded by maxJudgedLength times the length of the globs, however long the value is.
 *
 * @param globs Go's path.Match: anchored, and `*` crosses no slash
 */
export function isAllowedValue(form: ValueForm, value: string, globs: readonly string[]): boolean {
  if (globs.length === 0) return true;
  if (flawOfValue(form, value) !== undefined) return false;
  const matchesAny = matcherOf(globs);
  return partsOf(form, value).every((part) => {
    const marks = marksOf(form, part);
    const name = globsName(part);
    if (marks.length === 0) return matchesAny(name);
    return matcherOf(globs.filter((glob) => marks.every((mark) => glob.includes(mark))))(name);
  });
}

/** What keeps a value from matching any glob, as the end of a sentence that begins with the value; undefined for nothing. */
export function flawOfValue(form: ValueForm, value: string): string | undefined {
  if (value.length > maxJudgedLength) return `is longer than ${maxJudgedLength} characters`;
  for (const part of partsOf(form, value)) {
    const flaw = flawOfPart(form, part);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}

/** What keeps a glob from matching any value, as the end of a sentence that begins with the glob; undefined for nothing. */
export function flawOfGlob(form: ValueForm, glob: string): string | undefined {
  // What a glob has besides its metacharacters, its matches have too; a quote's pair may be in what a star matches.
  const literal = isPathForm(form) ? () => 'x' : (_: string, escaped?: string) => escaped ?? 'x';
  const plain = glob.replaceAll(/\\(.)|\[[^\]]*\]|[*?]/g, literal);
  if (partsOf(form, plain).length > 1) return 'has several parts, which are matched one by one';
  return flawOfValue(form, plain.replaceAll('"', ''));
}

/**
 * A value as its readers take it apart, or more finely: what a reader sees as one argument may then have to match in pieces,
 * and never the other way round.
 *
 * Sources: kata-containers, src/runtime/pkg/oci/utils.go (virtio_fs_extra_args is a JSON array there, kernel_params are
 * Go's strings.Fields, kernel_modules end at semicolons) and src/libs/kata-types/src/annotations/mod.rs
 * (virtio_fs_extra_args end at commas there); Linux, lib/cmdline.c, next_arg, and lib/ctype.c (a command line).
 */
export function partsOf(form: ValueForm, value: string): readonly string[] {
  switch (form) {
    case 'path':
    case 'text':
      return [value];
    case 'words':
      return split(value, blanks);
    case 'commandLine':
      return value.match(commandLineWords) ?? [];
    case 'list':
    case 'paths':
      return (stringsOf(value) ?? [value]).flatMap((text) => split(text, separators));
  }
}

/** How globs write a part: paths of Windows with slashes, since a backslash is a glob's escape. */
export function globsName(part: string): string {
  return /^[A-Za-z]:[\\/]/.test(part) ? part.replaceAll('\\', '/') : part;
}

/** Unicode's blanks, as Go's unicode.IsSpace and Rust's split_whitespace have them. */
const blanks = /\p{White_Space}+/u;
const separators = /[\p{White_Space},;]+/u;

/** What the kernel takes for one parameter: its blanks end it, but for those between quotes. */
const commandLineWords = /(?:"[^"]*(?:"|$)|[^\t-\r "])+/g;

/**
 * What a part may only have where the glob has it too. A colon or a comma ends a path for many readers, and begins
 * another one, an option or a flag; an address leads out of the node; a line of a document says what the last one did not.
 */
function marksOf(form: ValueForm, part: string): readonly string[] {
  const marks = isPathForm(form) ? [':', ','] : form === 'text' ? [':///', '://', '\n', '\t'] : [':///', '://'];
  return marks.filter((mark) => part.includes(mark));
}

function isPathForm(form: ValueForm): boolean {
  return form === 'path' || form === 'paths';
}

function split(text: string, separator: RegExp): readonly string[] {
  return text.split(separator).filter((part) => part !== '');
}

/** The strings of a JSON array, with their escapes undone; undefined where the text is none, and readers refuse it or take it as it is. */
function stringsOf(text: string): readonly string[] | undefined {
  if (!/^\s*\[/.test(text)) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const isString = (one: unknown): one is string => typeof one === 'string';
  return Array.isArray(parsed) && parsed.every(isString) ? parsed : undefined;
}
