import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { ProgramResult } from '../support/processes/run-program.ts';
import { GatedCluster } from './scenarios/gated-cluster.ts';
import { expectSilence, type KubectlUser } from './scenarios/kubectl-user.ts';
import { node, pod, type Manifest, type StoredPod } from '../support/cluster/manifests.ts';
import { deniedFromStdin, done, refused } from './scenarios/outcomes.ts';
import { gvisor, kata, runtimes } from './scenarios/sandbox-runtimes.ts';

const kernel = 'io.katacontainers.config.hypervisor.kernel';
const handlerKey = 'io.containerd.cri.runtime-handler';
const ofKata = { [handlerKey]: 'kata-qemu', ...kata.annotations };
const nodeName = 'worker';

const allowedAnnotations = { [kernel]: ['/boot/*'] };
const config = {
  mode: 'enforce',
  runtimeHandlerAnnotation: true,
  runtimes: { ...runtimes, 'kata-qemu': { ...runtimes['kata-qemu'], allowedAnnotations } },
};

jest.setTimeout(120_000);

let gate: GatedCluster;

beforeAll(async () => {
  gate = await GatedCluster.start(config);
  const user = await gate.userIn('classes');
  expectSilence(await user.apply(gvisor.manifest, kata.manifest, node(nodeName)));
}, 15 * 60_000);

afterAll(async () => {
  await gate.stop();
});

/** A user whose namespace has the pod web, of class kata. */
async function withPod(): Promise<KubectlUser> {
  const user = await gate.userIn('around');
  expectSilence(await user.apply(pod('web', { runtimeClassName: 'kata' })));
  return user;
}

describe('a binding', () => {
  const denied = 'Error from server (Forbidden): admission webhook "bindings.shimgate.dev" denied the request: ';
  const fixFor = (key: string) =>
    key === handlerKey ? 'Leave it out of the binding.' : 'Set it on the pod instead, where it is judged.';

  /** Binds the pod web as a scheduler does, at one of the two addresses that take bindings. */
  function bind(user: KubectlUser, address: string, annotations?: object): Promise<ProgramResult> {
    const target = { apiVersion: 'v1', kind: 'Node', name: nodeName };
    const metadata = { name: 'web', namespace: user.namespace, ...(annotations !== undefined && { annotations }) };
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'Binding', metadata, target });
    return user.run(['create', '--raw', `/api/v1/namespaces/${user.namespace}/${address}`, '--filename=-'], { input });
  }

  describe.each(['pods/web/binding', 'bindings'])('at %s', (address) => {
    test.each<readonly [string, string, string]>([
      ['a managed annotation', handlerKey, 'is for shimgate alone to write'],
      [
        'what a runtime declares, which is guarded too',
        'io.katacontainers.config.hypervisor.machine_type',
        "is guarded (becomes the hypervisor's machine type, part of its command line)",
      ],
      [
        'a guarded annotation that the runtime of the pod allows',
        kernel,
        "is guarded (names a host file that is booted as the guest's kernel)",
      ],
      ['the untrusted workload', 'io.kubernetes.cri.untrusted-workload', 'chooses the runtime "untrusted"'],
      [
        "a snapshotter's label, which no pod could carry",
        'containerd.io/snapshot/overlaybd/record-trace-path',
        "is guarded (handed to the snapshotter as labels of the sandbox's snapshot)",
      ],
    ])('is denied with %s', async (_, key, why) => {
      const user = await withPod();
      expect(await bind(user, address, { [key]: '/boot/vmlinuz' })).toEqual(
        refused(
          `${denied}Binding ${user.namespace}/web: annotation ${key} would be merged into the pod, where it ${why}. [BindingAnnotation] ${fixFor(key)}`,
        ),
      );
      expect(await user.podAnnotations('web')).toEqual(ofKata);
      expect(await user.stored('pod', 'web')).not.toMatchObject({ spec: { nodeName } });
    });

    test('is let through with other annotations, which come into the pod', async () => {
      const user = await withPod();
      expectSilence(await bind(user, address, { 'example.com/score': '7' }));
      expect(await user.podAnnotations('web')).toEqual({ ...ofKata, 'example.com/score': '7' });
      expect(await user.stored('pod', 'web')).toMatchObject({ spec: { nodeName } });
    });

    test('is not even asked about without annotations', async () => {
      const user = await withPod();
      const asked = await gate.requests();
      expectSilence(await bind(user, address));
      expect(await gate.requests()).toBe(asked);
    });
  });

  test('would carry into the pod what the API server refuses there, if nobody looked', async () => {
    const user = await withPod();
    const key = 'containerd.io/snapshot/overlaybd/record-trace-path';
    const onPod = await user.run(['annotate', 'pod', 'web', `${key}=/etc/passwd`]);
    expect(onPod.exitCode).toBe(1);
    await gate.whileConfigured({ ...config, mode: 'audit' }, async () => {
      expectSilence(await bind(user, 'pods/web/binding', { [key]: '/etc/passwd' }));
    });
    expect(await user.podAnnotations('web')).toEqual({ ...ofKata, [key]: '/etc/passwd' });
  });
});

describe("a pod's status", () => {
  const denied = 'admission webhook "status.pods.shimgate.dev" denied the request: ';

  /** Writes annotations where only a status should be written. */
  function patchStatus(user: KubectlUser, annotations: object | null, status: object = {}): Promise<ProgramResult> {
    const patch = JSON.stringify({ metadata: { annotations }, status });
    return user.run(['patch', 'pod', 'web', '--subresource=status', '--type=merge', `--patch=${patch}`]);
  }

  test.each<readonly [string, Readonly<Record<string, string | null>>, string]>([
    ['change a managed annotation', { [handlerKey]: 'runc' }, 'may not change from "kata-qemu" to "runc"'],
    ['take a managed annotation away', { [handlerKey]: null }, 'may not change from "kata-qemu" to nothing'],
    [
      'add a guarded annotation',
      { 'io.katacontainers.config.hypervisor.path': '/bin/sh' },
      'io.katacontainers.config.hypervisor.path is not allowed for runtime "kata-qemu"',
    ],
    ['add a value that is not allowed', { [kernel]: '/boot/../bin/sh' }, 'may not be "/boot/../bin/sh"'],
  ])('may not %s', async (_, annotations, refusal) => {
    const user = await withPod();
    const { exitCode, stderr } = await patchStatus(user, annotations);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(denied);
    expect(stderr).toContain(refusal);
    expect(await user.podAnnotations('web')).toEqual(ofKata);
  });

  test("may add a value that the runtime allows, and what is nobody's business", async () => {
    const user = await withPod();
    const annotations = { [kernel]: '/boot/vmlinuz', note: 'x' };
    expect(await patchStatus(user, annotations)).toEqual(done(['pod/web patched']));
    expect(await user.podAnnotations('web')).toEqual({ ...ofKata, ...annotations });
  });

  test('is written without asking shimgate where annotations stay', async () => {
    const user = await withPod();
    const asked = await gate.requests();
    expect(await patchStatus(user, {}, { message: 'starting' })).toEqual(done(['pod/web patched']));
    expect(await gate.requests()).toBe(asked);
    expect(await user.stored('pod', 'web')).toMatchObject({ status: { message: 'starting' } });
  });

  test('is written of a pod that is older than the rule and carries a guarded annotation', async () => {
    const user = await gate.userIn('older');
    const annotations = { 'run.oci.handler': 'krun' };
    await gate.whileConfigured({ ...config, mode: 'audit' }, async () => {
      expectSilence(await user.apply(pod('web', { annotations })));
    });
    expect(await patchStatus(user, { note: 'x' }, { message: 'starting' })).toEqual(done(['pod/web patched']));
    expect(await user.podAnnotations('web')).toEqual({ ...annotations, note: 'x' });
  });
});

test('an ephemeral container and a resize cannot change annotations: the API server leaves them as they were', async () => {
  const user = await gate.userIn('subresources');
  const { spec, ...rest } = pod('web', { runtimeClassName: 'kata' });
  const requesting = (cpu: string) => ({ name: 'main', image: 'sample', resources: { requests: { cpu } } });
  expectSilence(await user.apply({ ...rest, spec: { ...spec, containers: [requesting('50m')] } } as Manifest));
  const asked = await gate.requests();
  const debug = ['debug', 'web', '--image=sample', '--container=debugger', '--attach=false'];
  expect(await user.run(debug)).toEqual(done([]));
  const second = { name: 'second', image: 'sample', terminationMessagePolicy: 'File', imagePullPolicy: 'Always' };
  for (const [subresource, changed] of [
    ['ephemeralcontainers', { ephemeralContainers: [second] }],
    ['resize', { containers: [requesting('100m')] }],
  ] as const) {
    const metadata = { annotations: { [kernel]: '/bin/sh', [handlerKey]: 'runc', note: 'x' } };
    const patch = JSON.stringify({ metadata, spec: changed });
    expect(await user.run(['patch', 'pod', 'web', `--subresource=${subresource}`, `--patch=${patch}`])).toEqual(
      done(['pod/web patched']),
    );
  }
  const { spec: stored } = await user.stored<StoredPod>('pod', 'web');
  expect(stored.ephemeralContainers?.map(({ name }) => name).toSorted()).toEqual(['debugger', 'second']);
  expect(stored).toMatchObject({ containers: [{ resources: { requests: { cpu: '100m' } } }] });
  expect(await user.podAnnotations('web')).toEqual(ofKata);
  expect(await gate.requests()).toBe(asked);
});

test('annotations that shimgate would make larger than the API server takes are refused with its own words', async () => {
  const user = await gate.userIn('large');
  const create = (bytes: number) =>
    user.run(['create', '--filename=-'], {
      input: JSON.stringify(pod('web', { runtimeClassName: 'gvisor', annotations: { note: 'x'.repeat(bytes - 4) } })),
    });
  const written = Object.entries({ [handlerKey]: 'runsc', ...gvisor.annotations }).reduce(
    (sum, [key, value]) => sum + key.length + value.length,
    0,
  );
  expect(await create(262_144)).toEqual(
    refused(
      `${deniedFromStdin}Pod ${user.namespace}/web: with those that shimgate writes, its annotations have ${262_144 + written} ` +
        `bytes, and the API server takes 262144. [AnnotationsTooLarge] Make them shorter, by ${written} bytes at least.`,
    ),
  );
  expect(await create(262_144 - written)).toEqual(done(['pod/web created']));
});
