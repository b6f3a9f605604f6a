/** Asks how many pods use a class or, where `otherHandlerThan` is given, how many of them were admitted for another handler. */
export type PodQuestion = {
  readonly className: string;
  readonly otherHandlerThan?: string;
  /** Whether only shimgate writes the runtime handler annotation, so that it tells what a pod was admitted for. */
  readonly isAnnotationManaged?: boolean;
  /** What `shimgateMarks` gives for pods of that handler, where no other handler's have the same. */
  readonly marks?: string;
  /** Whether the answer decides, so that it is worth waiting for, also where another handler is asked for. */
  readonly decides?: boolean;
};

/**
 * What is known about the pods that a question is about. They are counted, and not named: whoever may write a RuntimeClass
 * need not know what runs in every namespace.
 */
export type PodUse = {
  /** How many were found. */
  readonly count: number;
  /** The first of the handlers that they were admitted for, each once; undefined for what is not known. */
  readonly handlers: readonly (string | undefined)[];
  /** Whether all pods were looked at, as many as it takes to answer, or fewer, and why no more. */
  readonly extent: 'all' | 'enough' | { readonly obstacle: string };
};
