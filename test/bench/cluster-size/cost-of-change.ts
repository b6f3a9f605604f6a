import { nodeRuntimesPath } from '../../../src/node/node-object.ts';
import type { ApiClient } from '../../support/cluster/api-client.ts';
import { pod as podOf, runtimeClass } from '../../support/cluster/manifests.ts';
import type { RunningPod } from '../../support/installation/running-pod.ts';
import { readCpuSeconds } from '../../support/load/process-cpu.ts';
import { nodeDescription } from './large-cluster.ts';

/** Enough that what the process does besides does not count. */
const rounds = 200;

/** Milliseconds of the webhook's processor time. */
export type CostOfChange = {
  /** For a pod whose class leads to what nodes say. */
  readonly podMs: number;
  /** For a pod and, before it, a node that says what no node has said yet. */
  readonly changedMs: number;
};

/** Measures what it costs when one node of many says something else: what was worked out of all others should stay. */
export async function costOfChange(api: ApiClient, { pid }: RunningPod, nodeName: string): Promise<CostOfChange> {
  await api.expect('POST', '/apis/node.k8s.io/v1/runtimeclasses', runtimeClass('said', 'kata-general-1'));
  const measure = async (before: (round: number) => Promise<unknown>) => {
    const start = cpuMs(pid);
    for (let round = 0; round < rounds; round++) {
      await before(round);
      const pod = podOf(`pod-${round}`, { runtimeClassName: 'said' });
      await api.expect('POST', '/api/v1/namespaces/default/pods?dryRun=All', pod);
    }
    return (cpuMs(pid) - start) / rounds;
  };
  const unchanged = () => Promise.resolve();
  // The first ones are compiled meanwhile.
  await measure(unchanged);
  const podMs = await measure(unchanged);
  const changedMs = await measure((round) =>
    api.expect('PATCH', `${nodeRuntimesPath}/${nodeName}/status`, { status: saidIn(round) }),
  );
  return { podMs, changedMs };
}

/** @throws Error where the system does not tell */
function cpuMs(pid: number): number {
  const seconds = readCpuSeconds(pid);
  if (seconds === undefined) throw new Error('This system does not say what a process has taken.');
  return seconds * 1000;
}

/** What a node says, with a default runtime's options that are another in each round. */
function saidIn(round: number): object {
  const {
    status: { handlers = [], ...status },
  } = nodeDescription(0);
  const options = JSON.stringify({ BinaryName: `/usr/local/bin/runc-${round}` });
  return { ...status, handlers: handlers.map((one) => (one.name === 'runc' ? { ...one, options } : one)) };
}
