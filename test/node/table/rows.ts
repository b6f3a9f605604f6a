import { brokenRows } from './broken-rows.ts';
import type { RowsOf } from './row.ts';
import { annotatedRows, gvisorRows, soundRows } from './sound-rows.ts';
import { untrustedRows } from './untrusted-rows.ts';

/** What shimgate says of pods, and what the node does with them. */
export const rowsOf: RowsOf = (containerd) => [
  ...soundRows,
  ...gvisorRows(containerd),
  ...annotatedRows(containerd),
  ...untrustedRows,
  ...brokenRows(containerd),
];
