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
  MisplacedField: {
    subject: 'Manifests',
    severity: 'warning',
    meaning:
      'A field or an annotation stands where nobody reads it: `runtimeClassName` beside the template, in a container or in another spelling; an annotation of a runtime on a Deployment itself, and not on its template; `overhead.memory` or `nodeSelector` of a RuntimeClass without `podFixed` and `scheduling`. kubectl refuses unknown fields where it validates; other clients have them dropped, and the pod runs in the default runtime.',
    fix: 'Move it to where it belongs.',
  },
  RefusedByApiServer: {
    subject: 'Manifests',
    severity: 'error',
    meaning:
      'The API server refuses this object by itself, whatever mode shimgate is in. An empty `runtimeClassName` is no name: of a template it is invalid, and a pod with it is refused with `resource name may not be empty`. A version of an API that is served no longer, such as `node.k8s.io/v1beta1`, is none that it knows. The handler of a RuntimeClass cannot be changed, and an overhead has to be an amount.',
    fix: 'Remove the field, or name a class; in a chart, render it only where it has a value.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
