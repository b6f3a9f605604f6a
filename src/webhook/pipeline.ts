import type { RequestListener } from 'node:http';

/** One step of a request's way: it hands the request on, or answers it. */
export type Step = (next: RequestListener) => RequestListener;

/** Puts steps one behind the other. @param last answers whatever no step has answered */
export function inOrder(steps: readonly Step[], last: RequestListener): RequestListener {
  return steps.reduceRight((next, step) => step(next), last);
}
