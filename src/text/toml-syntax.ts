import type { AST } from 'toml-eslint-parser';

/** Ways to write TOML that came with versions of it, or of who reads it. */
export type TomlSyntax = 'table across lines' | 'comma after the last key' | 'escape \\x' | 'escape \\e';

/** Where in a text something is written in such a way; line and column as the parser counts them. */
export type SyntaxUse = { readonly syntax: TomlSyntax; readonly loc: AST.SourceLocation };

/**
 * Looks for what TOML 1.1 takes and earlier readers may not.
 *
 * @param program of the text; what nests too deeply was refused before
 */
export function syntaxUses(program: AST.TOMLProgram, text: string): readonly SyntaxUse[] {
  const found: SyntaxUse[] = [];
  const use = (syntax: TomlSyntax, { loc }: AST.TOMLNode) => {
    found.push({ syntax, loc });
  };
  const readPair = ({ key, value }: AST.TOMLKeyValue) => {
    readKey(key);
    readValue(value);
  };
  const readKey = ({ keys }: Pick<AST.TOMLKey, 'keys'>) => {
    for (const part of keys) if (part.type === 'TOMLQuoted' && part.style === 'basic') readEscapes(part);
  };
  const readEscapes = (node: AST.TOMLNode) => {
    const escapes: readonly string[] = text.slice(...node.range).match(/\\[^]/g) ?? [];
    for (const letter of ['x', 'e'] as const) if (escapes.includes(`\\${letter}`)) use(`escape \\${letter}`, node);
  };
  const readValue = (node: AST.TOMLContentNode) => {
    if (node.type === 'TOMLArray') node.elements.forEach(readValue);
    else if (node.type === 'TOMLInlineTable') readInlineTable(node);
    else if (node.kind === 'string' && node.style === 'basic') readEscapes(node);
  };
  const readInlineTable = (node: AST.TOMLInlineTable) => {
    const ends = [node.range[0] + 1, ...node.body.map(({ range }) => range[1])];
    const starts = [...node.body.map(({ range }) => range[0]), node.range[1] - 1];
    const between = ends.map((end, index) => text.slice(end, starts[index]).replaceAll(/#.*/g, ''));
    if (between.some((part) => part.includes('\n'))) use('table across lines', node);
    if (node.body.length > 0 && between.at(-1)?.includes(',') === true) use('comma after the last key', node);
    node.body.forEach(readPair);
  };
  for (const node of program.body[0].body) {
    if (node.type === 'TOMLKeyValue') {
      readPair(node);
    } else {
      readKey(node.key);
      node.body.forEach(readPair);
    }
  }
  return found;
}
