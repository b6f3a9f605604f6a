/**
 * Breaks a text at spaces into lines of at most `width` columns, indentation included. A word that is longer has a line
 * of its own: a name that is broken can neither be read nor copied.
 */
export function wrap(text: string, width: number, indentation = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indentation.length + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((one) => `${indentation}${one}`).join('\n');
}
