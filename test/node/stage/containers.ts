import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { RealNode } from './real-node.ts';
import { decodeOptions, type DecodedOptions } from './shim-options.ts';

/**
 * The ids of a pod's sandbox and containers, in containerd's words.
 *
 * @param count two, unless the sandbox is no container
 */
export async function containersOf(node: RealNode, uid: string, count: 1 | 2 = 2): Promise<readonly string[]> {
  const { stdout, stderr } = await node.ctr(['containers', 'list', '-q', `labels."io.kubernetes.pod.uid"==${uid}`]);
  const ids = stdout
    .trim()
    .split('\n')
    .filter((id) => id !== '');
  if (ids.length !== count) throw new Error(`A pod should have ${count} in containerd: ${stdout}${stderr}`);
  return ids;
}

type Container = {
  readonly Runtime: {
    readonly Name: string;
    readonly Options?: { readonly type_url?: string; readonly value?: string } | null;
  };
};

/** What runs a container, by containerd's own metadata and by its bundle. */
export type RunningShim = {
  readonly runtimeType: string;
  /** The file that containerd started; undefined where a shim that runs already took the container. */
  readonly binary: string | undefined;
  readonly options: DecodedOptions;
};

/** @param id of a sandbox or container */
export async function shimOf(node: RealNode, id: string): Promise<RunningShim> {
  const { stdout } = await node.ctr(['containers', 'info', id]);
  const { Runtime } = JSON.parse(stdout) as Container;
  const { type_url = '', value = '' } = Runtime.Options ?? {};
  return {
    runtimeType: Runtime.Name,
    binary: await readFile(path.join(node.bundle(id), 'shim-binary-path'), 'utf8').catch(() => undefined),
    options: decodeOptions(type_url, Buffer.from(value, 'base64')),
  };
}

/** The annotations in the OCI spec of a sandbox or container. */
export async function specAnnotations(node: RealNode, id: string): Promise<Readonly<Record<string, string>>> {
  const spec = JSON.parse(await readFile(path.join(node.bundle(id), 'config.json'), 'utf8')) as {
    readonly annotations?: Readonly<Record<string, string>>;
  };
  return spec.annotations ?? {};
}
