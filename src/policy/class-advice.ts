import { codes } from '../finding/codes.ts';
import { quote } from '../finding/quote.ts';
import { matchesAny } from '../shim/path-match.ts';
import { nearRuntimeName } from '../shim/well-known-runtimes.ts';
import type { PodCase } from './case.ts';
import type { Advice } from './handler-advice.ts';

/** More names than a cluster has; whoever makes pods pays for none beyond. */
const maxCompared = 1_000;

/**
 * What to do about a class that does not exist: a class with that name as its handler, or with a name that is near, is asked
 * about, but for those that the namespace may not use.
 */
export function adviceForUnknownClass(className: string, { review, world }: PodCase): Advice {
  const allowed = review.namespace === undefined ? undefined : world.ruleFor(review.namespace)?.rule;
  const globs = allowed?.allowedRuntimeClassNames;
  const usable = (name: string) => globs === undefined || matchesAny(globs, name);
  const { fix } = codes.RuntimeClassNotFound;
  const ofHandler = world.cluster
    .runtimeClassesOf(className)
    .map(({ metadata }) => metadata?.name ?? '')
    .toSorted()
    .find(usable);
  if (ofHandler !== undefined) {
    const shortFix = `${quote(className)} is the handler of RuntimeClass ${quote(ofHandler)}: name that.`;
    return { fix: `${shortFix} Else: ${fix}`, shortFix };
  }
  const meant = nearRuntimeName(className, someNames(world.cluster.runtimeClassNames()).filter(usable));
  if (meant === undefined) return { fix };
  const question = `Did you mean ${quote(meant)}?`;
  return { fix: `${question} Else: ${fix}`, shortFix: `${question} Else create it, or correct the name.` };
}

function someNames(names: Iterable<string>): readonly string[] {
  const some: string[] = [];
  for (const name of names) {
    if (some.length >= maxCompared) break;
    some.push(name);
  }
  return some.toSorted();
}
