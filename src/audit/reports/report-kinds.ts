/** The APIs that reports can be written to. */
export type ReportApi = 'openreports.io/v1alpha1' | 'wgpolicyk8s.io/v1alpha2';

export type ReportKind = { readonly kind: string; readonly resource: string };

/** What reports of a namespace and of the cluster are, in each API. Source: their CustomResourceDefinitions. */
export const reportKinds: Readonly<
  Record<ReportApi, { readonly namespaced: ReportKind; readonly cluster: ReportKind }>
> = {
  'openreports.io/v1alpha1': {
    namespaced: { kind: 'Report', resource: 'reports' },
    cluster: { kind: 'ClusterReport', resource: 'clusterreports' },
  },
  'wgpolicyk8s.io/v1alpha2': {
    namespaced: { kind: 'PolicyReport', resource: 'policyreports' },
    cluster: { kind: 'ClusterPolicyReport', resource: 'clusterpolicyreports' },
  },
};
