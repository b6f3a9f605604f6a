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
  RefusedByApiServer: {
    subject: 'Manifests',
    severity: 'error',
    meaning:
      'The API server refuses this object by itself, whatever mode shimgate is in. An empty `runtimeClassName` is no name: of a template it is invalid, and a pod with it is refused with `resource name may not be empty`. A version of an API that is served no longer, such as `node.k8s.io/v1beta1`, is none that it knows.',
    fix: 'Remove the field, or name a class; in a chart, render it only where it has a value.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
