import type { ValueForm } from './guarded-keys.ts';

/**
 * What keeps a part of a guarded value from matching any glob, as the end of a sentence that begins with the value: something
 * that its reader would read otherwise than a glob does. Undefined for nothing.
 */
export function flawOfPart(form: ValueForm, part: string): string | undefined {
  // What cannot be seen can end a path early (NUL) or make it read otherwise than it is; a text may be a document of lines.
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(form === 'text' ? part.replaceAll(/[\n\t]/g, ' ') : part))
    return 'has a character that cannot be seen';
  const isPath = form === 'path' || form === 'paths';
  // Two slashes, or three, are part of an address.
  if ((isPath ? part : part.replaceAll(/:\/{2,3}/g, ':/')).includes('//')) return 'has a doubled slash';
  // Between slashes, and between what separates arguments and the values of options.
  if (/(?:^|[/\\=,;:\s"'])\.{1,2}(?:$|[/\\=,;:\s"'])/.test(part)) return 'has a "." or ".." segment';
  if (isPath) return flawOfPath(part);
  if (part.includes('://') && /%(?:2[ef]|5c)/i.test(part)) return 'has an escaped dot or slash';
  return form === 'words' || form === 'commandLine' ? flawOfParameter(part) : undefined;
}

/** A path of Windows nodes has a drive letter; what Windows itself would drop from a name, or take for a stream, is refused. */
function flawOfPath(path: string): string | undefined {
  if (/^\p{White_Space}|\p{White_Space}$/u.test(path)) return 'begins or ends with a blank';
  if (/^[A-Za-z]:[\\/]/.test(path)) {
    if (/[\\/]{2}/.test(path)) return 'has a doubled slash';
    if (/[. ](?:[\\/]|$)/.test(path)) return 'has a segment that ends with a dot or a blank';
    if (path.includes(':', 2)) return 'has a second colon';
    if (windowsDevice.test(path)) return 'has a segment that Windows takes for a device';
  } else {
    if (!path.startsWith('/')) return 'is no absolute path';
    if (path.includes('\\')) return 'has a backslash';
  }
  return path.length > 1 && /[\\/]$/.test(path) ? 'ends with a slash' : undefined;
}

/**
 * A name that is a device in every directory, with whatever extension.
 *
 * Source: Microsoft, Naming Files, Paths, and Namespaces, Naming Conventions.
 */
const windowsDevice = /[\\/](?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.[^\\/]*)?(?:[\\/]|$)/i;

/**
 * The kernel reads its command line by bytes: one of them, 0xA0, is a blank to it, and some characters have it. A quote
 * without its pair makes one parameter of all that follows, and what others have put there.
 *
 * Source: Linux, lib/ctype.c (_ctype) and lib/cmdline.c (next_arg).
 */
function flawOfParameter(word: string): string | undefined {
  for (const character of word) {
    if (hasBlankByte(character.codePointAt(0) ?? 0)) return 'has a character in which the kernel reads a blank';
  }
  return (word.split('"').length - 1) % 2 === 0 ? undefined : 'has a quote without its pair, or around a blank';
}

/** Whether UTF-8 writes a character with the byte 0xA0: six bits that are 100000 behind the first byte. */
function hasBlankByte(codePoint: number): boolean {
  if (codePoint < 0x80) return false;
  const bytesBehind = codePoint < 0x8_00 ? 1 : codePoint < 0x1_00_00 ? 2 : 3;
  for (let index = 0; index < bytesBehind; index++) {
    if (((codePoint >> (6 * index)) & 0x3f) === 0x20) return true;
  }
  return false;
}
