import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { GatedCluster } from './scenarios/gated-cluster.ts';
import { runtimeClass } from '../support/cluster/manifests.ts';
import { done } from './scenarios/outcomes.ts';
import { metric } from '../support/installation/webhook-pages.ts';

const podFixed = { cpu: '250m', memory: '160Mi' };
const nodeSelector = { 'katacontainers.io/kata-runtime': 'true' };
const toleration = { key: 'kata', operator: 'Exists', effect: 'NoSchedule' } as const;

const config = {
  mode: 'enforce',
  runtimes: {
    'kata-qemu': {
      runtimeType: 'io.containerd.kata-qemu.v2',
      overhead: { podFixed },
      scheduling: { nodeSelector, tolerations: [toleration] },
    },
    runsc: { runtimeType: 'io.containerd.runsc.v1' },
  },
};

const created = (name: string) => [`runtimeclass.node.k8s.io/${name} created`];

jest.setTimeout(60_000);

let gate: GatedCluster;

beforeAll(async () => {
  gate = await GatedCluster.start(config);
}, 15 * 60_000);

afterAll(async () => {
  await gate.stop();
});

test('a class whose overhead and scheduling are those of the table is made without a word, however they are written', async () => {
  const user = await gate.userIn('agreeing');
  const choice = { overhead: { podFixed: { cpu: '0.25', memory: '163840Ki' } } };
  const scheduling = { nodeSelector, tolerations: [toleration] };
  expect(await user.apply(runtimeClass('agreeing', 'kata-qemu', { ...choice, scheduling }))).toEqual(
    done(created('agreeing')),
  );
});

test('a class that contradicts the table is let in, and its author is told what differs', async () => {
  const user = await gate.userIn('contradicting');
  const overhead = { podFixed: { cpu: '250m', memory: '128Mi' } };
  expect(await user.apply(runtimeClass('contradicting', 'kata-qemu', { overhead }))).toEqual(
    done(created('contradicting'), [
      'RuntimeClass contradicting: its overhead.podFixed contradicts runtimes.kata-qemu of the configuration: memory is "128Mi", there "160Mi". [OverheadContradictsTable] Correct the class, or that entry.',
      'RuntimeClass contradicting: its scheduling contradicts runtimes.kata-qemu of the configuration: nodeSelector katacontainers.io/kata-runtime is missing, there "true"; 1 more. [SchedulingContradictsTable] Correct the class, or that entry.',
    ]),
  );
});

test('two classes with one handler and different overhead are counted, and their author is not bothered', async () => {
  const user = await gate.userIn('siblings');
  const labels = { code: 'OverheadOfHandlerDiffers', severity: 'info' };
  expect(await user.apply(runtimeClass('first', 'runsc', { overhead: { podFixed: { memory: '64Mi' } } }))).toEqual(
    done(created('first')),
  );
  const before = await metric(gate.webhook, 'shimgate_findings_total', labels);
  const second = runtimeClass('second', 'runsc', { overhead: { podFixed: { memory: '96Mi' } } });
  const input = JSON.stringify(second);
  // The first one has to have reached the webhook by its watch.
  await eventually(async () => {
    const tried = await user.run(['create', '--dry-run=server', '--filename=-'], { input });
    expect(tried).toEqual(done(['runtimeclass.node.k8s.io/second created (server dry run)']));
    expect(await metric(gate.webhook, 'shimgate_findings_total', labels)).toBeGreaterThan(before);
  });
});
