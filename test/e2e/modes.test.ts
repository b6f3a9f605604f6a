import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { Installation } from '../support/installation/installation.ts';
import type { RunningPod } from '../support/installation/running-pod.ts';
import type { ProgramResult } from '../support/processes/run-program.ts';
import { auditedCreation } from './scenarios/audit-events.ts';
import { configure } from './scenarios/configure.ts';
import { eventually } from '../support/eventually.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';
import { pod, runtimeClass } from '../support/cluster/manifests.ts';
import { deniedFromStdin, done, refused } from './scenarios/outcomes.ts';
import { metric } from '../support/installation/webhook-pages.ts';

const config = {
  mode: 'warn',
  undeclaredHandlers: 'deny',
  runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' } },
  namespaceRules: [
    { namespaces: ['audit-*'], mode: 'audit' },
    { namespaces: ['enforce-*'], mode: 'enforce' },
  ],
};

jest.setTimeout(60_000);

let cluster: LeasedCluster;
let installation: Installation;
let replica: RunningPod;

beforeAll(async () => {
  cluster = await LeasedCluster.lease();
  const byPath = { annotations: { 'shimgate.dev/declared-runtime-type': '/opt/evil' } };
  const classes = [
    runtimeClass('kata', 'kata'),
    runtimeClass('mystery', 'mystery'),
    // As it may have been made before there was anybody to refuse it.
    runtimeClass('by-path', 'by-path', byPath),
  ];
  expectSilence(await new KubectlUser(cluster, 'default').apply(...classes));
  installation = await Installation.install(cluster, { values: { config, replicas: 1 } });
  [replica] = installation.pods as readonly [RunningPod];
}, 15 * 60_000);

afterAll(async () => {
  await installation.stop();
  await cluster.release();
});

let namespaces = 0;

function userIn(prefix: string, labels: Readonly<Record<string, string>> = {}): Promise<KubectlUser> {
  return KubectlUser.inNewNamespace(cluster, `${prefix}-${++namespaces}`, labels);
}

type Mode = 'enforce' | 'warn' | 'audit';

/** What kubectl shows for the pod `web` of the class mystery, whose handler nobody declared. */
function shownIn(mode: Mode, { namespace }: KubectlUser): ProgramResult {
  const found = `Pod ${namespace}/web -> RuntimeClass "mystery" -> handler "mystery", which `;
  const declare = '[UndeclaredHandler] Declare it: runtimes: {mystery: {runtimeType: SHIM}}';
  if (mode === 'enforce') {
    return refused(
      `${deniedFromStdin}${found}the configuration does not declare; no node that the class can use is known. ` +
        `${declare}, or its shim on the class: annotation shimgate.dev/declared-runtime-type.`,
    );
  }
  return done(['pod/web created'], mode === 'warn' ? [`${found}is not declared. ${declare}.`] : []);
}

const mystery = pod('web', { runtimeClassName: 'mystery' });

/** What kubectl shows besides, before that, in a namespace whose label is no mode. */
function malformedLabel({ namespace }: KubectlUser, value: string): string {
  return (
    `Warning: Namespace "${namespace}": label shimgate.dev/mode="${value}" is none of enforce, warn, audit, and so means ` +
    `enforce. [MalformedModeLabel] Correct it: kubectl label namespace ${namespace} shimgate.dev/mode=enforce --overwrite\n`
  );
}

/** Waits until the mode has that effect: what was written to the API server a moment ago reaches the webhook by watch. */
async function untilShown(mode: Mode, user: KubectlUser, before = ''): Promise<void> {
  await eventually(async () => {
    await user.run(['delete', 'pod', 'web', '--ignore-not-found']);
    const { stderr, ...shown } = shownIn(mode, user);
    expect(await user.apply(mystery)).toEqual({ ...shown, stderr: `${before}${stderr}` });
  });
}

describe('a pod that breaks a rule', () => {
  test.each([
    ['enforce', 'enforce-all', 'deny', false],
    ['warn', 'some', 'would-deny', true],
    ['audit', 'audit-all', 'would-deny', true],
  ] as const)('in mode %s gets its due on the terminal, in the audit log and in the metrics', async (...row) => {
    const [mode, prefix, decision, isStored] = row;
    const user = await userIn(prefix);
    const count = () => metric(replica, 'shimgate_admission_requests_total', { mode, decision });
    const before = await count();
    expect(await user.apply(mystery)).toEqual(shownIn(mode, user));
    expect((await user.run(['get', 'pod', 'web'])).exitCode).toBe(isStored ? 0 : 1);
    expect(await auditedCreation(cluster, user.namespace, 'web')).toEqual({ decision, findings: 'UndeclaredHandler' });
    // The mutating webhook asks, and where it lets the pod in, the validating one asks too.
    expect(await count()).toBe(before + (isStored ? 2 : 1));
  });

  test.each(['some', 'audit-all', 'enforce-all'])(
    'is refused wherever it would run a path: in a namespace like %s too',
    async (prefix) => {
      const user = await userIn(prefix);
      const { exitCode, stderr } = await user.apply(pod('web', { runtimeClassName: 'by-path' }));
      expect(exitCode).toBe(1);
      expect(stderr).toContain(
        `${deniedFromStdin}Pod ${user.namespace}/web -> RuntimeClass "by-path" -> handler "by-path", ` +
          'whose declared shim "/opt/evil" is an absolute path: ',
      );
      expect(stderr).toContain('[AbsolutePath]');
      expect(await auditedCreation(cluster, user.namespace, 'web')).toMatchObject({ findings: 'AbsolutePath' });
    },
  );
});

test.each(['some', 'audit-all', 'enforce-all'])(
  'a pod of a known class is annotated in every mode: in a namespace like %s too',
  async (prefix) => {
    const user = await userIn(prefix);
    expectSilence(await user.apply(pod('web', { runtimeClassName: 'kata' })));
    expect(await user.podAnnotations('web')).toMatchObject({ 'shimgate.dev/runtime-type': 'io.containerd.kata.v2' });
    expect(await auditedCreation(cluster, user.namespace, 'web')).toEqual({
      decision: 'allow',
      'runtime-type': 'io.containerd.kata.v2',
    });
  },
);

describe("the namespace's label shimgate.dev/mode", () => {
  test.each([
    ['some', 'enforce', 'enforce'],
    ['audit-all', 'warn', 'warn'],
    ['audit-all', 'enforce', 'enforce'],
    // Not looser.
    ['some', 'audit', 'warn'],
    ['enforce-all', 'warn', 'enforce'],
    ['enforce-all', 'audit', 'enforce'],
  ] as const)('in a namespace like %s, with the value %s, gives the mode %s', async (prefix, value, mode) => {
    const user = await userIn(prefix, { 'shimgate.dev/mode': value });
    await untilShown(mode, user);
  });

  test('means enforce where it is no mode, and that is told', async () => {
    const user = await userIn('some', { 'shimgate.dev/mode': 'relaxed' });
    await untilShown('enforce', user, malformedLabel(user, 'relaxed'));
  });

  test('takes effect when it is set and when it is removed', async () => {
    const user = await userIn('some');
    await untilShown('warn', user);
    const label = (change: string) => cluster.kubectl(['label', 'namespace', user.namespace, change]);
    expectSilence(await label('shimgate.dev/mode=enforce'));
    await untilShown('enforce', user);
    expectSilence(await label('shimgate.dev/mode-'));
    await untilShown('warn', user);
  });

  test('loosens where the configuration says that it may', async () => {
    const user = await userIn('enforce-all', { 'shimgate.dev/mode': 'audit' });
    await configure(cluster, installation, { ...config, namespaceLabelMayLoosen: true });
    try {
      await untilShown('audit', user);
    } finally {
      await configure(cluster, installation, config);
    }
  });
});
