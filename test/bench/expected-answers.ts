import type { Operation } from 'fast-json-patch';

type Response = {
  readonly uid: string;
  readonly allowed: boolean;
  readonly patch?: string;
  readonly warnings?: readonly string[];
};

/** The patch in an answer of /mutate. @throws where the answer is not the one that is to be measured */
export function patchIn(answer: string): readonly Operation[] {
  const { allowed, patch, warnings } = responseIn(answer);
  if (!allowed || patch === undefined || warnings !== undefined) throw new Error(`not a plain patch: ${answer}`);
  return JSON.parse(Buffer.from(patch, 'base64').toString('utf8')) as Operation[];
}

/** @throws where an answer of /validate does more than allow */
export function assertAllowed(answer: string): void {
  const { allowed, patch, warnings } = responseIn(answer);
  if (!allowed || patch !== undefined || warnings !== undefined) throw new Error(`not a plain yes: ${answer}`);
}

function responseIn(answer: string): Response {
  return (JSON.parse(answer) as { readonly response: Response }).response;
}
