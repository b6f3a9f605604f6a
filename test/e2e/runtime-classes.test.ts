import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { ProgramResult } from '../support/processes/run-program.ts';
import { eventually } from '../support/eventually.ts';
import { GatedCluster } from './scenarios/gated-cluster.ts';
import { expectSilence, type KubectlUser } from './scenarios/kubectl-user.ts';
import { pod, runtimeClass, type Manifest } from '../support/cluster/manifests.ts';
import { done, refused } from './scenarios/outcomes.ts';
import { gvisor, runtimes } from './scenarios/sandbox-runtimes.ts';
import { metric } from '../support/installation/webhook-pages.ts';

const config = { mode: 'enforce', runtimes, runtimeClassDeletion: 'allow' };
const declaredType = 'shimgate.dev/declared-runtime-type';

jest.setTimeout(120_000);

let gate: GatedCluster;

beforeAll(async () => {
  gate = await GatedCluster.start(config);
}, 15 * 60_000);

afterAll(async () => {
  await gate.stop();
});

/** A name that is a path, and what is said of it. */
const paths: readonly (readonly [string, string])[] = [
  ['/bin/sh', '"/bin/sh" is an absolute path: containerd would run that file on the host as root. [AbsolutePath]'],
  ['../x', '"../x" is a relative path, not a shim name. [RelativePath]'],
  ['my/io.containerd.runc.v2', '"my/io.containerd.runc.v2" is a relative path, not a shim name. [RelativePath]'],
  ['C:\\x.exe', '"C:\\\\x.exe" is a path on a Windows node: containerd would run that file on the host. [WindowsPath]'],
];

const claimFix = 'Declare a shim name, as io.containerd.kata.v2, or remove the annotation.';

describe.each(['enforce', 'warn', 'audit'])('in mode %s', (mode) => {
  test('a class whose handler is a path is refused for that reason, before the API server names its pattern', async () => {
    const user = await gate.userIn('paths');
    await inMode(mode, async () => {
      for (const [handler, reason] of paths) {
        const reasons = `handler: ${reason} Set handler to a runtime from the configuration, such as "kata-qemu".`;
        expect(await user.apply(runtimeClass('bad', handler))).toEqual(invalid('bad', reasons));
      }
    });
    expect(await user.run(['get', 'runtimeclass', 'bad', '--ignore-not-found'])).toEqual(done([]));
  });

  test('a class that declares its shim by path is refused, new or changed into one', async () => {
    const user = await gate.userIn('claims');
    const good = runtimeClass('wasm', 'wasmtime', { annotations: { [declaredType]: 'io.containerd.wasmtime.v1' } });
    await inMode(mode, async () => {
      expectSilence(await user.apply(good));
      for (const [path, reason] of paths) {
        const text = `metadata.annotations[${declaredType}]: ${reason} ${claimFix}`;
        const bad = runtimeClass('bad', 'wasmtime', { annotations: { [declaredType]: path } });
        expect(await user.apply(bad)).toEqual(invalid('bad', text));
        const annotate = ['annotate', 'runtimeclass', 'wasm', '--overwrite', `${declaredType}=${path}`];
        expect(await user.run(annotate)).toEqual(invalid('wasm', text));
      }
    });
    const { metadata } = await user.stored('runtimeclass', 'wasm');
    expect(metadata.annotations).toMatchObject({ [declaredType]: 'io.containerd.wasmtime.v1' });
    await gate.remove('runtimeclass', 'wasm');
  });
});

test('a class that declares a shim by name needs no table: its pods are told about that shim, with source class', async () => {
  const user = await gate.userIn('declared');
  const spin = runtimeClass('spin', 'spin', { annotations: { [declaredType]: 'io.containerd.spin.v2' } });
  expect(await user.apply(spin)).toEqual(done(['runtimeclass.node.k8s.io/spin created']));
  expect(await user.apply(pod('web', { runtimeClassName: 'spin' }))).toEqual(done(['pod/web created']));
  expect(await user.podAnnotations('web')).toEqual({
    'shimgate.dev/runtime-type': 'io.containerd.spin.v2',
    'shimgate.dev/shim-binary': 'containerd-shim-spin-v2',
    'shimgate.dev/source': 'class',
  });
});

test('a class is changed by deleting it and making it anew: new pods get the new shim, old ones keep theirs', async () => {
  const user = await gate.userIn('changed');
  expectSilence(await user.apply(runtimeClass('sandbox', 'runsc'), pod('old', { runtimeClassName: 'sandbox' })));
  const changed = runtimeClass('sandbox', 'kata-qemu');
  expect((await user.apply(changed)).stderr).toContain('field is immutable');
  await gate.remove('runtimeclass', 'sandbox');
  expectSilence(await user.run(['label', 'pod', 'old', 'class=gone']));
  expectSilence(await user.apply(changed));

  const dryRun = ['create', '--dry-run=server', '--filename=-', '--output=jsonpath={.metadata.annotations}'];
  const input = JSON.stringify(pod('new', { runtimeClassName: 'sandbox' }));
  await eventually(async () => {
    expect((await user.run(dryRun, { input })).stdout).toContain(
      '"shimgate.dev/runtime-type":"io.containerd.kata-qemu.v2"',
    );
  });
  expectSilence(await user.apply(pod('new', { runtimeClassName: 'sandbox' })));
  expect(await user.podAnnotations('new')).toMatchObject({
    'shimgate.dev/runtime-type': 'io.containerd.kata-qemu.v2',
  });
  expectSilence(await user.run(['annotate', 'pod', 'old', 'note=still editable']));
  expect(await user.podAnnotations('old')).toEqual({ ...gvisor.annotations, note: 'still editable' });
});

describe('a class that was made a moment ago is known to the pod that follows it at once', () => {
  test('as often as that happens', async () => {
    const user = await gate.userIn('fresh');
    const rounds = ['a', 'b', 'c', 'd'].map((round) => namesOf(`fresh-${round}`));
    const created = await Promise.all(rounds.map((names) => createPairs(user, names)));
    for (const { exitCode, stderr } of created) expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    await expectGvisor(user, rounds.flat());
  });

  test('also where the watch has not brought the class, and it takes a look at the API server', async () => {
    const user = await gate.userIn('unseen');
    await whileClassesCannotBeWatched(async () => {
      const names = namesOf('unseen');
      expectSilence(await createPairs(user, names));
      await expectGvisor(user, names);
    });
  });
});

function namesOf(prefix: string): readonly string[] {
  return Array.from({ length: 10 }, (_, index) => `${prefix}-${index}`);
}

/** For each name a class, and at once a pod of it. */
function createPairs(user: KubectlUser, names: readonly string[]): Promise<ProgramResult> {
  return create(
    user,
    names.flatMap((name) => [runtimeClass(name, 'runsc'), pod(name, { runtimeClassName: name })]),
  );
}

async function expectGvisor(user: KubectlUser, names: readonly string[]): Promise<void> {
  for (const name of names) expect(await user.podAnnotations(name)).toEqual(gvisor.annotations);
}

type ClusterRole = {
  readonly rules: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[];
};

/** Takes the right to watch classes from shimgate and starts it anew: it then knows those only that were there. */
async function whileClassesCannotBeWatched(scenario: () => Promise<void>): Promise<void> {
  const admin = await gate.userIn('roles');
  const { rules } = await admin.stored<ClusterRole>('clusterrole', gate.installation.release);
  const replaceRules = async (replaced: ClusterRole['rules']) => {
    const patch = JSON.stringify({ rules: replaced });
    expectSilence(
      await admin.run(['patch', 'clusterrole', gate.installation.release, '--type=merge', '--patch', patch]),
    );
    await gate.restartWebhook();
  };
  await replaceRules(
    rules.map((rule) => (rule.resources.includes('runtimeclasses') ? { ...rule, verbs: ['get', 'list'] } : rule)),
  );
  try {
    await eventually(async () => {
      const staleness = await metric(gate.webhook, 'shimgate_cache_staleness_seconds', { kind: 'RuntimeClass' });
      expect(staleness).toBeGreaterThan(0);
    });
    await scenario();
  } finally {
    await replaceRules(rules);
  }
}

/** `kubectl create -f -` of a list: one object after the other, without the look at what is there that apply takes. */
function create(user: KubectlUser, items: readonly Manifest[]): Promise<ProgramResult> {
  return user.run(['create', '--filename=-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
}

async function inMode(mode: string, scenario: () => Promise<void>): Promise<void> {
  await (mode === config.mode ? scenario() : gate.whileConfigured({ ...config, mode }, scenario));
}

function invalid(name: string, reasons: string): ProgramResult {
  return refused(`The RuntimeClass "${name}" is invalid: ${reasons}`);
}
