import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import type { Finding } from '../../../../src/finding/finding.ts';
import { evaluate, type Verdict } from '../../../../src/policy/evaluate.ts';
import data from '../../../../src/shim/guarded-annotations.json' with { type: 'json' };
import { adviceFor } from '../../../../src/shim/guarded-advice.ts';
import { guardedKey } from '../../../../src/shim/guarded-keys.ts';
import { partsOf } from '../../../../src/shim/guarded-value.ts';
import { podCreation, podOf } from '../review-of.ts';
import type { World } from '../../../../src/policy/world.ts';
import { classOf, worldOf, type ConfigurationFields } from '../../../support/worlds/world-of.ts';

type Runtimes = NonNullable<ConfigurationFields['runtimes']>;

const classes = [classOf('vm', 'kata'), classOf('spin', 'spin', { declares: 'io.containerd.spin.v2' })];
const declared: Runtimes = { kata: { runtimeType: 'io.containerd.kata.v2' } };

function worldWith(runtimes: Runtimes): World {
  return worldOf({ configuration: { mode: 'enforce', injectedAnnotations: [], runtimes }, classes });
}

const before = worldWith(declared);

function judge(className: string | undefined, key: string, value: string, world = before): Verdict {
  return evaluate(podCreation('validating', podOf(className, { [key]: value })), 'validating', world);
}

function refusalOf({ findings }: Verdict): Finding {
  const refusal = findings.find(({ code }) => code === 'GuardedAnnotation');
  if (refusal === undefined) throw new Error('the annotation is not refused');
  return refusal;
}

/** Does what the fix says, letter by letter; undefined where it says nothing of the configuration. */
function follow(fix: string, runtimes: Runtimes): Runtimes | undefined {
  const told = /administrator add to runtimes\.([a-z-]+)(\.allowedAnnotations)?: (\{.*\})\.$/su.exec(fix);
  const [, name, below, text] = told ?? [];
  if (name === undefined || text === undefined) return undefined;
  const value = parse(text) as Readonly<Record<string, unknown>>;
  return {
    ...runtimes,
    [name]: { ...runtimes[name], ...(below === undefined ? value : { allowedAnnotations: value }) },
  };
}

const keys = [
  'io.katacontainers.config.hypervisor.kernel_params',
  'io.katacontainers.config.hypervisor.virtio_fs_extra_args',
  'io.katacontainers.config.hypervisor.kernel',
  'io.katacontainers.config.agent.kernel_modules',
  'io.katacontainers.config.runtime.sandbox_bind_mounts',
  'io.microsoft.virtualmachine.lcow.kernelbootoptions',
  'cdi.k8s.io/x',
  'dev.gvisor.flag.platform',
  'devices.noderesource.dev',
  'containerd.io/snapshot/x',
  'com.urunc.unikernel.block',
];

const values = [
  ...['/opt/a', '/opt/a,/opt/b', '/opt/a /opt/b', 'a', 'a b', 'a,b', 'a;b', '["x","y"]', '["x y"]', 'e1000 a=1;i915'],
  ...['C:\\drv\\x', 'C:/drv/x', 'nvidia.com/gpu=0', 'nvidia.com/gpu=0,nvidia.com/gpu=1', 'true', '', '*', '[x', '"q"'],
  ...['kbs:///a/b', 'a=http://h/p', 'a=cc_kbc::http://192.0.2.1:80', '/a/../b', '- path: /dev/fuse\n  type: c\n', 'ä'],
  ...[' /opt/a', '/opt/a ', 'a=[1]', 'à', '..', 'x'.repeat(200), 'y: {z}', "it's", '#', '\\', 'true, false', ' ', '?'],
];

const cases = keys.flatMap((key) => values.map((value) => [key, value] as const));

/** Values that nobody asked for. */
function neighboursOf(value: string): readonly string[] {
  return [
    `${value}x`,
    `x${value}`,
    `${value}/..`,
    `${value}/../../etc/x`,
    `${value}\u00a0init=/bin/sh`,
    `${value}\0`,
    'z',
  ];
}

function hasOnlyPartsOf(key: string, value: string, neighbour: string): boolean {
  const form = guardedKey(key)?.form ?? 'text';
  const parts = new Set(partsOf(form, value).map((part) => part.replaceAll('\\', '/')));
  return partsOf(form, neighbour).every((part) => parts.has(part.replaceAll('\\', '/')));
}

function checkAdvice(className: string | undefined, key: string, value: string): boolean {
  const refusal = refusalOf(judge(className, key, value));
  expect(refusal.fix).not.toMatch(/: \[\]/);
  const followed = follow(refusal.fix, declared);
  if (followed === undefined) return false;
  const after = worldWith(followed);
  expect([key, value, judge(className, key, value, after).decision]).toEqual([key, value, 'allow']);
  for (const neighbour of neighboursOf(value)) {
    if (hasOnlyPartsOf(key, value, neighbour)) continue;
    expect([key, neighbour, judge(className, key, neighbour, after).decision]).toEqual([key, neighbour, 'deny']);
  }
  return true;
}

describe('advice that is followed to the letter allows the value and nothing beside it:', () => {
  test.each(cases)('%s with %j', (key, value) => {
    checkAdvice('vm', key, value);
  });

  test('for most values there is some', () => {
    const kinds = cases.map(([key, value]) => adviceFor(guardedKey(key)?.form ?? 'text', value).kind);
    expect(kinds.filter((kind) => kind === 'globs').length).toBeGreaterThan(cases.length / 2);
  });

  test.each(['spin', undefined])('where the runtime of class %j is in no table', (className) => {
    expect(checkAdvice(className, 'run.oci.handler', 'wasm')).toBe(true);
  });

  test('whatever the value is', () => {
    const key = fc.constantFrom(
      ...Object.values(data.guarded)
        .flat()
        .map((entry) => entry.key.replaceAll('*', 'x')),
    );
    fc.assert(
      fc.property(key, fc.string({ maxLength: 12 }), (one, value) => {
        fc.pre(judge('vm', one, value).decision === 'deny');
        checkAdvice('vm', one, value);
      }),
      { numRuns: 200 },
    );
  });
});

test('globs that can match nothing are not held out as advice', () => {
  const key = 'io.katacontainers.config.hypervisor.kernel_params';
  const kata = { runtimeType: 'io.containerd.kata.v2', allowedAnnotations: { [key]: ['quiet loglevel=3'] } };
  const { fix } = refusalOf(judge('vm', key, 'quiet loglevel=3', worldWith({ kata })));
  expect(follow(fix, { kata })?.['kata']?.allowedAnnotations).toEqual({ [key]: ['quiet', 'loglevel=3'] });
});

test('where no glob allows the value, the advice is to remove it, and says why', () => {
  const { fix } = refusalOf(judge('vm', 'io.katacontainers.config.hypervisor.kernel', '/opt/a/../../etc/x'));
  expect(fix).toBe('Remove the annotation: no glob allows a value that has a "." or ".." segment.');
});

test('where the globs would not fit into a message, they are not cut', () => {
  const { fix } = refusalOf(judge('vm', 'io.katacontainers.config.agent.policy', 'x'.repeat(5000)));
  expect(fix).toBe(
    'Remove the annotation, or have an administrator add its key to runtimes.kata.allowedAnnotations, with globs over its value.',
  );
});
