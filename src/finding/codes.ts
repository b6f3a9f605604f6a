import { auditCodes } from './audit-codes.ts';
import { configurationCodes } from './configuration-codes.ts';
import type { CodeEntry } from './code-entry.ts';
import { containerdCodes } from './containerd-codes.ts';
import { installationCodes } from './installation-codes.ts';
import { importCodes } from './import-codes.ts';
import { manifestCodes } from './manifest-codes.ts';
import { nameCodes } from './name-codes.ts';
import { podCodes } from './pod-codes.ts';
import { runtimeClassCodes } from './runtime-class-codes.ts';

/** The registry of codes. A code, once published, keeps its name and its meaning. */
export const codes = {
  ...nameCodes,
  ...runtimeClassCodes,
  ...podCodes,
  ...configurationCodes,
  ...manifestCodes,
  ...auditCodes,
  ...installationCodes,
  ...importCodes,
  ...containerdCodes,
} as const;

export type FindingCode = keyof typeof codes;

/** Whether a finding of this code denies whatever the mode: it would hand out root on the host. */
export function isDeniedInEveryMode(code: FindingCode): boolean {
  const entry: CodeEntry = codes[code];
  return entry.deniedInEveryMode === true;
}
