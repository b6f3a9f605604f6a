import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { Installation } from '../support/installation/installation.ts';
import type { ProgramResult } from '../support/processes/run-program.ts';
import { ApiClient } from '../support/cluster/api-client.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';
import { node, pod, runtimeClass, workload } from '../support/cluster/manifests.ts';
import { severalAtATime } from '../support/several-at-a-time.ts';

jest.setTimeout(180_000);

const program = path.join(import.meta.dirname, '../../dist/main.js');
const podCount = 5_000;
const writers = 16;
const config = {
  injectedAnnotations: ['runtime-type'],
  runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' } },
  namespaceRules: [{ namespaces: ['*'] }],
};

let cluster: LeasedCluster;
let installation: Installation;
let admin: KubectlUser;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  cluster = await LeasedCluster.lease();
  admin = await KubectlUser.inNewNamespace(cluster, 'big');
  await KubectlUser.inNewNamespace(cluster, 'small');
  expectSilence(
    await admin.apply(
      runtimeClass('kata', 'kata'),
      runtimeClass('gone', 'kata'),
      runtimeClass('unused', 'kata'),
      node('worker'),
    ),
  );
  const status = JSON.stringify({ status: { runtimeHandlers: [{ name: 'runc' }] } });
  expectSilence(await cluster.kubectl(['patch', 'node', 'worker', '--subresource=status', `--patch=${status}`]));
  expectSilence(
    await admin.apply(
      pod('lost', { runtimeClassName: 'gone' }),
      pod('spoofed', { annotations: { 'shimgate.dev/runtime-type': 'io.containerd.kata.v2' } }),
      workload('Deployment', 'typo', { runtimeClassName: 'kat' }, { replicas: 0 }),
    ),
  );
  expectSilence(await cluster.kubectl(['delete', 'runtimeclass', 'gone']));
  const api = new ApiClient(cluster, writers);
  await severalAtATime(podCount, writers, (index) => {
    const made = pod(`web-${index}`, { runtimeClassName: 'kata' });
    const labels = { app: index % 2 === 0 ? 'even' : 'odd' };
    return api.expect('POST', '/api/v1/namespaces/big/pods', { ...made, metadata: { ...made.metadata, labels } });
  });
  api.close();
  // Whatever is above is older than the webhook.
  installation = await Installation.install(cluster, { values: { config, replicas: 1 } });
  const bin = path.join(path.dirname(cluster.kubeconfigPath), 'plugins');
  await mkdir(bin);
  await symlink(program, path.join(bin, 'kubectl-shimgate'));
  env = { ...cluster.env, PATH: [bin, path.dirname(process.execPath), cluster.env['PATH'] ?? ''].join(path.delimiter) };
}, 15 * 60_000);

afterAll(async () => {
  await installation.stop();
  await cluster.release();
});

type Report = {
  readonly objects: Readonly<Record<string, number>>;
  readonly codes: readonly { readonly code: string; readonly severity: string; readonly count: number }[];
  readonly findings: readonly {
    readonly code: string;
    readonly message: string;
    readonly object: { readonly name: string };
  }[];
};

/** `kubectl shimgate audit`, as kubectl runs a plugin that it finds on PATH. */
function audit(args: readonly string[], more: Parameters<LeasedCluster['kubectl']>[1] = {}): Promise<ProgramResult> {
  return cluster.kubectl(['shimgate', 'audit', ...args], { ...more, env: { PATH: env['PATH'] ?? '' } });
}

async function report(args: readonly string[], more?: Parameters<LeasedCluster['kubectl']>[1]): Promise<Report> {
  const { stdout, stderr, exitCode } = await audit([...args, '--output=json'], more);
  expect({ stderr, isEnd: exitCode < 2 }).toEqual({ stderr: '', isEnd: true });
  return JSON.parse(stdout) as Report;
}

const configured = ['--config-map', 'shimgate/shimgate'];
const counts = ({ codes }: Report) =>
  Object.fromEntries(codes.map(({ code, severity, count }) => [`${severity} ${code}`, count]));
const messages = ({ findings }: Report, code: string) =>
  findings.filter((one) => one.code === code).map(({ message }) => message);

describe('kubectl shimgate audit', () => {
  test('finds what was there before the webhook, and that the chart installed it well', async () => {
    const found = await report(configured);
    // With those of the webhook itself.
    expect(found.objects).toMatchObject({ Pod: podCount + 3, Deployment: 2, ReplicaSet: 2, RuntimeClass: 2, Node: 1 });
    expect(counts(found)).toEqual({
      'error RuntimeClassNotFound': 1,
      'error SpoofedManagedAnnotation': 1,
      'warning HandlerOnNoNode': podCount + 2,
      'warning RuntimeClassNotFound': 2,
      'warning RuntimeOnNoNode': 1,
      'info HandlerSharedByClasses': 2,
      'info NamespaceNotCovered': 2,
      'info NotAnnotated': podCount,
      'info UnusedRuntimeClass': 1,
    });
    expect(messages(found, 'SpoofedManagedAnnotation')).toEqual([
      `Pod big/spoofed: annotation shimgate.dev/runtime-type: "io.containerd.kata.v2" is not shimgate's: the pod has no RuntimeClass.`,
    ]);
    expect(
      found.findings.filter(({ code }) => code === 'NamespaceNotCovered').map(({ object }) => object.name),
    ).toEqual(['kube-system', 'shimgate']);
  });

  test('reads only a namespace, or only what has certain labels, and then calls no class unused', async () => {
    expect((await report([...configured, '-n', 'small'])).objects).not.toHaveProperty('Pod');
    const even = await report([...configured, '--namespace', 'big', '-l', 'app=even']);
    expect(even.objects['Pod']).toBe(podCount / 2);
    expect(counts(even)).not.toHaveProperty('info UnusedRuntimeClass');
    const all = await report([...configured, '-A', '--selector', 'app in (even, odd)', '--request-timeout', '1m']);
    expect(all.objects['Pod']).toBe(podCount);
  });

  test('shows people the worst of each code, and how much there is besides', async () => {
    const { stdout, exitCode } = await audit(configured);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('warning HandlerOnNoNode (5,002)\n');
    expect(stdout).toContain('  … and 4,997 more\n');
    expect(stdout).toContain('Pod 5,003');
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('finds an installation that was changed by hand', async () => {
    const path = ['mutatingwebhookconfiguration', 'shimgate', '--type=json'];
    const change = (value: string) =>
      cluster.kubectl([
        'patch',
        ...path,
        `--patch=[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"${value}"}]`,
      ]);
    expectSilence(await change('Ignore'));
    expect(counts(await report([...configured, '-n', 'small']))).toHaveProperty('warning WebhookFailsOpen', 1);
    expectSilence(await change('Fail'));
  });
});

describe('an audit by somebody who may not read everything', () => {
  const rule = (name: string, resources: string, namespace?: string) => [
    ['create', namespace === undefined ? 'clusterrole' : 'role', name, '--verb=list', `--resource=${resources}`],
    namespace === undefined
      ? ['create', 'clusterrolebinding', name, `--clusterrole=${name}`, '--user=jane']
      : ['create', 'rolebinding', name, `--role=${name}`, '--user=jane'],
  ];
  const jane = () => ({ kubeconfigPath: cluster.userKubeconfigPath('jane') });

  test('says of each thing that it cannot be listed, and concludes nothing from its absence', async () => {
    const found = await report([], jane());
    expect(messages(found, 'CannotRead')).toEqual(
      expect.arrayContaining([
        'cannot list runtimeclasses: forbidden',
        'cannot list namespaces: forbidden',
        'cannot list nodes: forbidden',
        'cannot list pods in all namespaces: forbidden',
        'cannot list pods in default: forbidden',
        'cannot list cronjobs in default: forbidden',
      ]),
    );
    expect(counts(found)).toEqual({ 'warning CannotRead': 5 + 2 * 9 });
  });

  test('reads the namespaces that it may', async () => {
    for (const args of [...rule('see-namespaces', 'namespaces'), ...rule('see-pods', 'pods', 'big')]) {
      expectSilence(await admin.run(args));
    }
    const found = await report([], jane());
    expect(found.objects['Pod']).toBe(podCount + 2);
    expect(messages(found, 'CannotRead')).toContain('cannot list pods in small: forbidden');
    expect(messages(found, 'CannotRead')).not.toContain('cannot list pods in big: forbidden');
    // Classes could not be read: nobody knows whether one exists.
    expect(counts(found)).toEqual({ 'error SpoofedManagedAnnotation': 1, 'warning CannotRead': expect.any(Number) });
  });

  test('ends with 2 where nobody knows who asks', async () => {
    const kubeconfigPath = await cluster.writeKubeconfigFor({ name: 'nobody', token: 'x' });
    const { stdout, stderr, exitCode } = await audit([], { kubeconfigPath });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toMatch(/^error: cannot read the cluster https:.*Unauthorized/);
  });

  test.each([
    [['--context', 'nosuch'], 'the kubeconfig has no context "nosuch"'],
    [['--kubeconfig', '/nonexistent'], 'cannot tell which cluster to audit: '],
    [['--config-map', 'shimgate/nosuch'], 'cannot read configmap shimgate/nosuch: configmaps "nosuch" not found'],
  ])('ends with 2 for %j', async (args, message) => {
    const { stdout, stderr, exitCode } = await audit(args);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toContain(message);
  });
});

describe('on a terminal', () => {
  /** Runs the audit in a terminal. @param onText is told what it shows, and can type */
  async function inTerminal(
    onText: (shown: string, type: (keys: string) => void) => void,
  ): Promise<readonly [number | null, string]> {
    const command = `'${process.execPath}' '${program}' audit ${configured.join(' ')}`;
    const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      env: { ...env, TERM: 'xterm', NO_COLOR: '' },
    });
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      onText(shown, (keys) => child.stdin.write(keys));
    });
    await once(child, 'close');
    return [child.exitCode, shown];
  }

  test('it shows how many of what it has read, and how fast, and takes that away', async () => {
    const [exitCode, shown] = await inTerminal(() => undefined);
    expect(exitCode).toBe(1);
    // Each time the line is written anew, and at last taken away.
    const lines = shown.split('\r\u001b[2K');
    expect(lines).toContainEqual(expect.stringMatching(/^Pod [\d,]+(, [\d,]+\/s)?$/));
    expect(lines.at(-1)).toMatch(/^(?!Pod)/);
    expect(shown).toContain('5,002');
  });

  test('Ctrl-C ends it with 130 and what was found so far', async () => {
    let isTyped = false;
    const [exitCode, shown] = await inTerminal((text, type) => {
      if (isTyped || !text.includes('\u001b[2KPod ')) return;
      isTyped = true;
      type('\u0003');
    });
    expect(exitCode).toBe(130);
    expect(shown).toContain('RuntimeOnNoNode');
    expect(shown).toContain('Interrupted: not everything was read.');
    expect(shown).not.toContain('Pod 5,003');
  });
});
