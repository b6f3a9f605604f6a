import type { CodeEntry } from './code-entry.ts';

/** Codes about manifests that are read from files. */
export const manifestCodes = {
  UnreadableManifest: {
    subject: 'Manifests',
    severity: 'error',
    meaning:
      'A manifest cannot be read: it is not YAML or JSON, or it is not a Kubernetes object. The other manifests are read all the same.',
    fix: 'Correct the file.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
