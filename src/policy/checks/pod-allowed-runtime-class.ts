import { finding } from '../../finding/finding.ts';
import { quote } from '../../finding/quote.ts';
import type { NamespaceRule } from '../../generated/configuration.ts';
import { matchesAny } from '../../shim/path-match.ts';
import type { Predicate } from '../../finding/statement.ts';
import { shownRule } from '../namespace-rules.ts';
import { nothing, type PodCheck } from './check.ts';
import type { World } from '../world.ts';

/**
 * A pod may use the classes that the first matching rule of its namespace lists, and may do without one where that lists
 * the empty string. This is what PodSecurityPolicy's allowedRuntimeClassNames was.
 */
export const podAllowedRuntimeClass: PodCheck = {
  id: 'pod-allowed-runtime-class',
  about: 'pods',
  reads: ['namespace'],
  codes: ['RuntimeClassNotAllowed'],
  evaluate: ({ review, phase, world, subject, prefix, isNew, isTemplate, isUntrusted, followed }) => {
    const { namespace } = review;
    // The class of a pod is immutable, and what was let in once may not be stuck because a rule came since.
    if (namespace === undefined || !isNew) return nothing;
    const placed = world.ruleFor(namespace);
    const allowed = placed?.rule.allowedRuntimeClassNames;
    if (placed === undefined || allowed === undefined) return nothing;

    const { className } = followed;
    if (className === undefined) {
      // A mutating webhook that comes later may set a class, and the pods of a template get the default one.
      if (phase === 'mutating') return nothing;
      const getsDefault = placed.rule.defaultRuntimeClassName !== undefined && !isUntrusted;
      if (isTemplate && getsDefault) return nothing;
    }
    if (isClassAllowed(className, allowed)) return nothing;

    const rule = `${shownRule(placed)} allows ${listed(allowed)} in namespace ${quote(namespace)}`;
    const statement: Predicate =
      className === undefined
        ? { kind: 'predicate', links: 0, text: `, which names no RuntimeClass: ${rule}` }
        : { kind: 'predicate', links: subject.chain.length, about: 0, text: `: ${rule}` };
    const field = `${prefix}spec.runtimeClassName`;
    return {
      findings: [finding('RuntimeClassNotAllowed', { field, subject, statement, fix: fixFor(placed.rule, world) })],
    };
  },
};

/**
 * Whether a list of globs lets a class be used. No class is allowed by the empty string alone, and not by `*`.
 *
 * @param className undefined for no class
 */
function isClassAllowed(className: string | undefined, allowed: readonly string[]): boolean {
  return className === undefined ? allowed.includes('') : matchesAny(allowed, className);
}

const maxListed = 8;

function listed(allowed: readonly string[]): string {
  if (allowed.length === 0) return 'no pod at all';
  const globs = allowed.filter((glob) => glob !== '');
  const names = globs.slice(0, maxListed).map(quote);
  const more = globs.length > maxListed ? ` and ${globs.length - maxListed} more` : '';
  const none = globs.length === allowed.length ? '' : names.length === 0 ? 'no class' : ' or no class';
  return `only ${names.join(', ')}${more}${none}`;
}

/** Names a class that is allowed: the rule's default, else the first that is a name, else whatever a glob matches. */
function fixFor({ allowedRuntimeClassNames = [], defaultRuntimeClassName }: NamespaceRule, world: World): string {
  const isName = (glob: string) => /^[a-z0-9][-.a-z0-9]*$/.test(glob);
  const names = [defaultRuntimeClassName, ...allowedRuntimeClassNames.filter(isName)].filter(
    (name) => name !== undefined && isClassAllowed(name, allowedRuntimeClassNames),
  );
  const name = names.find((one) => world.cluster.runtimeClass(one ?? '') !== undefined) ?? names[0];
  if (name !== undefined) return `Set runtimeClassName: ${name}.`;
  const glob = allowedRuntimeClassNames.find((one) => one !== '');
  if (glob !== undefined) return `Choose one that ${quote(glob)} matches: kubectl get runtimeclasses`;
  if (allowedRuntimeClassNames.includes('')) return 'Leave runtimeClassName out.';
  return 'Use another namespace, or have a class allowed in this one.';
}
