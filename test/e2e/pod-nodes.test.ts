import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { GatedCluster } from './scenarios/gated-cluster.ts';
import { expectSilence } from './scenarios/kubectl-user.ts';
import { node, pod, runtimeClass, type PodManifest } from '../support/cluster/manifests.ts';
import { done } from './scenarios/outcomes.ts';
import { runtimes } from './scenarios/sandbox-runtimes.ts';
import { metric } from '../support/installation/webhook-pages.ts';

/** Without a kubelet the node controller says of each node that it is not ready. */
const anyTaint = { tolerations: [{ operator: 'Exists' }] } as const;

jest.setTimeout(60_000);

let gate: GatedCluster;

beforeAll(async () => {
  gate = await GatedCluster.start({ mode: 'enforce', runtimes });
  const admin = await gate.userIn('nodes');
  const sandbox = runtimeClass('sandbox', 'runsc', { scheduling: anyTaint });
  expectSilence(await admin.apply(sandbox, node('plain-1', { pool: 'plain' }), node('plain-2', { pool: 'plain' })));
  expectSilence(await admin.apply(node('sandboxed', { pool: 'sandboxed' })));
  for (const [name, handlers] of [
    ['plain-1', ['runc']],
    ['plain-2', ['runc']],
    ['sandboxed', ['runc', 'runsc']],
  ] as const) {
    const patch = JSON.stringify({ status: { runtimeHandlers: handlers.map((handler) => ({ name: handler })) } });
    expectSilence(await admin.run(['patch', 'node', name, '--subresource=status', `--patch=${patch}`]));
  }
  await eventually(async () => {
    expect(await metric(gate.webhook, 'shimgate_cache_objects', { kind: 'Node' })).toBe(3);
  });
}, 15 * 60_000);

afterAll(async () => {
  await gate.stop();
});

function podOn(name: string, pool: string | undefined): PodManifest {
  const manifest = pod(name, { runtimeClassName: 'sandbox' });
  return { ...manifest, spec: { ...manifest.spec, ...(pool !== undefined && { nodeSelector: { pool } }) } };
}

const fix = "Correct the pod's nodeSelector and tolerations, or configure the handler on these nodes.";

test('a pod that selects nodes without its handler is told how many there are', async () => {
  const user = await gate.userIn('confined');
  const warning = `Pod ${user.namespace}/web -> RuntimeClass "sandbox" -> handler "runsc", and none of the 2 nodes that the pod can use has it. [NoUsableNodeHasHandler] ${fix}`;
  // What the nodes report has to have reached the webhook by its watch.
  await eventually(async () => {
    const tried = await user.run(['create', '--dry-run=server', '--filename=-'], {
      input: JSON.stringify(podOn('web', 'plain')),
    });
    expect(tried).toEqual(done(['pod/web created (server dry run)'], [warning]));
  });
  expect(await user.apply(podOn('web', 'plain'))).toEqual(done(['pod/web created'], [warning]));
});

test('a pod that can use a node with its handler is not', async () => {
  const user = await gate.userIn('free');
  expect(await user.apply(podOn('selects', 'sandboxed'), podOn('anywhere', undefined), podOn('later', 'none'))).toEqual(
    done(['pod/selects created', 'pod/anywhere created', 'pod/later created']),
  );
});
