import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { configure } from './scenarios/configure.ts';
import { eventually } from '../support/eventually.ts';
import { GatedCluster } from './scenarios/gated-cluster.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';
import { pod, runtimeClass } from '../support/cluster/manifests.ts';
import { deniedFromStdin } from './scenarios/outcomes.ts';
import { logEntries, metric, type LogEntry } from '../support/installation/webhook-pages.ts';

const kata = { runtimeType: 'io.containerd.kata.v2', runtimePath: '/opt/kata/one' };
const config = { mode: 'enforce', undeclaredHandlers: 'deny', runtimes: { kata } };
const withCrun = { ...config, runtimes: { kata, crun: { path: '/usr/bin/crun' } } };

jest.setTimeout(60_000);

let gate: GatedCluster;
let admin: KubectlUser;

beforeAll(async () => {
  gate = await GatedCluster.start(config);
  admin = new KubectlUser(gate.cluster, gate.installation.namespace);
  await gate.whileConfigured(withCrun, async () => {
    expectSilence(await admin.apply(runtimeClass('kata', 'kata'), runtimeClass('crun', 'crun')));
  });
}, 15 * 60_000);

afterAll(async () => {
  await gate.stop();
});

describe('a configuration that is changed in the ConfigMap with kubectl', () => {
  test('takes over without a restart, and so does the one after it', async () => {
    const user = await gate.userIn('changed');
    const crun = pod('web', { runtimeClassName: 'crun' });
    const { exitCode, stderr } = await user.apply(crun);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`${deniedFromStdin}Pod ${user.namespace}/web -> RuntimeClass "crun"`);
    await gate.whileConfigured(withCrun, async () => {
      expectSilence(await user.apply(crun));
      expect(await user.podAnnotations('web')).toMatchObject({
        'shimgate.dev/options': '{"BinaryName":"/usr/bin/crun"}',
      });
    });
    expectSilence(await user.run(['delete', 'pod', 'web']));
    expect((await user.apply(crun)).exitCode).toBe(1);
    expect(gate.webhook.isRunning).toBe(true);
    expect(logged('ready')).toHaveLength(1);
  });

  test('is not held against what replicas wrote by the one before', async () => {
    const user = await gate.userIn('recent');
    const annotations = {
      'io.containerd.cri.runtime-handler': 'kata',
      'shimgate.dev/runtime-type': 'io.containerd.kata.v2',
      'shimgate.dev/source': 'configured',
    };
    // What a pod looks like that a replica annotated by a configuration with this path.
    const annotatedBy = (name: string, file: string) =>
      pod(name, {
        runtimeClassName: 'kata',
        annotations: { ...annotations, 'shimgate.dev/runtime-path': file, 'shimgate.dev/shim-binary': file },
      });
    const changed = { ...config, runtimes: { kata: { ...kata, runtimePath: '/opt/kata/two' } } };
    await withoutMutatingWebhook(() =>
      gate.whileConfigured(changed, async () => {
        expectSilence(await user.apply(annotatedBy('new', '/opt/kata/two')));
        expectSilence(await user.apply(annotatedBy('old', '/opt/kata/one')));
        expect(await user.podAnnotations('old')).toMatchObject({ 'shimgate.dev/runtime-path': '/opt/kata/one' });
        const refused = await user.apply(annotatedBy('never', '/opt/kata/three'));
        expect(refused.exitCode).toBe(1);
        expect(refused.stderr).toContain(
          `Pod ${user.namespace}/never: annotation shimgate.dev/runtime-path: "/opt/kata/three" was written by a later ` +
            'webhook; it must be "/opt/kata/two". [ManagedAnnotationWrong]',
        );
      }),
    );
  });
});

describe('a ConfigMap without a valid configuration', () => {
  beforeEach(async () => {
    await inForce();
  });

  test.each([
    [
      'an unknown field',
      { ...config, runtime: {} },
      /^configmap shimgate\/shimgate:\d+:\d+: error: runtime: There is no field "runtime"\. \[UnknownField\] Did you mean runtimes\?$/,
    ],
    [
      'a runtime that is two things at once',
      { ...config, runtimes: { kata: { ...kata, path: '/usr/bin/kata' } } },
      /^configmap shimgate\/shimgate:\d+:\d+: error: runtimes\.kata\.path: .+ \[RuntimeOverspecified\] Keep one of them\.$/,
    ],
    ['text that is no YAML', 'mode: [enforce', /^configmap shimgate\/shimgate:\d+:\d+: error: .+ \[InvalidSyntax\]/],
    ['nothing', '', /^configmap shimgate\/shimgate:1:1: error: /],
  ])('such as %s is refused in the log and the metric, and the one before goes on', async (_, invalid, finding) => {
    const refusals = logged('configuration refused, the one before stays in force').length;
    await configure(gate.cluster, gate.installation, invalid, 'failure');
    // The log is written some lines at a time.
    const entry = await eventually(() => {
      const entries = logged('configuration refused, the one before stays in force');
      expect(entries).toHaveLength(refusals + 1);
      return entries.at(-1);
    });
    expect(entry?.level).toBe('error');
    expect(entry?.['findings']).toContainEqual(expect.stringMatching(finding));
    await inForce();
    await configure(gate.cluster, gate.installation, config);
  });

  test('such as none at all, is refused likewise', async () => {
    const { release } = gate.installation;
    const failures = () => metric(gate.webhook, 'shimgate_config_reload_total', { result: 'failure' });
    const before = await failures();
    const { data } = await admin.stored<{ readonly data: Readonly<Record<string, string>> }>('configmap', release);
    expectSilence(await admin.run(['delete', 'configmap', release]));
    await eventually(async () => {
      expect(await failures()).toBe(before + 1);
    });
    await eventually(() => {
      expect(logged('configuration refused, the one before stays in force').at(-1)?.['error']).toBe(
        'there is no ConfigMap shimgate/shimgate with the key configuration.yaml',
      );
    });
    await inForce();
    const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: release }, data };
    expectSilence(await admin.apply(manifest));
  });
});

/** Proves that the configuration of this file is in force: it knows kata, and crun it does not. */
async function inForce(): Promise<void> {
  const user = await gate.userIn('in-force');
  expectSilence(await user.apply(pod('kata', { runtimeClassName: 'kata' })));
  expect((await user.apply(pod('crun', { runtimeClassName: 'crun' }))).exitCode).toBe(1);
  expect(await user.podAnnotations('kata')).toMatchObject({ 'shimgate.dev/runtime-path': '/opt/kata/one' });
}

function logged(message: string): readonly LogEntry[] {
  return logEntries(gate.webhook).filter(({ msg }) => msg === message);
}

/** Takes the mutating webhook configuration away for as long as the scenario takes. */
async function withoutMutatingWebhook(scenario: () => Promise<void>): Promise<void> {
  const { cluster, installation } = gate;
  const named = ['mutatingwebhookconfiguration', installation.release];
  const { stdout } = await cluster.kubectl(['get', ...named, '--output=json']);
  const { metadata, ...rest } = JSON.parse(stdout) as { readonly metadata: { readonly name: string } };
  expectSilence(await cluster.kubectl(['delete', ...named]));
  try {
    await scenario();
  } finally {
    const input = JSON.stringify({ ...rest, metadata: { name: metadata.name } });
    expectSilence(await cluster.kubectl(['create', '--filename=-'], { input }));
  }
}
