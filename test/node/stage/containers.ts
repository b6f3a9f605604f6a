import type { RealNode } from './real-node.ts';

/** The ids of a pod's sandbox and containers, in containerd's words. */
export async function containersOf(node: RealNode, uid: string): Promise<readonly string[]> {
  const { stdout, stderr } = await node.ctr(['containers', 'list', '-q', `labels."io.kubernetes.pod.uid"==${uid}`]);
  const ids = stdout
    .trim()
    .split('\n')
    .filter((id) => id !== '');
  if (ids.length !== 2) throw new Error(`A pod with one container has a sandbox and it: ${stdout}${stderr}`);
  return ids;
}

type Container = { readonly Runtime: { readonly Name: string; readonly Options?: { readonly value?: string } | null } };

/** What runs a pod, by containerd's own metadata: its shim, and the texts among the shim's options. */
export async function runtimeOf(
  node: RealNode,
  uid: string,
): Promise<{ readonly runtimeType: string; readonly options: readonly string[] }> {
  const [id = ''] = await containersOf(node, uid);
  const { stdout } = await node.ctr(['containers', 'info', id]);
  const { Runtime } = JSON.parse(stdout) as Container;
  const encoded = Buffer.from(Runtime.Options?.value ?? '', 'base64');
  return { runtimeType: Runtime.Name, options: textFields(encoded) };
}

/** The fields of a protocol buffer that have a length, as texts. Source: Protocol Buffers, Encoding. */
function textFields(encoded: Buffer): readonly string[] {
  const texts: string[] = [];
  for (let at = 0; at < encoded.length;) {
    const isText = ((encoded[at] ?? 0) & 7) === 2;
    const value = encoded[at + 1] ?? 0;
    if (isText) texts.push(encoded.toString('utf8', at + 2, at + 2 + value));
    at += isText ? 2 + value : 2;
  }
  return texts;
}
