import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { GatedCluster } from './scenarios/gated-cluster.ts';
import { expectSilence, type KubectlUser } from './scenarios/kubectl-user.ts';
import { pod, workload } from '../support/cluster/manifests.ts';
import { deniedFromStdin, done, refused } from './scenarios/outcomes.ts';
import { kata, runtimes } from './scenarios/sandbox-runtimes.ts';

const hypervisor = 'io.katacontainers.config.hypervisor.';
const path = `${hypervisor}path`;
const kernel = `${hypervisor}kernel`;
const extraArgs = `${hypervisor}virtio_fs_extra_args`;
const kernels = '/opt/kata/share/kernels/*';

const allowedAnnotations = { [kernel]: [kernels], [extraArgs]: ['--thread-pool-size=*'] };
const config = {
  mode: 'enforce',
  runtimes: { ...runtimes, 'kata-qemu': { ...runtimes['kata-qemu'], allowedAnnotations } },
};

const isBinary = 'names the hypervisor binary that the host runs as root';
const isKernel = "names a host file that is booted as the guest's kernel";
const useListed = `[GuardedAnnotation] Use a value that runtimes.kata-qemu.allowedAnnotations lists for it: "${kernels}".`;

jest.setTimeout(120_000);

let gate: GatedCluster;

beforeAll(async () => {
  gate = await GatedCluster.start(config);
  expectSilence(await (await gate.userIn('classes')).apply(kata.manifest));
}, 15 * 60_000);

afterAll(async () => {
  await gate.stop();
});

const chainOf = ({ namespace }: KubectlUser, object = `Pod ${namespace}/web`) =>
  `${object} -> RuntimeClass "kata" -> handler "kata-qemu" -> shim "io.containerd.kata-qemu.v2"`;

const ofKata = (annotations: Readonly<Record<string, string>>) => pod('web', { runtimeClassName: 'kata', annotations });

/** What is said of the hypervisor's path, which no runtime allows. */
function pathRefusal(user: KubectlUser, value: string, object?: string): string {
  return (
    `${chainOf(user, object)}: annotation ${path} is not allowed for runtime "kata-qemu" (${isBinary}). [GuardedAnnotation] ` +
    `Remove the annotation, or have an administrator add to runtimes.kata-qemu.allowedAnnotations: {${path}: ["${value}"]}.`
  );
}

function kernelRefusal(user: KubectlUser, value: string, why = ''): string {
  return `${chainOf(user)}: annotation ${kernel} may not be "${value}" for runtime "kata-qemu"${why} (${isKernel}). ${useListed}`;
}

describe('a new pod', () => {
  test('is denied with an annotation that its runtime does not allow', async () => {
    const user = await gate.userIn('path');
    expect(await user.apply(ofKata({ [path]: '/bin/sh' }))).toEqual(
      refused(`${deniedFromStdin}${pathRefusal(user, '/bin/sh')}`),
    );
  });

  test('is let in with a key and a value that its runtime allows', async () => {
    const user = await gate.userIn('allowed');
    const annotations = { [kernel]: '/opt/kata/share/kernels/vmlinux', [extraArgs]: '["--thread-pool-size=1"]' };
    expect(await user.apply(ofKata(annotations))).toEqual(done(['pod/web created']));
    expect(await user.podAnnotations('web')).toEqual({ ...kata.annotations, ...annotations });
  });

  test.each([
    ['/opt/kata/../../bin/sh', ', since it has a "." or ".." segment'],
    ['/opt/kata/share/kernels/..', ', since it has a "." or ".." segment'],
    ['/opt/kata/share/kernels//vmlinux', ', since it has a doubled slash'],
    ['opt/kata/share/kernels/vmlinux', ', since it is no absolute path'],
    ['/bin/sh', ''],
  ])('is denied with the kernel %s', async (value, why) => {
    const user = await gate.userIn('kernel');
    expect(await user.apply(ofKata({ [kernel]: value }))).toEqual(
      refused(`${deniedFromStdin}${kernelRefusal(user, value, why)}`),
    );
  });

  test('is denied with several, and each is told', async () => {
    const user = await gate.userIn('several');
    const { exitCode, stderr } = await user.apply(ofKata({ [path]: '/bin/sh', [kernel]: '/bin/sh' }));
    expect(exitCode).toBe(1);
    expect(stderr).toBe(`${deniedFromStdin}\n- ${kernelRefusal(user, '/bin/sh')}\n- ${pathRefusal(user, '/bin/sh')}\n`);
  });

  test('is denied with an argument beside allowed ones', async () => {
    const user = await gate.userIn('argument');
    const { exitCode, stderr } = await user.apply(ofKata({ [extraArgs]: '["--thread-pool-size=1","-o","source=/"]' }));
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      `annotation ${extraArgs} may not be "[\\"--thread-pool-size=1\\",\\"-o\\",\\"source=/\\"]"`,
    );
  });

  test('is let in with a value that keeps a protection on', async () => {
    const user = await gate.userIn('safe');
    const annotations = { 'io.katacontainers.config.runtime.disable_guest_seccomp': 'false' };
    expect(await user.apply(ofKata(annotations))).toEqual(done(['pod/web created']));
  });

  test('is let in, with one warning, with annotations that do not reach its shim', async () => {
    const user = await gate.userIn('not-passed');
    const annotations = { 'dev.gvisor.flag.host-uds': 'all', 'dev.gvisor.spec.mount.cache.type': 'tmpfs' };
    expect(await user.apply(ofKata(annotations))).toEqual({
      exitCode: 0,
      stdout: 'pod/web created\n',
      stderr:
        `Warning: Pod ${user.namespace}/web: 2 annotations do not reach the shim. ` +
        '[PodAnnotationNotPassed] Remove them, or have them passed on.\n',
    });
  });

  test('without a class is judged by the default runtime', async () => {
    const user = await gate.userIn('no-class');
    const key = 'devices.nri.io/container.main';
    expect(await user.apply(pod('web', { annotations: { [key]: 'all' } }))).toEqual(
      refused(
        `${deniedFromStdin}Pod ${user.namespace}/web -> default runtime "runc" -> shim "io.containerd.runc.v2": annotation ` +
          `${key} is not allowed for runtime "runc" (device nodes (path, major, minor) that the device-injector plugin of NRI ` +
          'gives the container). [GuardedAnnotation] Remove the annotation, or have an administrator add to ' +
          `runtimes.runc: {runtimeType: "io.containerd.runc.v2", allowedAnnotations: {${key}: ["all"]}}.`,
      ),
    );
  });

  test('without a class and with harmless annotations only is not even asked about', async () => {
    const user = await gate.userIn('plain');
    const before = await gate.requests({ resource: 'pods' });
    const annotations = { 'prometheus.io/scrape': 'true', note: '/bin/sh', 'cni.projectcalico.org/ipAddrs': '[]' };
    expect(await user.apply(pod('web', { annotations }))).toEqual(done(['pod/web created']));
    expect(await gate.requests({ resource: 'pods' })).toBe(before);
  });

  test('is judged however many annotations it has', async () => {
    const user = await gate.userIn('many');
    // As many as the API server takes: 262144 bytes of keys and values, of which kubectl apply would need half.
    const many = Object.fromEntries(Array.from({ length: 30_000 }, (_, index) => [`a${index}`, '']));
    const create = (annotations: Readonly<Record<string, string>>) =>
      user.run(['create', '--filename=-'], { input: JSON.stringify(pod('web', { annotations })) });
    const denied = await create({ ...many, 'run.oci.handler': 'krun' });
    expect(denied.exitCode).toBe(1);
    expect(denied.stderr).toContain('annotation run.oci.handler is not allowed for runtime "runc"');
    expect(await create(many)).toEqual(done(['pod/web created']));
  });
});

test('a template is warned about, and its pods are denied', async () => {
  const user = await gate.userIn('template');
  const choice = { runtimeClassName: 'kata', annotations: { [path]: '/bin/sh' } };
  const { exitCode, stdout, stderr } = await user.apply(workload('Deployment', 'web', choice));
  expect([exitCode, stdout]).toEqual([0, 'deployment.apps/web created\n']);
  expect(stderr).toBe(
    `Warning: Deployment ${user.namespace}/web (spec.template): annotation ${path} is not allowed. ` +
      '[GuardedAnnotation] Remove it, or have it allowed in runtimes.kata-qemu.allowedAnnotations.\n',
  );
});

describe('a pod that runs', () => {
  test('may not get an annotation that its runtime does not allow', async () => {
    const user = await gate.userIn('later');
    expectSilence(await user.apply(ofKata({})));
    const annotated = await user.run(['annotate', 'pod', 'web', `${path}=/bin/sh`]);
    expect(annotated.exitCode).toBe(1);
    expect(annotated.stderr).toContain(pathRefusal(user, '/bin/sh'));
    expect(await user.run(['annotate', 'pod', 'web', `${kernel}=/opt/kata/share/kernels/a`])).toEqual(
      done(['pod/web annotated']),
    );
  });

  test('and is older than the rule goes on, and may lose the annotation but not change it', async () => {
    const user = await gate.userIn('older');
    await gate.whileConfigured({ ...config, mode: 'audit' }, async () => {
      expectSilence(await user.apply(ofKata({ [path]: '/bin/sh' })));
    });
    const patch = (change: object) => user.run(['patch', 'pod', 'web', `--patch=${JSON.stringify(change)}`]);
    expect(await user.run(['label', 'pod', 'web', 'seen=yes'])).toEqual(done(['pod/web labeled']));
    expect(await user.run(['annotate', 'pod', 'web', 'note=new'])).toEqual(done(['pod/web annotated']));
    expect(await patch({ metadata: { finalizers: ['example.com/f'] } })).toEqual(done(['pod/web patched']));
    expect(await patch({ metadata: { finalizers: null } })).toEqual(done(['pod/web patched']));
    const changed = await user.run(['annotate', 'pod', 'web', '--overwrite', `${path}=/bin/bash`]);
    expect(changed.stderr).toContain(pathRefusal(user, '/bin/bash'));
    expect(await user.run(['annotate', 'pod', 'web', `${path}-`])).toEqual(done(['pod/web annotated']));
    expect(await user.podAnnotations('web')).toEqual({ ...kata.annotations, note: 'new' });
    const back = await user.run(['annotate', 'pod', 'web', `${path}=/bin/sh`]);
    expect(back.stderr).toContain(pathRefusal(user, '/bin/sh'));
  });

  test('and carries one goes with all others when a collection is deleted', async () => {
    const user = await gate.userIn('collection');
    await gate.whileConfigured({ ...config, mode: 'audit' }, async () => {
      const choice = { runtimeClassName: 'kata', annotations: { [path]: '/bin/sh' } };
      expectSilence(await user.apply(...['one', 'two', 'three'].map((name) => pod(name, choice))));
    });
    expectSilence(await user.run(['delete', 'pods', '--all', '--timeout=30s']));
    expect((await user.run(['get', 'pods', '--output=name'])).stdout).toBe('');
  });
});

test("a node's mirror pod is reported, and not denied", async () => {
  const node = 'mirror-node';
  const user = await gate.userIn('mirror');
  const nodeObject = { apiVersion: 'v1', kind: 'Node', metadata: { name: node } };
  expectSilence(await user.apply(nodeObject));
  const uid = (await user.stored<{ readonly metadata: { readonly uid: string } }>('node', node)).metadata.uid;
  const { metadata, spec, ...type } = pod('web', {
    annotations: { 'kubernetes.io/config.mirror': '1', 'run.oci.handler': 'krun' },
  });
  const owner = { apiVersion: 'v1', kind: 'Node', name: node, uid, controller: true };
  const mirror = { ...type, metadata: { ...metadata, ownerReferences: [owner] }, spec: { ...spec, nodeName: node } };
  const kubelet = { as: { user: `system:node:${node}`, groups: ['system:nodes'] } };
  const made = await user.run(['create', '--filename=-'], { input: JSON.stringify(mirror), ...kubelet });
  expect([made.exitCode, made.stdout]).toEqual([0, 'pod/web created\n']);
  expect(made.stderr).toMatch(
    /^Warning: Pod \S+: annotation run\.oci\.handler is not allowed\. \[GuardedAnnotation\] Remove it/,
  );
  const forged = await user.run(['create', '--filename=-'], {
    input: JSON.stringify({ ...mirror, metadata: { ...mirror.metadata, name: 'forged', ownerReferences: [] } }),
  });
  expect(forged.exitCode).toBe(1);
  expect(forged.stderr).toContain('annotation run.oci.handler is not allowed for runtime "runc"');
  await gate.remove('node', node);
});
