import type { ApiClient } from './api-client.ts';

/** What the API server has counted since it started. */
export type AnsweredCounts = {
  /** Pods on which a release's MutatingAdmissionPolicy wrote. */
  readonly answered: number;
  /** Calls of the entries for pods, both webhooks together, whatever the release. */
  readonly calls: number;
};

/**
 * How many pods the API server has answered by itself, and for how many it has asked.
 *
 * @param policy name of the MutatingAdmissionPolicy
 *
 * Source: Kubernetes metrics reference, apiserver_mutating_admission_policy_check_total and
 * apiserver_admission_webhook_admission_duration_seconds.
 */
export async function answeredCounts(api: ApiClient, policy: string): Promise<AnsweredCounts> {
  const lines = (await api.expect('GET', '/metrics')).split('\n');
  const sum = (name: string, label: string) =>
    lines
      .filter((line) => line.startsWith(`${name}{`) && line.includes(label))
      .reduce((all, line) => all + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  return {
    answered: sum('apiserver_mutating_admission_policy_check_total', `policy="${policy}"`),
    calls: sum('apiserver_admission_webhook_admission_duration_seconds_count', 'name="pods.shimgate.dev"'),
  };
}
