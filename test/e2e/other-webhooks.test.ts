import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { GatedCluster } from './scenarios/gated-cluster.ts';
import { expectSilence, type KubectlUser } from './scenarios/kubectl-user.ts';
import { pod } from '../support/cluster/manifests.ts';
import { deniedFromStdin, done } from './scenarios/outcomes.ts';
import { RivalWebhooks, setAnnotation, setClass, type Rival } from './scenarios/rival-webhooks.ts';
import { gvisor, runtimes } from './scenarios/sandbox-runtimes.ts';

const key = 'shimgate.dev/runtime-type';
const shim = 'io.containerd.runsc.v1';
const withClass = pod('web', { runtimeClassName: 'gvisor' });

/** The API server calls mutating webhooks in the order of their configurations' names; ours is called shimgate. */
const [before, after] = ['a-rival', 'z-rival'];

jest.setTimeout(120_000);

let gate: GatedCluster;
let rivals: RivalWebhooks;

beforeAll(async () => {
  gate = await GatedCluster.start({ mode: 'enforce', runtimes });
  rivals = await RivalWebhooks.start(gate.cluster);
  expectSilence(await (await gate.userIn('classes')).apply(gvisor.manifest));
}, 15 * 60_000);

afterAll(async () => {
  await rivals.stop();
  await gate.stop();
});

/** Runs a scenario while another mutating webhook meddles with the pods of the user's namespace. */
async function meddle(
  user: KubectlUser,
  rival: Omit<Rival, 'namespace' | 'operation'> & { readonly operation?: Rival['operation'] },
  scenario: () => Promise<void>,
): Promise<number> {
  return rivals.during({ operation: 'CREATE', ...rival, namespace: user.namespace }, scenario);
}

function replaced({ namespace }: KubectlUser): string {
  return (
    `Pod ${namespace}/web: annotation ${key}: "broken" is replaced by "${shim}". ` +
    '[ManagedAnnotationReplaced] Leave this annotation out of the manifest.'
  );
}

function changed({ namespace }: KubectlUser): string {
  return (
    `Error from server (Forbidden): admission webhook "pods.shimgate.dev" denied the request: Pod ${namespace}/web: ` +
    `annotation ${key}: it may not change from "${shim}" to "broken". [ManagedAnnotationChanged] ` +
    'Leave it as it was; if a mutating webhook writes it, take it away there.\n'
  );
}

describe('another mutating webhook that breaks an annotation of ours on new pods', () => {
  const patch = setAnnotation(key, 'broken');

  test.each([
    ['after ours, and never again', after, 'Never', 1],
    ['before ours, and never again', before, 'Never', 1],
    ['before ours, and again when something changed', before, 'IfNeeded', 2],
  ] as const)('is put right when it is called %s', async (_, name, reinvocationPolicy, calls) => {
    const user = await gate.userIn('broken');
    const seen = await meddle(user, { name, reinvocationPolicy, patch }, async () => {
      expect(await user.apply(withClass)).toEqual(done(['pod/web created'], [replaced(user)]));
    });
    expect(seen).toBe(calls);
    expect(await user.podAnnotations('web')).toEqual(gvisor.annotations);
  });

  test('has the last word when it is called again after ours, and the pod is denied for it', async () => {
    const user = await gate.userIn('broken');
    const seen = await meddle(user, { name: after, reinvocationPolicy: 'IfNeeded', patch }, async () => {
      const { exitCode, stdout, stderr } = await user.apply(withClass);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toBe(
        `Warning: ${replaced(user)}\n` +
          `${deniedFromStdin}Pod ${user.namespace}/web: annotation ${key}: "broken" was written by a later ` +
          `webhook; it must be "${shim}". [ManagedAnnotationWrong] Leave it out of the manifest; if a mutating ` +
          'webhook writes it, take it away there.\n',
      );
    });
    expect(seen).toBe(2);
    expect((await user.run(['get', 'pods', '--output=name'])).stdout).toBe('');
  });
});

describe('another mutating webhook that breaks an annotation of ours when a pod is changed', () => {
  const patch = setAnnotation(key, 'broken');

  async function withPod(): Promise<KubectlUser> {
    const user = await gate.userIn('changed');
    expectSilence(await user.apply(withClass));
    return user;
  }

  test('is put right when ours had seen the change too', async () => {
    const user = await withPod();
    await meddle(user, { name: after, reinvocationPolicy: 'Never', operation: 'UPDATE', patch }, async () => {
      const restored =
        `Pod ${user.namespace}/web: annotation ${key}: "broken" is set back to "${shim}": it is fixed when the pod is ` +
        'created. [ManagedAnnotationRestored] Leave this annotation alone; to run the pod otherwise, create a new one.';
      expect(await user.run(['annotate', 'pod', 'web', 'team=blue'])).toEqual(done(['pod/web annotated'], [restored]));
    });
    expect(await user.podAnnotations('web')).toEqual({ ...gvisor.annotations, team: 'blue' });
  });

  // A webhook that was passed over at first is not called again: the annotations had not changed then.
  test.each([
    ['when it is called again after ours', 'IfNeeded', ['annotate', 'pod', 'web', 'team=blue']],
    ['when ours was not asked, since only a label was changed', 'Never', ['label', 'pod', 'web', 'team=blue']],
  ] as const)('is denied %s', async (_, reinvocationPolicy, command) => {
    const user = await withPod();
    await meddle(user, { name: after, reinvocationPolicy, operation: 'UPDATE', patch }, async () => {
      const { exitCode, stderr } = await user.run(command);
      expect(exitCode).toBe(1);
      expect(stderr).toContain(changed(user));
    });
    expect(await user.podAnnotations('web')).toEqual(gvisor.annotations);
  });
});

describe('another mutating webhook that gives pods a class', () => {
  const classless = pod('web');
  const patch = setClass('gvisor');

  test('before ours is called leads to pods with annotations, and to no warning', async () => {
    const user = await gate.userIn('classed');
    await meddle(user, { name: before, reinvocationPolicy: 'Never', patch }, async () => {
      expectSilence(await user.apply(classless));
    });
    expect(await user.podAnnotations('web')).toEqual(gvisor.annotations);
  });

  test.each(['Never', 'IfNeeded'] as const)(
    'after ours was passed over leads to pods without annotations, and to a warning (reinvocation %s)',
    async (reinvocationPolicy) => {
      const user = await gate.userIn('classed');
      await meddle(user, { name: after, reinvocationPolicy, patch }, async () => {
        const missing =
          `Pod ${user.namespace}/web: its class did not reach the mutating webhook, so it lacks ` +
          'shimgate.dev/runtime-type and 3 more. [ManagedAnnotationMissing] Create it again; if that does ' +
          'not help, set the class in the manifest.';
        expect(await user.apply(classless)).toEqual(done(['pod/web created'], [missing]));
      });
      expect(await user.stored('pod', 'web')).toMatchObject({ spec: { runtimeClassName: 'gvisor' } });
      expect(await user.podAnnotations('web')).toEqual({});
    },
  );
});

test.each(['Never', 'IfNeeded'] as const)(
  'another mutating webhook that minds its own business changes nothing (reinvocation %s)',
  async (reinvocationPolicy) => {
    const user = await gate.userIn('harmless');
    const patch = setAnnotation('mesh.example.com/injected', 'yes');
    const seen = await meddle(user, { name: after, reinvocationPolicy, patch }, async () => {
      expectSilence(await user.apply(withClass));
    });
    expect(seen).toBe(1);
    expect(await user.podAnnotations('web')).toEqual({ ...gvisor.annotations, 'mesh.example.com/injected': 'yes' });
  },
);
