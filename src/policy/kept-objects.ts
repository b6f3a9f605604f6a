import type { Namespace, Node, RuntimeClass } from '../generated/objects.ts';
import { validateNamespace, validateNode, validateRuntimeClass } from '../generated/validate-objects.ts';
import { declaredRuntimeTypeAnnotation } from '../shim/managed-annotations.ts';
import { SharedValues } from './shared-values.ts';

/** What is kept of a RuntimeClass: handler, overhead, scheduling, and the claim about its shim. */
export function keepRuntimeClass(object: unknown): RuntimeClass | undefined {
  if (!validateRuntimeClass(object)) return undefined;
  // No API server has such a class. It is from a manifest, and where its handler stands instead is to be found.
  if ((object.handler ?? '') === '') return object;
  const { metadata, handler, overhead, scheduling } = object;
  const declared = metadata?.annotations?.[declaredRuntimeTypeAnnotation];
  return detached({
    metadata: {
      name: metadata?.name ?? '',
      ...(declared !== undefined && { annotations: { [declaredRuntimeTypeAnnotation]: declared } }),
    },
    ...(handler !== undefined && { handler }),
    ...(overhead?.podFixed && { overhead: { podFixed: overhead.podFixed } }),
    ...(scheduling !== undefined && {
      scheduling: scheduling && {
        nodeSelector: scheduling.nodeSelector ?? null,
        tolerations: scheduling.tolerations ?? null,
      },
    }),
  });
}

/** What is kept of a namespace: its labels. */
export function keepNamespace(object: unknown): Namespace | undefined {
  if (!validateNamespace(object)) return undefined;
  return detached({ metadata: { name: object.metadata?.name ?? '', labels: object.metadata?.labels ?? null } });
}

/**
 * Makes a function that keeps of a node its labels, taints, reported handlers and the version of its containerd. Nodes of a
 * pool have the same handlers, which are held once.
 */
export function nodeKeeper(): (object: unknown) => Node | undefined {
  const values = new SharedValues<unknown>();
  const shared = <T>(value: T): T => {
    const text = JSON.stringify(value);
    return values.of(text, () => JSON.parse(text)) as T;
  };
  return (object) => {
    if (!validateNode(object)) return undefined;
    const { metadata, spec, status } = object;
    return {
      ...detached({
        metadata: { name: metadata?.name ?? '', labels: metadata?.labels ?? null },
        // Not shared: a taint's value may differ from node to node.
        spec: {
          taints: spec?.taints?.map(({ key, value, effect }) => ({ key, value: value ?? null, effect })) ?? null,
        },
      }),
      status: {
        runtimeHandlers: shared(
          status?.runtimeHandlers?.map(({ name, features }) => ({ name: name ?? '', features: features ?? null })) ??
            null,
        ),
        nodeInfo: shared({ containerRuntimeVersion: status?.nodeInfo?.containerRuntimeVersion ?? null }),
      },
    };
  };
}

/** A copy that shares no string with the text that the object was parsed from: one would keep all of the text. */
export function detached<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
