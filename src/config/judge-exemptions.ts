import { problem, type Problem } from '../finding/problem.ts';
import { quote } from '../finding/quote.ts';
import type { Exemptions } from '../generated/configuration.ts';

/** Judges exemptions; paths begin at the configuration's root. */
export function judgeExemptions({ usernames = [] }: Exemptions): readonly Problem[] {
  return usernames.flatMap((username, index) => {
    const reach = reachOf(username);
    if (reach === undefined) return [];
    const message = `${quote(username)} ${reach}, so exempting it exempts everybody.`;
    return [problem('ControllerExempted', ['exemptions', 'usernames', index], message)];
  });
}

/**
 * What a user does for everybody; undefined for a user who acts for itself. The controllers run as ServiceAccounts in
 * kube-system, most of which are called so-and-so-controller, or all as one user.
 *
 * Source: Kubernetes, plugin/pkg/auth/authorizer/rbac/bootstrappolicy, controller_policy.go and policy.go.
 */
function reachOf(username: string): string | undefined {
  const account = /^system:serviceaccount:kube-system:(.*)$/.exec(username)?.[1];
  const isController = account !== undefined && (account.endsWith('-controller') || otherControllers.has(account));
  if (isController || username === 'system:kube-controller-manager') return 'makes and changes pods for everybody';
  if (username === 'system:kube-scheduler') return 'binds pods for everybody';
  return username === 'system:anonymous' ? 'is whoever does not log in' : undefined;
}

/** The controllers with a name of another kind. */
const otherControllers: ReadonlySet<string> = new Set([
  'generic-garbage-collector',
  'horizontal-pod-autoscaler',
  'kube-apiserver-serving-clustertrustbundle-publisher',
  'legacy-service-account-token-cleaner',
  'persistent-volume-binder',
  'pod-garbage-collector',
  'podcertificaterequestcleaner',
  'root-ca-cert-publisher',
  'storage-version-garbage-collector',
]);
