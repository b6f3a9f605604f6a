import type { Cluster } from '../../support/cluster/cluster.ts';

/** One thing that RBAC allows or that somebody did, such as `update secrets/shimgate-certificate`. */
export type Access = string;

type Rule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
};

export type Role = { readonly kind: 'ClusterRole' | 'Role'; readonly rules: readonly Rule[] };

type AuditEvent = {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource: string; readonly name?: string; readonly apiGroup?: string };
  readonly responseStatus?: { readonly code: number };
};

/** All that rules allow, one by one. */
export function accessesOf(rules: readonly Rule[]): readonly Access[] {
  return rules.flatMap(({ apiGroups, resources, resourceNames = [undefined], verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        resourceNames.flatMap((name) => verbs.map((verb) => access(verb, group, resource, name))),
      ),
    ),
  );
}

/** The same rules, each with one access only, without one of them. */
export function rulesWithout(rules: readonly Rule[], removed: Access): readonly Rule[] {
  return rules
    .flatMap(({ apiGroups, resources, verbs, ...rest }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => ({ ...rest, apiGroups: [group], resources: [resource], verbs: [verb] })),
        ),
      ),
    )
    .filter((rule) => !accessesOf([rule]).includes(removed));
}

/** What a user asked the API server for, and was given or refused, since the audit log had so many lines. */
export async function accessesBy(
  cluster: Cluster,
  username: string,
  sinceLine = 0,
): Promise<{ readonly given: ReadonlySet<Access>; readonly refused: ReadonlySet<Access> }> {
  const given = new Set<Access>();
  const refused = new Set<Access>();
  for (const line of (await cluster.auditLines()).slice(sinceLine)) {
    const { user, verb, objectRef, responseStatus } = JSON.parse(line) as AuditEvent;
    if (user.username !== username || objectRef === undefined) continue;
    // What is created has no name yet when it is asked for, and any class or namespace may be asked for.
    const isAnyName = verb === 'create' || ['runtimeclasses', 'namespaces'].includes(objectRef.resource);
    const name = isAnyName ? undefined : objectRef.name;
    const asked = access(verb, objectRef.apiGroup ?? '', objectRef.resource, name);
    (responseStatus?.code === 403 ? refused : given).add(asked);
  }
  return { given, refused };
}

function access(verb: string, group: string, resource: string, name: string | undefined): Access {
  return `${verb} ${group === '' ? '' : `${group}/`}${resource}${name === undefined ? '' : `/${name}`}`;
}
