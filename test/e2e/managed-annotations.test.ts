import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { ProgramResult } from '../support/processes/run-program.ts';
import { eventually } from '../support/eventually.ts';
import { GatedCluster } from './scenarios/gated-cluster.ts';
import { expectSilence, linesOf, type KubectlUser } from './scenarios/kubectl-user.ts';
import { pod } from '../support/cluster/manifests.ts';
import { deniedFromStdin, done } from './scenarios/outcomes.ts';
import { gvisor, kata, runtimes } from './scenarios/sandbox-runtimes.ts';

const config = { mode: 'enforce', runtimeHandlerAnnotation: true, runtimes };
const handlerKey = 'io.containerd.cri.runtime-handler';
const ofGvisor = { [handlerKey]: 'runsc', ...gvisor.annotations };
const ofKata = { [handlerKey]: 'kata-qemu', ...kata.annotations };

jest.setTimeout(120_000);

let gate: GatedCluster;

beforeAll(async () => {
  gate = await GatedCluster.start(config);
  expectSilence(await (await gate.userIn('classes')).apply(gvisor.manifest, kata.manifest));
}, 15 * 60_000);

afterAll(async () => {
  await gate.stop();
});

type Way = {
  readonly name: string;
  /** What kubectl says that it did. */
  readonly verb: string;
  readonly overwrite: (user: KubectlUser) => Promise<ProgramResult>;
};

const merged = JSON.stringify({ metadata: { annotations: { [handlerKey]: 'runc' } } });
const operation = { op: 'replace', path: `/metadata/annotations/${handlerKey}`, value: 'runc' };
const spoofed = pod('web', { runtimeClassName: 'gvisor', annotations: { [handlerKey]: 'runc' } });

/** The ways to write "runc" over the runtime handler of the pod web, which is runsc. */
const ways: readonly Way[] = [
  {
    name: 'kubectl annotate',
    verb: 'annotated',
    overwrite: (user) => user.run(['annotate', 'pod', 'web', '--overwrite', `${handlerKey}=runc`]),
  },
  {
    name: 'a strategic merge patch',
    verb: 'patched',
    overwrite: (user) => user.run(['patch', 'pod', 'web', '--type=strategic', `--patch=${merged}`]),
  },
  {
    name: 'a JSON merge patch',
    verb: 'patched',
    overwrite: (user) => user.run(['patch', 'pod', 'web', '--type=merge', `--patch=${merged}`]),
  },
  {
    name: 'a JSON patch',
    verb: 'patched',
    overwrite: (user) => user.run(['patch', 'pod', 'web', '--type=json', `--patch=${JSON.stringify([operation])}`]),
  },
  {
    name: 'kubectl apply',
    verb: 'configured',
    overwrite: (user) => user.apply(spoofed),
  },
  {
    name: 'server-side apply that forces conflicts',
    verb: 'serverside-applied',
    overwrite: (user) =>
      user.run(['apply', '--server-side', '--force-conflicts', '--filename=-'], { input: JSON.stringify(spoofed) }),
  },
];

describe('a value of a user under a key that only shimgate writes', () => {
  test('is replaced or removed when the pod is made, each with a warning', async () => {
    const user = await gate.userIn('new');
    const annotations = { [handlerKey]: 'runc', 'shimgate.dev/runtime-path': '/tmp/evil', team: 'blue' };
    const told = (what: string) =>
      `Pod ${user.namespace}/web: annotation ${what}. [ManagedAnnotationReplaced] Leave this annotation out of the manifest.`;
    expect(await user.apply(pod('web', { runtimeClassName: 'gvisor', annotations }))).toEqual(
      done(
        ['pod/web created'],
        [
          told(`${handlerKey}: "runc" is replaced by "runsc"`),
          told('shimgate.dev/runtime-path: "/tmp/evil" is removed: only shimgate writes this key'),
        ],
      ),
    );
    expect(await user.podAnnotations('web')).toEqual({ ...ofGvisor, team: 'blue' });
  });

  test('is removed under any key of shimgate, known or not', async () => {
    const user = await gate.userIn('any-key');
    const annotations = { 'shimgate.dev/of-a-later-version': 'mine', team: 'blue' };
    const { exitCode, stderr } = await user.apply(pod('web', { annotations }));
    expect([exitCode, stderr]).toEqual([
      0,
      `Warning: Pod ${user.namespace}/web: annotation shimgate.dev/of-a-later-version: "mine" is removed: only shimgate writes this key. [ManagedAnnotationReplaced] Leave this annotation out of the manifest.\n`,
    ]);
    expect(await user.podAnnotations('web')).toEqual({ team: 'blue' });
  });

  test('is removed from a pod that names no class', async () => {
    const user = await gate.userIn('classless');
    const shown = await user.apply(pod('web', { annotations: { [handlerKey]: 'runsc' } }));
    expect(shown.stderr).toBe(
      `Warning: Pod ${user.namespace}/web: annotation ${handlerKey}: "runsc" is removed: only shimgate writes this key. ` +
        '[ManagedAnnotationReplaced] Leave this annotation out of the manifest.\n',
    );
    expect(await user.podAnnotations('web')).toEqual({});
  });

  test.each(ways)('is set back when it is written by $name', async ({ verb, overwrite }) => {
    const user = await withPod();
    const { stdout, ...rest } = await overwrite(user);
    expect(stdout).toMatch(new RegExp(`^pod/web ${verb}( \\(no change\\))?\n$`));
    expect(rest).toEqual({ exitCode: 0, stderr: `Warning: ${restored(user, '"runc"')}\n` });
    expect(await user.podAnnotations('web')).toEqual(ofGvisor);
  });

  test('is set back when it is taken away, alone or with all others', async () => {
    const user = await withPod();
    expect(await user.run(['annotate', 'pod', 'web', `${handlerKey}-`])).toEqual(
      done(['pod/web annotated'], [restored(user, 'its removal is undone, it')]),
    );
    const all = JSON.stringify([{ op: 'remove', path: '/metadata/annotations' }]);
    const { exitCode, stderr } = await user.run(['patch', 'pod', 'web', '--type=json', `--patch=${all}`]);
    expect(exitCode).toBe(0);
    for (const key of Object.keys(ofGvisor)) {
      expect(stderr).toContain(
        `Warning: Pod ${user.namespace}/web: annotation ${key}: its removal is undone, it is set back to `,
      );
    }
    expect(await user.podAnnotations('web')).toEqual(ofGvisor);
  });
});

describe('while the mutating webhook configuration is gone', () => {
  const denied = 'admission webhook "pods.shimgate.dev" denied the request: ';
  let user: KubectlUser;

  beforeAll(async () => {
    user = await withPod();
    await gate.remove('mutatingwebhookconfiguration', gate.installation.release);
  });

  test('the validating webhook denies a new pod with a value of its own', async () => {
    const fix = 'Leave it out of the manifest; if a mutating webhook writes it, take it away there.';
    const shown = await user.apply(pod('other', { runtimeClassName: 'gvisor', annotations: { [handlerKey]: 'runc' } }));
    expect(shown).toMatchObject({ exitCode: 1, stdout: '' });
    expect(linesOf(shown.stderr).at(-1)).toBe(
      `${deniedFromStdin}Pod ${user.namespace}/other: annotation ${handlerKey}: "runc" was written by a later ` +
        `webhook; it must be "runsc". [ManagedAnnotationWrong] ${fix}`,
    );
  });

  test('a new pod without annotations is let in, with a warning that says how much it lacks', async () => {
    const { length } = Object.keys(ofKata);
    expect(await user.apply(pod('bare', { runtimeClassName: 'kata' }))).toEqual(
      done(
        ['pod/bare created'],
        [
          `Pod ${user.namespace}/bare: its class did not reach the mutating webhook, so it lacks ${handlerKey} and ` +
            `${length - 1} more. [ManagedAnnotationMissing] Create it again; if that does not help, set the class in the manifest.`,
        ],
      ),
    );
  });

  test.each(ways)('the validating webhook denies what $name writes', async ({ overwrite }) => {
    const { exitCode, stdout, stderr } = await overwrite(user);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(
      `${denied}Pod ${user.namespace}/web: annotation ${handlerKey}: it may not change from "runsc" to "runc". ` +
        '[ManagedAnnotationChanged] Leave it as it was; if a mutating webhook writes it, take it away there.\n',
    );
    expect(await user.podAnnotations('web')).toEqual(ofGvisor);
  });

  test('what changes nothing of that goes on, and so does the webhook', async () => {
    expect(await user.run(['annotate', 'pod', 'web', 'team=blue'])).toEqual(done(['pod/web annotated']));
    expect(await gate.webhook.isReady()).toBe(true);
  });

  test('helm upgrade brings it back, and shimgate its CA', async () => {
    expect(await gate.installation.helm('upgrade', { config, replicas: 1 })).toMatchObject({ exitCode: 0 });
    await eventually(async () => {
      expect(await user.apply(pod('new', { runtimeClassName: 'gvisor' }))).toEqual(done(['pod/new created']));
    });
    expect(await user.podAnnotations('new')).toEqual(ofGvisor);
  });
});

/** A user whose namespace has the pod web, of class gvisor. */
async function withPod(): Promise<KubectlUser> {
  const user = await gate.userIn('existing');
  expectSilence(await user.apply(pod('web', { runtimeClassName: 'gvisor' })));
  expect(await user.podAnnotations('web')).toEqual(ofGvisor);
  return user;
}

function restored({ namespace }: KubectlUser, written: string): string {
  return (
    `Pod ${namespace}/web: annotation ${handlerKey}: ${written} is set back to "runsc": it is fixed when the pod is ` +
    'created. [ManagedAnnotationRestored] Leave this annotation alone; to run the pod otherwise, create a new one.'
  );
}
