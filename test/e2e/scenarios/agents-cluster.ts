import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from '@jest/globals';
import { chart } from '../../support/installation/installation.ts';
import { node, pod } from '../../support/cluster/manifests.ts';
import { runProgram, type ProgramResult } from '../../support/processes/run-program.ts';
import { eventually } from '../../support/eventually.ts';
import { LeasedCluster } from '../lease/leased-cluster.ts';
import { expectSilence, KubectlUser } from './kubectl-user.ts';
import { NodeAgentProcess, program } from './node-agent.ts';

/** The agents' namespace and account, as the chart calls them. */
export const agentsAccount = 'shimgate-nodes';

/** Where the API server has the objects of nodes. */
export const nodeRuntimesCollection = '/apis/shimgate.dev/v1alpha1/noderuntimes';

/** An object of a node, as far as tests look at it. */
export type StoredNodeRuntimes = {
  readonly metadata: { readonly resourceVersion: string; readonly ownerReferences?: readonly object[] };
  readonly status?: {
    readonly handlers?: readonly { readonly name: string; readonly missing?: readonly object[] }[];
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime: string;
    }[];
  };
};

/** Of the agents' account: a token bound to a pod on node-a, one on node-b, and one that is bound to none. */
export type AgentToken = 'a' | 'b' | 'unbound';

/**
 * A cluster with the chart, two nodes that nobody runs, and a file system of a node. Agents run as processes of this machine
 * with the tokens that their pods would have.
 */
export class AgentsCluster {
  readonly cluster: LeasedCluster;
  readonly admin: KubectlUser;
  readonly #root: string;
  readonly #kubeconfigs = new Map<AgentToken, string>();
  readonly #uids = new Map<string, string>();
  readonly #agents: NodeAgentProcess[] = [];

  private constructor(cluster: LeasedCluster, admin: KubectlUser, root: string) {
    this.cluster = cluster;
    this.admin = admin;
    this.#root = root;
  }

  /** @param chosen values of the chart besides; without them no webhook runs, and none is missed */
  static async start(chosen: object = { webhooks: { failurePolicy: 'Ignore' }, replicas: 0 }): Promise<AgentsCluster> {
    const cluster = await LeasedCluster.lease();
    const admin = await KubectlUser.inNewNamespace(cluster, 'shimgate');
    const values = { nodes: { enabled: true }, settleSeconds: 0, idleSeconds: 0, ...chosen };
    const args = ['install', 'shimgate', chart, '--namespace', 'shimgate', '--values', '-'];
    const installed = await cluster.helm(args, { input: JSON.stringify(values) });
    expect({ exitCode: installed.exitCode, stderr: installed.stderr }).toEqual({ exitCode: 0, stderr: '' });
    const established = ['wait', '--for=condition=Established', 'crd/noderuntimes.shimgate.dev', '--timeout=30s'];
    expectSilence(await admin.run(established));
    const root = await mkdtemp(path.join(cluster.description.directory.root, 'node-'));
    const started = new AgentsCluster(cluster, admin, root);
    expectSilence(await admin.apply(node('node-a'), node('node-b')));
    for (const letter of ['a', 'b'] as const) await started.#placeAgent(letter);
    const token = await cluster.createServiceAccountToken(agentsAccount, agentsAccount);
    started.#kubeconfigs.set('unbound', await cluster.writeKubeconfigFor({ name: 'agent-unbound', token }));
    await mkdir(path.join(root, 'etc/containerd'), { recursive: true });
    await mkdir(path.join(root, 'usr/bin'), { recursive: true });
    for (const program of ['containerd-shim-runc-v2', 'runc']) await started.installProgram(program);
    await started.configure();
    return started;
  }

  async stop(): Promise<void> {
    for (const agent of this.#agents) await agent.stop();
    const uninstalled = await this.cluster.helm(['uninstall', 'shimgate', '--namespace', 'shimgate']);
    // Helm says what it keeps: every object would go with it.
    expect(uninstalled.stdout).toContain('noderuntimes.shimgate.dev');
    expectSilence(await this.cluster.kubectl(['delete', 'crd', 'noderuntimes.shimgate.dev', '--wait=true']));
    await eventually(async () => {
      const { status } = await this.cluster.api.send('GET', '/apis/shimgate.dev');
      expect(status).toBe(404);
    });
    await rm(this.#root, { recursive: true });
    await this.cluster.release();
  }

  /** What a kubelet would do: the pod of an agent on a node, and its token. */
  async #placeAgent(letter: 'a' | 'b'): Promise<void> {
    const agent = pod(`agent-${letter}`);
    const spec = { ...agent.spec, nodeName: `node-${letter}`, serviceAccountName: agentsAccount };
    expectSilence(await new KubectlUser(this.cluster, agentsAccount).apply({ ...agent, spec } as typeof agent));
    const bound = { podName: `agent-${letter}` };
    const token = await this.cluster.createServiceAccountToken(agentsAccount, agentsAccount, bound);
    this.#kubeconfigs.set(letter, await this.cluster.writeKubeconfigFor({ name: `agent-${letter}`, token }));
    const { metadata } = await this.admin.stored<{ readonly metadata: { readonly uid: string } }>(
      'node',
      `node-${letter}`,
    );
    this.#uids.set(`node-${letter}`, metadata.uid);
  }

  kubeconfigOf(token: AgentToken): string {
    return this.#kubeconfigs.get(token) ?? '';
  }

  uidOf(name: string): string {
    return this.#uids.get(name) ?? '';
  }

  /** Starts an agent on the laid out node. */
  startAgent(token: AgentToken): NodeAgentProcess {
    const agent = NodeAgentProcess.start(this.cluster, this.#root, this.kubeconfigOf(token));
    this.#agents.push(agent);
    return agent;
  }

  /** `shimgate audit` as the administrator. @returns what it prints */
  async audit(args: readonly string[], input = ''): Promise<string> {
    const env = { ...this.cluster.env, KUBECONFIG: this.cluster.kubeconfigPath };
    const { stdout } = await runProgram(process.execPath, [program, 'audit', '--fail-on=never', ...args], {
      env,
      input,
    });
    return stdout;
  }

  async installProgram(name: string): Promise<void> {
    const file = path.join(this.#root, 'usr/bin', name);
    await writeFile(file, '#!/bin/sh\n');
    await chmod(file, 0o755);
  }

  /** Writes containerd's configuration, with runtimes of these names besides runc. */
  async configure(...names: readonly string[]): Promise<void> {
    const runtimes = names.map(
      (name) =>
        `[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.${name}]\nruntime_type = "io.containerd.${name}.v1"\n`,
    );
    await writeFile(path.join(this.#root, 'etc/containerd/config.toml'), `version = 3\n${runtimes.join('')}`);
  }

  /** @throws Error where there is none */
  async stored(name: string): Promise<StoredNodeRuntimes> {
    return JSON.parse(await this.cluster.api.expect('GET', `${nodeRuntimesCollection}/${name}`)) as StoredNodeRuntimes;
  }

  /** The object of a node, as its agent applies it, with other metadata where a test wants it. */
  object(name: string, metadata: object = {}, owner = name): object {
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name: owner, uid: this.uidOf(owner) }];
    return {
      apiVersion: 'shimgate.dev/v1alpha1',
      kind: 'NodeRuntimes',
      metadata: { name, ownerReferences, ...metadata },
    };
  }

  /** Applies an object as an agent does. */
  apply(token: AgentToken, manifest: object, flags: readonly string[] = []): Promise<ProgramResult> {
    const args = ['apply', '--server-side', '--force-conflicts', '--field-manager=shimgate-node', '--filename=-'];
    const input = JSON.stringify(manifest);
    return this.cluster.kubectl([...args, ...flags], { input, kubeconfigPath: this.kubeconfigOf(token) });
  }
}
