import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { metric } from '../support/installation/webhook-pages.ts';
import { Installation } from '../support/installation/installation.ts';
import { eventually } from '../support/eventually.ts';
import { pod, runtimeClass } from '../support/cluster/manifests.ts';
import { runProgram } from '../support/processes/run-program.ts';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';
import { gvisor, kata, runtimes } from './scenarios/sandbox-runtimes.ts';

jest.setTimeout(120_000);

const config = {
  mode: 'enforce',
  undeclaredHandlers: 'deny',
  runtimes,
  namespaceRules: [{ namespaces: ['only-kata*'], allowedRuntimeClassNames: ['kata'] }],
  exemptions: { usernames: ['robot'] },
};

const program = path.join(import.meta.dirname, '../../dist/main.js');

let cluster: LeasedCluster;
let installation: Installation;
let admin: KubectlUser;
/** In it, nothing but the policy answers. */
let user: KubectlUser;

beforeAll(async () => {
  cluster = await LeasedCluster.lease();
  admin = await KubectlUser.inNewNamespace(cluster, 'classes');
  user = await KubectlUser.inNewNamespace(cluster, 'answered');
  await KubectlUser.inNewNamespace(cluster, 'only-kata');
  expectSilence(await admin.apply(gvisor.manifest, kata.manifest));
  installation = await Installation.install(cluster, {
    values: { config, replicas: 1, inProcess: { enabled: true } },
  });
  await eventually(async () => {
    expect(await condition()).toContain('"gvisor"');
  });
}, 15 * 60_000);

afterAll(async () => {
  await installation.stop();
  await cluster.release();
});

async function condition(): Promise<string> {
  const { webhooks = [] } = await admin.stored<{
    readonly webhooks?: readonly {
      readonly name: string;
      readonly matchConditions?: readonly { name: string; expression: string }[];
    }[];
  }>('validatingwebhookconfiguration', 'shimgate');
  const conditions = webhooks.find(({ name }) => name === 'pods.shimgate.dev')?.matchConditions ?? [];
  return conditions.find(({ name }) => name === 'not-right-already')?.expression ?? '';
}

/** How many calls of the entries for pods the API server has made. */
async function calls(): Promise<number> {
  const { stdout } = await cluster.kubectl(['get', '--raw', '/metrics']);
  const lines = stdout
    .split('\n')
    .filter(
      (line) =>
        line.startsWith('apiserver_admission_webhook_admission_duration_seconds_count') &&
        line.includes('name="pods.shimgate.dev"'),
    );
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

describe('an ordinary pod of a known class', () => {
  test('is created without a call, with the annotations of its class', async () => {
    const before = await calls();
    expectSilence(await user.apply(pod('web', { runtimeClassName: 'gvisor' })));
    expect(await user.podAnnotations('web')).toEqual(gvisor.annotations);
    const own = pod('own', { runtimeClassName: 'kata', annotations: { 'example.com/team': 'a' } });
    expectSilence(await user.apply(own));
    expect(await user.podAnnotations('own')).toEqual({ ...kata.annotations, 'example.com/team': 'a' });
    expect(await calls()).toBe(before);
  });

  test.each<readonly [string, object]>([
    [
      'spoofs an annotation',
      pod('spoofed', { runtimeClassName: 'gvisor', annotations: { 'shimgate.dev/source': 'me' } }),
    ],
    [
      'is for Windows',
      {
        ...pod('windows', { runtimeClassName: 'gvisor' }),
        spec: { ...pod('windows', { runtimeClassName: 'gvisor' }).spec, os: { name: 'windows' } },
      },
    ],
  ])('is sent where it %s', async (_, manifest) => {
    const before = await calls();
    const applied = await user.run(['apply', '--filename=-'], { input: JSON.stringify(manifest) });
    expect(applied.stderr).toContain('Warning: ');
    expect(await calls()).toBeGreaterThan(before);
  });

  test('is sent, and refused, where a rule of its namespace does not allow the class', async () => {
    const tenant = new KubectlUser(cluster, 'only-kata');
    expect((await tenant.apply(pod('web', { runtimeClassName: 'gvisor' }))).stderr).toContain(
      '[RuntimeClassNotAllowed]',
    );
    expectSilence(await tenant.apply(pod('allowed', { runtimeClassName: 'kata' })));
  });

  test('is sent where its author is exempt, and then nothing is written on it', async () => {
    const before = await calls();
    const robot = ['--as=robot', '--as-group=system:masters'];
    const input = JSON.stringify(pod('of-robot', { runtimeClassName: 'gvisor' }));
    expectSilence(await user.run([...robot, 'create', '--filename=-'], { input }));
    expect(await user.podAnnotations('of-robot')).toEqual({});
    expect(await calls()).toBeGreaterThan(before);
  });

  test('is sent where its annotations are judged', async () => {
    const guarded = pod('guarded', {
      runtimeClassName: 'kata',
      annotations: { 'io.katacontainers.config.hypervisor.path': '/x' },
    });
    expect((await user.apply(guarded)).stderr).toContain('[GuardedAnnotation]');
  });
});

describe('a class', () => {
  test('that is made anew with another handler waits until no answer is about it', async () => {
    expectSilence(await admin.apply(runtimeClass('short', 'runsc')));
    await eventually(async () => {
      expect(await condition()).toContain('"short"');
    });
    expectSilence(await cluster.kubectl(['delete', 'runtimeclass', 'short']));
    const other = runtimeClass('short', 'kata-qemu');
    const first = await admin.apply(other);
    if (first.exitCode !== 0) expect(first.stderr).toContain('[AnswersNotYetUpdated]');
    await eventually(async () => {
      expect((await admin.apply(other)).exitCode).toBe(0);
    });
    await eventually(async () => {
      expectSilence(await user.apply(pod('short', { runtimeClassName: 'short' })));
      expect(await user.podAnnotations('short')).toEqual(kata.annotations);
    });
  });
});

describe('without any replica', () => {
  test('ordinary pods of known classes are created with their annotations, and others refused', async () => {
    for (const running of installation.pods) await installation.stopPod(running);
    expectSilence(await user.apply(pod('alone', { runtimeClassName: 'kata' })));
    expect(await user.podAnnotations('alone')).toEqual(kata.annotations);
    const spoofed = pod('alone-spoofed', { runtimeClassName: 'kata', annotations: { 'shimgate.dev/source': 'me' } });
    expect((await user.apply(spoofed)).stderr).toContain('failed calling webhook');
    await installation.startPods();
  });
});

test('a replica that starts leaves the answers as they are', async () => {
  const generations = () =>
    Promise.all(
      (['mutatingwebhookconfiguration', 'validatingwebhookconfiguration'] as const).map(async (kind) => {
        const { metadata } = await admin.stored<{ readonly metadata: { readonly generation: number } }>(
          kind,
          'shimgate',
        );
        return metadata.generation;
      }),
    );
  const answered = () => {
    const [one] = installation.pods;
    return one === undefined ? 0 : metric(one, 'shimgate_in_process_classes', { state: 'answered' });
  };
  await eventually(async () => {
    expect(await condition()).toContain('"gvisor"');
  });
  const before = await generations();
  for (const running of installation.pods) await installation.stopPod(running);
  await installation.startPods();
  await eventually(async () => {
    expect(await answered()).toBeGreaterThan(1);
  });
  expect(await generations()).toEqual(before);
});

describe('an audit of the cluster', () => {
  /** What it says of the answers. */
  async function said(): Promise<readonly string[]> {
    const args = ['audit', '--config-map=shimgate/shimgate', '--output=json'];
    const { stdout } = await runProgram(process.execPath, [program, ...args], { env: cluster.env });
    const { findings } = JSON.parse(stdout) as {
      readonly findings: readonly { readonly code: string; readonly object: { readonly kind: string } }[];
    };
    return findings
      .filter(({ code }) => code.startsWith('Answers'))
      .map(({ code, object }) => `${code} ${object.kind}`);
  }

  test('says where the answers are not what they should be, and nothing once a replica has put them right', async () => {
    await eventually(async () => {
      expect(await said()).toEqual([]);
    });
    for (const running of installation.pods) await installation.stopPod(running);
    const variable = { op: 'replace', path: '/spec/variables/0/expression', value: '{"kata": {"a": "b"}}["kata"]' };
    const change = ['--type=json', `--patch=${JSON.stringify([variable])}`];
    expectSilence(await cluster.kubectl(['patch', 'mutatingadmissionpolicy', 'shimgate', ...change]));
    expectSilence(await cluster.kubectl(['delete', 'validatingadmissionpolicybinding', 'shimgate']));
    expect(await said()).toEqual([
      'AnswersDiffer MutatingAdmissionPolicy',
      'AnswersMissing ValidatingAdmissionPolicyBinding',
    ]);
    await installation.startPods();
    await eventually(async () => {
      expect(await said()).toEqual(['AnswersMissing ValidatingAdmissionPolicyBinding']);
    });
    expectSilence(await installation.helm('upgrade', { config, replicas: 1, inProcess: { enabled: true } }));
    await eventually(async () => {
      expect(await said()).toEqual([]);
    });
  });
});

test('the answers are taken back where they are turned off', async () => {
  expectSilence(await installation.helm('upgrade', { config, replicas: 1, inProcess: { enabled: false } }));
  for (const running of installation.pods) await installation.stopPod(running);
  await installation.startPods();
  await eventually(async () => {
    expect(await condition()).toBe('true');
  });
  const before = await calls();
  expectSilence(await user.apply(pod('sent', { runtimeClassName: 'gvisor' })));
  expect(await user.podAnnotations('sent')).toEqual(gvisor.annotations);
  expect(await calls()).toBe(before + 2);
  expect((await cluster.kubectl(['get', 'mutatingadmissionpolicies', '--output=name'])).stdout).toBe('');
});
