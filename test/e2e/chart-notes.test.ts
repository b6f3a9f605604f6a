import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { Installation } from '../support/installation/installation.ts';
import { Checkout } from './scenarios/checkout.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';
import { reportReady } from './scenarios/report-ready.ts';
import { pod, runtimeClass } from '../support/cluster/manifests.ts';

describe('what helm says after an installation', () => {
  let cluster: LeasedCluster;
  let installation: Installation;
  let admin: KubectlUser;
  let notes: string;
  let checkout: Checkout;

  beforeAll(async () => {
    cluster = await LeasedCluster.lease();
    admin = new KubectlUser(cluster, 'shimgate');
    expectSilence(
      await cluster.kubectl(['create', '--filename=-'], { input: JSON.stringify(runtimeClass('bad', 'nosuch')) }),
    );
    expectSilence(await new KubectlUser(cluster, 'default').apply(pod('older', { runtimeClassName: 'bad' })));
    installation = await Installation.install(cluster, { values: { replicas: 1 } });
    const got = await cluster.helm(['get', 'notes', 'shimgate', '--namespace=shimgate']);
    expectSilence(got);
    notes = got.stdout;
    checkout = await Checkout.make(cluster);
  }, 120_000);

  afterAll(async () => {
    await installation.stop();
    await cluster.release();
  });

  /** Runs the one command of the notes that has these words in it, as somebody would who copies it. */
  const follow = (words: string) => {
    const commands = notes.split('\n').filter((line) => line.startsWith('   ') && line.includes(words));
    expect(commands).toHaveLength(1);
    return checkout.type(commands[0]?.trim() ?? '');
  };

  test('tells the mode, and that the table is empty', () => {
    expect(notes).toContain('shimgate 0.1.0 is installed in namespace shimgate, in mode warn.\n');
    expect(notes).toContain('The runtimes table is empty');
  });

  test('leads to whether it is ready', async () => {
    await reportReady(admin);
    const { exitCode, stdout } = await follow('rollout status');
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringContaining('deployment "shimgate" successfully rolled out') as unknown,
    });
  });

  test('leads to an audit of what there is', async () => {
    const { stdout, stderr } = await follow('shimgate audit');
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^bad +nosuch /m);
    expect(stdout).toContain('UndeclaredHandler');
    expect(stdout).toMatch(/^Read: [^.]*RuntimeClass 1[^.]*Pod [1-9]/m);
  });

  test('leads to enforcement', async () => {
    expect((await follow('config.mode=enforce')).exitCode).toBe(0);
    const { data } = await admin.stored<{ readonly data: Readonly<Record<string, string>> }>('configmap', 'shimgate');
    expect(parse(data['configuration.yaml'] ?? '')).toMatchObject({ mode: 'enforce' });
  });

  test('leads, last of all, to a cluster without a say of shimgate', async () => {
    expectSilence(await follow('kubectl delete mutatingwebhookconfiguration'));
    const left = await admin.run(['get', 'mutatingwebhookconfiguration,validatingwebhookconfiguration', '-o', 'name']);
    expect(left.stdout).toBe('');
  });
});
