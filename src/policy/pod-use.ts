/** Asks which pods use a class or, where `otherHandlerThan` is given, which of them run with another handler. */
export type PodQuestion = { readonly className: string; readonly otherHandlerThan?: string };

/** What is known about the pods that a question is about. */
export type PodUse = {
  /** How many were found. */
  readonly count: number;
  /** The first of them. */
  readonly examples: readonly PodExample[];
  /** Whether all pods were looked at, as many as it takes to answer, or fewer, and why no more. */
  readonly extent: 'all' | 'enough' | { readonly obstacle: string };
};

/** A pod as messages call it, namespace/name, and the handler that it was created with, where that is known. */
export type PodExample = { readonly name: string; readonly handler: string | undefined };
