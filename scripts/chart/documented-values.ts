/** A value of the chart with what its comment says of it. */
export type DocumentedValue = { readonly path: readonly string[]; readonly description: string };

/**
 * Reads the comments of a values.yaml, in helm-docs' form: `# -- ` and the comment lines after it belong to the key that
 * follows.
 */
export function documentedValues(yaml: string): readonly DocumentedValue[] {
  const documented: DocumentedValue[] = [];
  const parents: { readonly indent: number; readonly key: string }[] = [];
  let comment: string[] = [];
  for (const line of yaml.split('\n')) {
    const remark = /^\s*#\s?(?<text>.*)$/.exec(line)?.groups?.['text'];
    if (remark !== undefined) {
      if (remark.startsWith('-- ')) comment = [remark.slice(3)];
      else if (comment.length > 0) comment.push(remark);
      continue;
    }
    const { indent = '', key } = /^(?<indent>\s*)(?<key>\w+):/.exec(line)?.groups ?? {};
    if (key !== undefined) {
      while ((parents.at(-1)?.indent ?? -1) >= indent.length) parents.pop();
      parents.push({ indent: indent.length, key });
      if (comment.length > 0) documented.push({ path: parents.map((one) => one.key), description: comment.join(' ') });
    }
    comment = [];
  }
  return documented;
}
