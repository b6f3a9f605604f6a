import type { ValueForm } from './guarded-keys.ts';
import { matchesAny } from './path-match.ts';

/**
 * Whether globs allow the value of a guarded annotation. No globs at all allow every value, malformed ones too: that is an
 * admin's word that the key may be used, and the only way to allow what no glob can describe, such as the image that is a
 * name in a cloud. With globs, every part of the value must match one of them, and a part that is no plain one matches none.
 *
 * @param globs Go's path.Match: anchored, and `*` crosses no slash
 */
export function isAllowedValue(form: ValueForm, value: string, globs: readonly string[]): boolean {
  if (globs.length === 0) return true;
  const parts = partsOf(form, value);
  return parts.every((part) => {
    if (flawOf(form, part) !== undefined) return false;
    const shown = hasDrive(part) ? part.replaceAll('\\', '/') : part;
    // A colon ends a path and begins another one, or a flag, for many readers: only a glob that has one speaks of it.
    const speaking = isPath(form) && part.includes(':') ? globs.filter((glob) => glob.includes(':')) : globs;
    return matchesAny(speaking, shown);
  });
}

/** What keeps a value from matching any glob, as the end of a sentence that begins with the value; undefined for nothing. */
export function flawOfValue(form: ValueForm, value: string): string | undefined {
  for (const part of partsOf(form, value)) {
    const flaw = flawOf(form, part);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}

/**
 * A value as its readers take it apart, or more finely: what a reader sees as one argument may then have to match in pieces,
 * and never the other way round.
 *
 * Sources: kata-containers, src/runtime/pkg/oci/utils.go (virtio_fs_extra_args is a JSON array there, kernel_params are
 * Go's strings.Fields, kernel_modules end at semicolons) and src/libs/kata-types/src/annotations/mod.rs
 * (virtio_fs_extra_args end at commas there).
 */
function partsOf(form: ValueForm, value: string): readonly string[] {
  switch (form) {
    case 'path':
    case 'text':
      return [value];
    case 'words':
      return split(value, blanks);
    case 'list':
    case 'paths':
      return (stringsOf(value) ?? [value]).flatMap((text) => split(text, separators));
  }
}

/** Unicode's blanks, as Go's unicode.IsSpace and Rust's split_whitespace have them, and the zero-width one. */
const blanks = /[\p{White_Space}\ufeff]+/u;
const separators = /[\p{White_Space}\ufeff,;]+/u;

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

function isPath(form: ValueForm): boolean {
  return form === 'path' || form === 'paths';
}

function flawOf(form: ValueForm, part: string): string | undefined {
  // What cannot be seen can end a path early (NUL) or make it read otherwise than it is.
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(part)) return 'has a character that cannot be seen';
  if (part.includes('//')) return 'has a doubled slash';
  // Between slashes, and between what separates arguments and the values of options.
  if (/(?:^|[/\\=,;:\s"'])\.{1,2}(?:$|[/\\=,;:\s"'])/.test(part)) return 'has a "." or ".." segment';
  return isPath(form) ? flawOfPath(part) : undefined;
}

/** A path of Windows nodes has a drive letter; what Windows itself would drop from a name, or take for a stream, is refused. */
function flawOfPath(path: string): string | undefined {
  if (/^\p{White_Space}|\p{White_Space}$/u.test(path)) return 'begins or ends with a blank';
  if (hasDrive(path)) {
    if (/[\\/]{2}/.test(path)) return 'has a doubled slash';
    if (/[. ](?:[\\/]|$)/.test(path)) return 'has a segment that ends with a dot or a blank';
    if (path.includes(':', 2)) return 'has a second colon';
  } else {
    if (!path.startsWith('/')) return 'is no absolute path';
    if (path.includes('\\')) return 'has a backslash';
  }
  return path.length > 1 && /[\\/]$/.test(path) ? 'ends with a slash' : undefined;
}

function hasDrive(path: string): boolean {
  return /^[A-Za-z]:[\\/]/.test(path);
}
