import { readFileSync } from 'node:fs';
import path from 'node:path';

import { parseVersion, type Version } from './version-rule.ts';

/** A version that a go.mod requires: the folder of that file, the version, and the same as it is written there. */
export type Pin = { readonly goModDirectory: string; readonly pinned: Version; readonly pinnedText: string };

/** go.mod is the one place that says a version. */
export function pin(directory: string, goModule: string): Pin {
  const file = path.join(directory, 'go.mod');
  const words = readFileSync(file, 'utf8').split(/\s+/);
  const pinnedText = words.find((word, index) => words[index - 1] === goModule && /^v\d/.test(word)) ?? '';
  const pinned = parseVersion(pinnedText);
  if (pinned === undefined) {
    throw new Error(`${file} requires no version of ${goModule}.`);
  }
  return { goModDirectory: directory, pinned, pinnedText };
}
