/** What is read of a MutatingAdmissionPolicy or a ValidatingAdmissionPolicy as it is stored. */
export type StoredPolicy = {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly {
      readonly manager?: string;
      readonly operation?: string;
      readonly fieldsV1?: Readonly<Record<string, unknown>>;
    }[];
  };
  readonly spec: { readonly variables?: readonly { readonly name: string; readonly expression: string }[] };
};

const kinds = {
  mutatingadmissionpolicies: 'MutatingAdmissionPolicy',
  validatingadmissionpolicies: 'ValidatingAdmissionPolicy',
} as const;

export type PolicyCollection = keyof typeof kinds;

/** A patch, as the API server takes it. */
export type PolicyPatch = {
  readonly query: Readonly<Record<string, string>>;
  readonly body: { readonly type: string; readonly value: object };
};

/**
 * Writes a spec, unless the policy has changed meanwhile. Whoever installs shimgate applies the policies, with the spec that they
 * had at that moment, or long ago where a release is rolled back. Where that is done on the API server's side, each field has
 * an owner, and to apply what another one has changed is a conflict, by which a whole upgrade fails. So what is written is
 * applied in the name of who applied it first.
 *
 * Source: Kubernetes, Server-Side Apply, "Conflicts".
 */
export function policyPatch(collection: PolicyCollection, { metadata }: StoredPolicy, spec: object): PolicyPatch {
  const { name, resourceVersion, labels, annotations, managedFields = [] } = metadata;
  const owner = managedFields.find(
    ({ operation, fieldsV1 }) => operation === 'Apply' && fieldsV1?.['f:spec'] !== undefined,
  );
  if (owner?.manager === undefined) {
    const value = { metadata: { resourceVersion }, spec };
    return { query: {}, body: { type: 'application/merge-patch+json', value } };
  }
  return {
    query: { fieldManager: owner.manager, force: 'true' },
    body: {
      type: 'application/apply-patch+yaml',
      value: {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: kinds[collection],
        metadata: { name, resourceVersion, ...(labels && { labels }), ...(annotations && { annotations }) },
        spec,
      },
    },
  };
}
