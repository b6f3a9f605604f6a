import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { GatedCluster } from './scenarios/gated-cluster.ts';
import { expectSilence, linesOf, type KubectlUser } from './scenarios/kubectl-user.ts';
import {
  runtimeClass,
  workload,
  workloadResources,
  type StoredPod,
  type WorkloadKind,
} from '../support/cluster/manifests.ts';
import { done } from './scenarios/outcomes.ts';
import { gvisor, kata, runtimes } from './scenarios/sandbox-runtimes.ts';

const config = { mode: 'enforce', undeclaredHandlers: 'deny', runtimes };

const undeclared =
  'RuntimeClass "typo" -> handler "rnusc", which the configuration does not declare; no node that the class can use is known.';

const undeclaredFix =
  '[UndeclaredHandler] Did you mean "runsc"? Else declare it: runtimes: {rnusc: {runtimeType: SHIM}}.';

const templatePlaces: ReadonlyMap<WorkloadKind, string> = new Map([
  ['CronJob', 'spec.jobTemplate.spec.template'],
  ['PodTemplate', 'template'],
]);

/** The same as a warning, where the name of the object leaves no room for the whole. */
function undeclaredOf(object: string): string {
  const whole = `${object} -> ${undeclared} ${undeclaredFix}`;
  if (whole.length <= 255) return whole;
  return `${object} -> RuntimeClass "typo" -> handler "rnusc", which is not declared. ${undeclaredFix}`;
}

const notFound =
  'RuntimeClass "nosuch": no such RuntimeClass. [RuntimeClassNotFound] Create the RuntimeClass, or correct runtimeClassName: `kubectl get runtimeclasses` lists them.';

jest.setTimeout(120_000);

let gate: GatedCluster;

beforeAll(async () => {
  gate = await GatedCluster.start(config);
  const admin = await gate.userIn('classes');
  expectSilence(await admin.apply(gvisor.manifest, kata.manifest));
  // In a mode that only warns, the class itself may be made: as it was there before shimgate.
  await gate.whileConfigured({ ...config, mode: 'audit' }, async () => {
    expectSilence(await admin.apply(runtimeClass('typo', 'rnusc')));
  });
}, 15 * 60_000);

afterAll(async () => {
  await gate.stop();
});

describe.each(Object.entries(workloadResources) as readonly (readonly [WorkloadKind, string])[])(
  'a %s',
  (kind, resource) => {
    test('is made, with a warning on the terminal, where its pods would be refused', async () => {
      const user = await gate.userIn('warned');
      const place = templatePlaces.get(kind) ?? 'spec.template';
      const object = (name: string) => `${kind} ${user.namespace}/${name} (${place})`;
      for (const [name, className, reason] of [
        ['lost', 'nosuch', `${object('lost')} -> ${notFound}`],
        ['misspelt', 'typo', undeclaredOf(object('misspelt'))],
      ] as const) {
        expect(await user.apply(workload(kind, name, { runtimeClassName: className }))).toEqual(
          done([`${resource}/${name} created`], [reason]),
        );
      }
      const annotations = { 'shimgate.dev/source': 'me' };
      expect(await user.apply(workload(kind, 'spoofed', { runtimeClassName: 'gvisor', annotations }))).toEqual(
        done(
          [`${resource}/spoofed created`],
          [
            `${object('spoofed')}: annotation shimgate.dev/source: "me" is replaced by "configured". ` +
              '[ManagedAnnotationReplaced] Leave this annotation out of the manifest.',
          ],
        ),
      );
      expect(await user.apply(workload(kind, 'fine', { runtimeClassName: 'gvisor' }))).toEqual(
        done([`${resource}/fine created`]),
      );
    });
  },
);

describe('the pods that a controller makes', () => {
  test.each<readonly [WorkloadKind, string, string]>([
    ['Deployment', 'replicaset', 'Error creating: '],
    ['ReplicaSet', 'replicaset', 'Error creating: '],
    ['ReplicationController', 'replicationcontroller', 'Error creating: '],
    ['Job', 'job', 'Error creating: '],
    ['StatefulSet', 'statefulset', 'Create Pod web-0 in StatefulSet web failed error: '],
  ])('are denied where their class leads nowhere, and an event says why: %s', async (kind, owner, failure) => {
    const user = await gate.userIn('denied');
    expect(await user.apply(workload(kind, 'web', { runtimeClassName: 'typo' }))).toMatchObject({ exitCode: 0 });
    const object = `Pod ${user.namespace}/${kind === 'StatefulSet' ? 'web-0' : await generatedName(user, owner)}`;
    const denial = `admission webhook "pods.shimgate.dev" denied the request: ${object} -> ${undeclared} ${undeclaredFix}`;
    await eventually(async () => {
      const { stdout } = await user.run(['describe', owner]);
      const events = linesOf(stdout).map((line) => line.trim().split(/ {2,}|\t/));
      const [type, , , from, message] = events.find(([, reason]) => reason === 'FailedCreate') ?? [];
      expect({ type, message }).toEqual({ type: 'Warning', message: `${failure}${denial}` });
      expect(from).toMatch(/-controller$/);
    });
    expect(await user.run(['get', 'pods', '--output=name'])).toEqual(done([]));
  });

  test('are refused by the API server where there is no such class, and an event says so', async () => {
    const user = await gate.userIn('refused');
    expect(await user.apply(workload('ReplicaSet', 'web', { runtimeClassName: 'nosuch' }))).toMatchObject({
      exitCode: 0,
    });
    await eventually(async () => {
      const { stdout } = await user.run(['get', 'events', '--output=jsonpath={.items[*].message}']);
      expect(stdout).toContain(
        'Error creating: pods "web-" is forbidden: pod rejected: RuntimeClass "nosuch" not found',
      );
    });
  });

  test.each<readonly [WorkloadKind, object]>([
    ['Deployment', { replicas: 2 }],
    ['StatefulSet', { replicas: 1 }],
    ['Job', { completions: 2, parallelism: 2 }],
  ])('carry the annotations of their shim: %s', async (kind, own) => {
    const user = await gate.userIn('made');
    expectSilence(await user.apply(workload(kind, 'web', { runtimeClassName: 'kata' }, own)));
    const pods = await eventually(async () => {
      const found = await podsOf(user);
      expect(found).toHaveLength(kind === 'StatefulSet' ? 1 : 2);
      return found;
    });
    for (const { metadata, spec } of pods) {
      expect(metadata.annotations).toMatchObject(kata.annotations);
      expect(spec).toMatchObject({ runtimeClassName: 'kata', overhead: kata.overhead });
    }
  });
});

test('a workload whose template did not change is not sent to shimgate, and nothing is said again', async () => {
  const user = await gate.userIn('unchanged');
  const web = workload('Deployment', 'web', { runtimeClassName: 'typo' }, { replicas: 0 });
  expect((await user.apply(web)).stderr).toContain(undeclaredOf(`Deployment ${user.namespace}/web (spec.template)`));
  const judged = async () => [
    await gate.requests({ resource: 'deployments' }),
    await gate.requests({ resource: 'replicasets' }),
  ];
  const replicaSet = await eventually(async () => {
    const { stdout } = await user.run(['get', 'replicasets', '--output=name']);
    expect(stdout).toMatch(/^replicaset\.apps\/web-\w+\n$/);
    return stdout.trim();
  });
  const before = await judged();
  expect(await user.run(['annotate', 'deployment', 'web', 'team=blue'])).toEqual(
    done(['deployment.apps/web annotated']),
  );
  expect(await user.run(['label', 'deployment', 'web', 'team=blue'])).toEqual(done(['deployment.apps/web labeled']));
  expect(await user.run(['scale', 'deployment', 'web', '--replicas=1'])).toEqual(done(['deployment.apps/web scaled']));
  expect(await user.run(['patch', 'deployment', 'web', '--patch={"spec":{"replicas":2}}'])).toEqual(
    done(['deployment.apps/web patched']),
  );
  expect(await user.run(['annotate', replicaSet, 'team=blue'])).toEqual(done([`${replicaSet} annotated`]));
  await eventually(async () => {
    const { stdout } = await user.run(['get', replicaSet, '--output=jsonpath={.spec.replicas}']);
    expect(stdout).toBe('2');
  });
  expect(await judged()).toEqual(before);
  // The same counts do move for a template that changed, and it is told about again where its class is another.
  const renamed = '--patch={"spec":{"template":{"spec":{"runtimeClassName":"nosuch"}}}}';
  expect(await user.run(['patch', 'deployment', 'web', renamed])).toEqual(
    done(['deployment.apps/web patched'], [`Deployment ${user.namespace}/web (spec.template) -> ${notFound}`]),
  );
  expect((await judged())[0]).toBe((before[0] ?? 0) + 1);
});

async function podsOf(user: KubectlUser): Promise<readonly StoredPod[]> {
  const { stdout } = await user.run(['get', 'pods', '--output=json']);
  return (JSON.parse(stdout) as { readonly items: readonly StoredPod[] }).items;
}

/** How shimgate calls a pod that a controller lets the API server name: by its beginning. */
async function generatedName(user: KubectlUser, owner: string): Promise<string> {
  return eventually(async () => {
    const { stdout } = await user.run(['get', owner, '--output=jsonpath={.items[0].metadata.name}']);
    expect(stdout).toMatch(/^web/);
    return `${stdout}-*`;
  });
}
