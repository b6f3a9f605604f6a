import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import data from '../../../src/shim/guarded-annotations.json' with { type: 'json' };
import { guardedKey, isHarmlessKey, isSafeValue, plainGuardedKeys } from '../../../src/shim/guarded-keys.ts';
import { pathMatch } from '../../../src/shim/path-match.ts';

const hypervisor = 'io.katacontainers.config.hypervisor.';

const listed = Object.values(data.guarded).flat();

/** A key that an entry covers. */
const exampleOf = (pattern: string) => pattern.replaceAll('*', 'x');

describe('the list', () => {
  test('has each key once, and says of each why and where that was read', () => {
    expect(new Set(listed.map(({ key }) => key)).size).toBe(listed.length);
    expect(listed.filter(({ why, source }) => why.trim() === '' || source.trim() === '')).toEqual([]);
    expect(listed).toHaveLength(218);
  });

  test('says of no key but its own how its value is read, and of none twice', () => {
    const keys = Object.values(data.readAs).flat();
    expect(keys.filter((key) => !listed.some((entry) => entry.key === key))).toEqual([]);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('has no key that is guarded and harmless', () => {
    expect(listed.filter(({ key }) => data.harmless.includes(key))).toEqual([]);
  });

  test('begins each key with enough that is literal to be looked up by', () => {
    expect(listed.filter(({ key }) => key.replace(/\*.*$/, '').length < 4)).toEqual([]);
  });

  test.each(listed)('$key covers what it says, and no other entry is nearer to it', ({ key }) => {
    expect(guardedKey(exampleOf(key))?.pattern).toBe(key);
  });
});

describe('a key is guarded', () => {
  test.each<readonly [string, string, string, string]>([
    ['as it is', `${hypervisor}path`, `${hypervisor}path`, 'path'],
    ['as it is, before a prefix that covers it too', 'run.oci.hooks.stdout', 'run.oci.hooks.stdout', 'path'],
    ['by a prefix', 'run.oci.new', 'run.oci.*', 'text'],
    ['by the longest prefix', 'dev.gvisor.internal.seccomp.main', 'dev.gvisor.internal.seccomp.*', 'text'],
    ['by the prefix itself', 'io.katacontainers.pkg.', 'io.katacontainers.pkg.*', 'text'],
    ['by a prefix with a slash', 'devices.nri.io/container.main', 'devices.nri.io*', 'text'],
    ['by a glob, for a path that is not known yet', `${hypervisor}new_path_of_it`, `${hypervisor}*path*`, 'path'],
    ['by a glob, for arguments', `${hypervisor}swtpm_extra_args`, `${hypervisor}*args*`, 'list'],
    [
      'by a glob, for a section',
      'io.katacontainers.config.runtime.vmm_name',
      'io.katacontainers.config.runtime.*_name',
      'text',
    ],
    ['by a glob in the middle', 'dev.gvisor.spec.mount.cache.source', 'dev.gvisor.spec.mount.*.source', 'path'],
    ['whose value is a list', `${hypervisor}virtio_fs_extra_args`, `${hypervisor}virtio_fs_extra_args`, 'list'],
    ['that only a binding can carry', 'containerd.io/snapshot/nydus', 'containerd.io/snapshot/*', 'text'],
  ])('%s: %j', (_, key, pattern, form) => {
    expect(guardedKey(key)).toMatchObject({ pattern, form });
  });
});

describe('a key is not guarded', () => {
  test.each<readonly [string, string]>([
    ['that is harmless', `${hypervisor}default_vcpus`],
    ['that is harmless, though a prefix begins like it', 'dev.gvisor.spec.mount.cache.type'],
    ['that another policy judges', 'io.kubernetes.cri.untrusted-workload'],
    ['that only ends like one', `x.${hypervisor}path`],
    ['that only begins like one', 'io.katacontainers.config_path.x'],
    ['of another case, which its reader would not take', `${hypervisor}Path`.toUpperCase()],
    ['of a family, with nothing of the family in its name', `${hypervisor}colour`],
    ['that a glob would have to cross a slash for', `${hypervisor}x/path`],
    ['that is empty', ''],
    ['that is short', 'io'],
    ['that is on every prototype', 'constructor'],
    ['that is on every prototype, too', '__proto__'],
    ['of everyday life', 'kubectl.kubernetes.io/last-applied-configuration'],
  ])('%s: %j', (_, key) => {
    expect(guardedKey(key)).toBeUndefined();
  });

  test('where it is known to need no guarding', () => {
    expect(data.harmless.filter((key) => guardedKey(key) !== undefined || !isHarmlessKey(key))).toEqual([]);
    expect(isHarmlessKey(`${hypervisor}path`)).toBe(false);
  });
});

describe('a value that protects needs no permission:', () => {
  const runtime = 'io.katacontainers.config.runtime.';

  test.each<readonly [string, string, boolean]>([
    [`${runtime}disable_guest_seccomp`, 'false', true],
    [`${runtime}disable_guest_seccomp`, 'F', true],
    [`${runtime}disable_guest_seccomp`, '0', true],
    [`${runtime}disable_guest_seccomp`, 'true', false],
    [`${runtime}disable_guest_seccomp`, 'fALSE', false],
    [`${runtime}disable_guest_seccomp`, '', false],
    [`${runtime}disable_guest_seccomp`, ' false', false],
    [`${runtime}sandbox_cgroup_only`, 'true', true],
    [`${runtime}sandbox_cgroup_only`, 'false', false],
    [`${runtime}disable_new_netns`, 'false', true],
    [`${hypervisor}cold_plug_vfio`, 'no-port', true],
    [`${hypervisor}cold_plug_vfio`, 'root-port', false],
    [`${hypervisor}rootless`, 'true', true],
    [`${hypervisor}kernel`, 'false', false],
    ['microsoft.com/hostprocess-container', 'false', true],
    ['microsoft.com/disable-hostprocess-container', 'false', false],
    ['com.urunc.unikernel.mountRootfs', 'false', true],
  ])('%s: %j: %j', (key, value, isSafe) => {
    const guarded = guardedKey(key);
    expect(guarded !== undefined && isSafeValue(guarded, value)).toBe(isSafe);
  });
});

test('what guests enforce is decided alike', () => {
  const keys = [
    'io.katacontainers.config.agent.policy',
    `${hypervisor}cc_init_data`,
    'io.katacontainers.config.runtime.cc_init_data',
    'io.microsoft.virtualmachine.lcow.securitypolicy',
    'io.microsoft.virtualmachine.wcow.securitypolicy',
  ];
  expect(keys.filter((key) => guardedKey(key) === undefined)).toEqual([]);
});

describe('a key that is longer than any that Kubernetes takes', () => {
  test('is guarded where a rule begins as it does, and nobody reads the rest', () => {
    const long = 'x'.repeat(400);
    expect(guardedKey(`${hypervisor}${long}`)?.pattern).toBe(`${hypervisor}*path*`);
    expect(guardedKey(`run.oci.${long}`)?.pattern).toBe('run.oci.*');
    expect(guardedKey(`example.com/${long}`)).toBeUndefined();
  });
});

test('each reason names versions where they differ, and each safe value is one that a reader takes', () => {
  const ofKata = listed.filter(({ key }) => key.startsWith('io.katacontainers.') && !/[*]|pkg|enable_pprof/.test(key));
  expect(ofKata.filter((entry) => !('versions' in entry)).map(({ key }) => key)).toEqual([]);
});

test('the plain keys are those without an asterisk', () => {
  expect(plainGuardedKeys()).toEqual(listed.map(({ key }) => key).filter((key) => !key.includes('*')));
});

test('the index finds what going through the whole list finds', () => {
  const roots = listed.map(({ key }) => exampleOf(key));
  const key = fc.oneof(
    fc.constantFrom(...roots),
    fc.tuple(fc.constantFrom(...roots), fc.string({ maxLength: 6 })).map(([root, more]) => root + more),
    fc.tuple(fc.constantFrom(...roots), fc.nat(40)).map(([root, length]) => root.slice(0, length)),
    fc.string({ maxLength: 12 }),
  );
  fc.assert(
    fc.property(key, (one) => {
      const covers = listed.some(({ key: pattern }) => {
        const star = pattern.indexOf('*');
        if (star < 0) return pattern === one;
        if (star === pattern.length - 1) return one.startsWith(pattern.slice(0, -1));
        return pathMatch(pattern, one) === 'match';
      });
      const isExempt = isHarmlessKey(one);
      expect([one, guardedKey(one) !== undefined]).toEqual([one, covers && !isExempt]);
    }),
    { numRuns: 2000 },
  );
});
