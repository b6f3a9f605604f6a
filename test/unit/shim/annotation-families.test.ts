import { describe, expect, test } from '@jest/globals';
import { annotationFamily, reachesReader } from '../../../src/shim/annotation-families.ts';
import data from '../../../src/shim/guarded-annotations.json' with { type: 'json' };
import { guardedKey, isHarmlessKey } from '../../../src/shim/guarded-keys.ts';

/** A key that a pattern means: what follows a domain begins with a slash. */
const exampleOf = (pattern: string) => pattern.replace(/(\.dev|\.io)\*$/, '$1/x').replaceAll('*', 'x');
const listed = Object.values(data.guarded).flat();

describe('a family', () => {
  test.each(listed)('has the guarded key $key', ({ key }) => {
    expect(annotationFamily(exampleOf(key))).toBeDefined();
  });

  test('has each harmless key that a shim reads', () => {
    // Not about runtimes, and listed because rules of the list would have them.
    const others = ['kubernetes.io/ingress-bandwidth', 'prometheus.io/scrape', 'org.opencontainers.image.stopSignal'];
    const without = data.harmless.filter((key) => annotationFamily(key) === undefined);
    expect(without.filter((key) => !others.includes(key))).toEqual([]);
  });

  test.each<readonly [string, string]>([
    ['io.katacontainers.hypervisor.kernel_params', 'Kata Containers'],
    ['com.github.containers.virtcontainers.KernelPath', 'Kata Containers 1.x and its forks'],
    ['com.urunc.unikernel.new', 'urunc'],
    ['devices.crio.io/main', 'CRI-O'],
    ['devices.crio.io', 'CRI-O'],
    ['bundle', 'runc, systemd and CRIU'],
    ['devices.nri.io/container.main', 'plugins of NRI'],
  ])('of %s is %s', (key, name) => {
    expect(annotationFamily(key)?.name).toBe(name);
  });

  test.each([
    '',
    'bundles',
    'bundle.x',
    'prometheus.io/scrape',
    'crio.io.example.com/x',
    'io.katacontainersx.y',
    'x/devices.crio.io',
    'IO.katacontainers.config.hypervisor.kernel',
  ])('is none of %j', (key) => {
    expect(annotationFamily(key)).toBeUndefined();
  });
});

/** Globs and keys in pod_annotations of public installers, documents and node images, each as it stands there. */
const passedInPublic: readonly (readonly [glob: string, where: string])[] = [
  ['io.katacontainers.*', 'kata-containers kata-deploy, and most guides'],
  ['dev.gvisor.*', 'gVisor user guide; node images of several providers'],
  ['com.urunc.unikernel.*', 'urunc docs/installation.md'],
  ['zeropod.ctrox.dev/ports-map', 'ctrox/zeropod, cmd/installer'],
  ['zeropod.ctrox.dev/container-names', 'ctrox/zeropod, cmd/installer'],
  ['zeropod.ctrox.dev/scaledown-duration', 'ctrox/zeropod, cmd/installer'],
  ['zeropod.ctrox.dev/disable-checkpointing', 'ctrox/zeropod, cmd/installer'],
  ['zeropod.ctrox.dev/pre-dump', 'ctrox/zeropod, cmd/installer'],
  ['zeropod.ctrox.dev/migrate', 'ctrox/zeropod, cmd/installer'],
  ['zeropod.ctrox.dev/live-migrate', 'ctrox/zeropod, cmd/installer'],
  ['com.github.containers.virtcontainers.sandbox_cpu', 'openEuler, secure containers with containerd'],
  ['com.github.containers.virtcontainers.sandbox_mem', 'openEuler'],
  ['com.github.containers.virtcontainers.static_devices', 'openEuler'],
  ['com.github.containers.virtcontainers.sandbox_drivers', 'openEuler'],
  ['com.github.containers.virtcontainers.boot_cgroup', 'openEuler'],
  ['com.github.containers.virtcontainers.storage_spec', 'openEuler, container_annotations'],
  ['module.wasm.image/*', 'crun with WasmEdge on containerd'],
  ['module.wasm.image/variant.*', 'crun with WasmEdge on containerd'],
  ['run.oci.handler', 'crun with WasmEdge on containerd'],
  ['io.microsoft.virtualmachine.*', "containerd's own default, runhcs-wcow-hypervisor"],
  ['io.microsoft.container.*', "containerd's own default, container_annotations of runhcs"],
  ['org.systemd.property.*', 'CRI-O, default of allowed annotations'],
  ['io.kubernetes.cri-o.userns-mode', "CRI-O, workloads and Sysbox's installer"],
  ['io.kubernetes.cri-o.Devices', "CRI-O's workloads"],
];

/** Looked at: no runtime reads them, or none that is public. */
const passedAndHarmless: readonly string[] = [
  'io.kata-containers.*',
  'io.containerd.runtime.v2.task',
  'seccomp.security.alpha.kubernetes.io/*',
  'apparmor.security.beta.kubernetes.io/*',
  'io.kubernetes.container.terminationMessage*',
];

describe('what installers have containerd pass on', () => {
  test.each(passedInPublic)('is of a family whose readers are known: %s (%s)', (glob) => {
    const key = exampleOf(glob);
    expect(annotationFamily(key)?.reader).toBe('shim');
    expect(reachesReader(key, [glob])).toBe(true);
    expect(reachesReader(key, [])).toBe(false);
  });

  test.each(passedInPublic.filter(([glob]) => !glob.endsWith('*')))('is guarded or known to be harmless: %s', (key) => {
    expect([key, guardedKey(key) !== undefined || isHarmlessKey(key)]).toEqual([key, true]);
  });

  test.each(passedAndHarmless)('was looked at, and is neither: %s', (glob) => {
    expect([guardedKey(exampleOf(glob)), annotationFamily(exampleOf(glob))]).toEqual([undefined, undefined]);
  });

  test('is what the list of families says', () => {
    const said = data.families.flatMap(({ passed }) => passed);
    expect(said.filter((glob) => !passedInPublic.some(([one]) => one === glob))).toEqual([]);
  });
});

describe('an annotation reaches its reader', () => {
  test.each<readonly [string, string, readonly string[] | undefined, boolean]>([
    ['by a glob', 'dev.gvisor.flag.debug', ['x', 'dev.gvisor.*'], true],
    ['by no glob', 'dev.gvisor.flag.debug', ['io.katacontainers.*'], false],
    ['by no glob, of none', 'dev.gvisor.flag.debug', [], false],
    ['by no glob, since a star crosses no slash', 'module.wasm.image/variant', ['*'], false],
    ['as far as is known', 'dev.gvisor.flag.debug', undefined, true],
    ['on the node, whatever is passed on', 'devices.nri.io/container.main', [], true],
    ['in a snapshotter, whatever is passed on', 'containerd.io/snapshot/x', [], true],
    ['if anybody does', 'example.com/note', [], true],
    ['as far as is known, by a malformed glob', 'dev.gvisor.flag.debug', ['['], false],
    ['as far as anybody looks, with a key that Kubernetes refuses', `dev.gvisor.${'x'.repeat(400)}`, [], true],
  ])('%s: %s', (_, key, globs, expected) => {
    expect(reachesReader(key, globs)).toBe(expected);
  });
});
