/**
 * `make cluster`: a real API server with shimgate installed in it by its chart, to play with; one key stops it all. No
 * node runs, so pods stay Pending: what can be seen is admission.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { emitKeypressEvents } from 'node:readline';
import { parse } from 'yaml';
import { startControlPlane } from '../test/support/cluster/start-control-plane.ts';
import { Installation } from '../test/support/installation/installation.ts';

const root = join(import.meta.dirname, '..');
const cluster = join('test', 'fixtures', 'cluster');

console.error('Starting etcd, kube-apiserver and kube-controller-manager …');
const controlPlane = await startControlPlane();
try {
  console.error('Installing shimgate: helm install shimgate charts/shimgate …');
  const text = await readFile(join(root, cluster, 'configuration.yaml'), 'utf8');
  const { apiVersion, kind, ...config } = parse(text) as Readonly<Record<string, unknown>>;
  const installation = await Installation.install(controlPlane, { values: { config } });
  const kubectl = controlPlane.description.binaries.kubectl;
  console.log(`
Ready. In another terminal, in this directory:

  export KUBECONFIG=${controlPlane.kubeconfigPath}
  alias kubectl=${kubectl}

  kubectl apply -f ${relative(root, join(root, cluster, 'objects.yaml'))}     # two RuntimeClasses
  kubectl apply -f test/fixtures/cluster/pods.yaml        # pods of them, and others that are denied
  kubectl get pod sandboxed -o yaml | head -20            # see the annotations
  kubectl annotate pod sandboxed shimgate.dev/source=me --overwrite
  kubectl get configmap,pods,secret -n shimgate

Logs of the webhook: ${controlPlane.description.directory.logs}
${process.stdin.isTTY ? 'Press q to stop it all.' : 'Close standard input to stop it all.'}`);
  await untilStopped();
  console.error('Stopping …');
  await installation.stop();
} finally {
  await controlPlane.stop();
}

/** Until q, Ctrl-C or Ctrl-D at a terminal; else until standard input ends. SIGINT and SIGTERM stop it too. */
async function untilStopped(): Promise<void> {
  const stop = new AbortController();
  const abort = () => {
    stop.abort();
  };
  process.once('SIGINT', abort).once('SIGTERM', abort);
  if (process.stdin.isTTY) {
    emitKeypressEvents(process.stdin);
    process.stdin.setRawMode(true);
    process.stdin.on('keypress', (_text, key: { readonly name?: string; readonly ctrl?: boolean }) => {
      if (key.name === 'q' || (key.ctrl === true && (key.name === 'c' || key.name === 'd'))) abort();
    });
  }
  process.stdin.once('end', abort).resume();
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  if (process.stdin.isTTY) process.stdin.setRawMode(false);
  process.stdin.pause();
}
