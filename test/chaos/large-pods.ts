type Review = { readonly request: { readonly object: Pod } };

type Pod = { readonly metadata: object; readonly spec: { readonly containers: readonly object[] } };

/** What an API server takes of a user's request, in bytes, with some room for what else is in a review. */
const maxPodBytes = 3 * 1024 * 1024 - 64 * 1024;

/**
 * Reviews of pods as large as an API server sends them on, each large in another way: one annotation, many of those that
 * only shimgate writes, many labels of a node selector, and many containers.
 *
 * @param review of an ordinary pod, in JSON
 */
export function largestPods(review: string): readonly Buffer[] {
  const annotated = (annotations: object) =>
    changed(review, ({ metadata, ...pod }) => ({
      ...pod,
      metadata: { ...metadata, annotations },
    }));
  return [
    annotated({ 'io.katacontainers.config.hypervisor.path': '/x'.repeat(maxPodBytes / 2) }),
    annotated(manyKeys('shimgate.dev/')),
    changed(review, ({ spec, ...pod }) => ({ ...pod, spec: { ...spec, nodeSelector: manyKeys('label-') } })),
    changed(review, ({ spec, ...pod }) => {
      const [model = {}] = spec.containers;
      const count = Math.floor(maxPodBytes / (JSON.stringify(model).length + 1));
      return { ...pod, spec: { ...spec, containers: Array.from({ length: count }, () => model) } };
    }),
  ];
}

/** The review with so many different tolerations. */
export function podWithTolerations(review: string, count: number): Buffer {
  const tolerations = Array.from({ length: count }, (_, index) => ({ key: `key-${index}`, operator: 'Exists' }));
  return changed(review, ({ spec, ...pod }) => ({ ...pod, spec: { ...spec, tolerations } }));
}

function changed(text: string, change: (pod: Pod) => Pod): Buffer {
  const review = JSON.parse(text) as Review;
  return Buffer.from(
    JSON.stringify({ ...review, request: { ...review.request, object: change(review.request.object) } }),
  );
}

function manyKeys(prefix: string): Readonly<Record<string, string>> {
  const keyOf = (index: number) => `${prefix}${String(index).padStart(7, '0')}`;
  const count = Math.floor(maxPodBytes / (keyOf(0).length + '"":"",'.length));
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [keyOf(index), '']));
}
