import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { pod, runtimeClass } from '../support/cluster/manifests.ts';
import { eventually } from '../support/eventually.ts';
import { outcomesOf } from './stage/outcome.ts';
import { Release } from './stage/release.ts';
import { podOf } from './table/row.ts';

const runtimes = { runc: { runtimeType: 'io.containerd.runc.v2' } };

jest.setTimeout(200_000);

let release: Release;
let values: { readonly image: object; readonly config: object; readonly [name: string]: unknown };

beforeAll(async () => {
  release = await Release.prepare({ runtimes });
  // The test does not wait for as long as an API server keeps connections on which nothing is asked.
  values = { image: release.image, settleSeconds: 5, idleSeconds: 20, config: { mode: 'warn', runtimes } };
  for (const name of ['runc', 'undeclared']) await release.create(runtimeClass(name, name));
}, 600_000);

afterAll(async () => {
  await (release as Release | undefined)?.stop();
}, 60_000);

describe('helm install --wait', () => {
  test('returns when two pods are Ready, which the Pod Security profile restricted lets in', async () => {
    await release.apply('install', values);
    const pods = await release.pods();
    expect(pods.map(({ status }) => status.containerStatuses.map(({ ready }) => ready))).toEqual([[true], [true]]);
  });

  test('has the kubelet pull the image that was pushed', async () => {
    const pulled = (await release.pods()).flatMap(({ status }) => status.containerStatuses.map((one) => one.imageID));
    expect(pulled.map((id) => id.replace(/.*@/, ''))).toEqual([release.digest, release.digest]);
  });

  test('runs them as the chart says: not as root, without capabilities, behind seccomp, on a root that is read-only', async () => {
    const pids = await release.processes();
    expect(pids).toHaveLength(2);
    for (const pid of pids) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      const values_ = Object.fromEntries(
        Array.from(status.matchAll(/^(\w+):\s+(.*)$/gm), ([, key, value]): readonly [string, string] => [
          key ?? '',
          value ?? '',
        ]),
      );
      const none = '0'.repeat(16);
      expect(values_).toMatchObject({
        Uid: '65532\t65532\t65532\t65532',
        Gid: '65532\t65532\t65532\t65532',
        CapInh: none,
        CapPrm: none,
        CapEff: none,
        CapBnd: none,
        CapAmb: none,
        NoNewPrivs: '1',
        // A filter. Source: proc_pid_status(5).
        Seccomp: '2',
      });
      const mounts = (await readFile(`/proc/${pid}/mounts`, 'utf8')).split('\n').map((mount) => mount.split(' '));
      expect(mounts.find(([, place]) => place === '/')?.[3]?.split(',')).toContain('ro');
    }
  });

  test('has them answer the probes of the kubelet', async () => {
    for (const { metadata, status } of await release.pods()) {
      expect(status.containerStatuses.map(({ restartCount }) => restartCount)).toEqual([0]);
      const args = ['get', 'events', `--field-selector=involvedObject.name=${metadata.name},reason=Unhealthy`];
      const messages = await release.kubectl(...args, '--output=jsonpath={range .items[*]}{.message}{"\\n"}{end}');
      // It may be asked before it listens; from then on that it lives it has to say each time.
      const failed = messages.split('\n').filter((message) => message.startsWith('Liveness'));
      expect(failed.filter((message) => !message.includes('connection refused'))).toEqual([]);
    }
  });

  test('has the API server ask them, through the Service, and the pod that they annotate runs', async () => {
    const asked = podOf({ pod: 'asked', class: 'runc', warned: [], node: 'runs' }, release.node.image, 'people');
    const created = await release.create(asked);
    expect(created).toMatchObject({ exitCode: 0, stderr: '' });
    const read = ['get', 'pod', 'asked', '--namespace=people'];
    const annotations = await release.kubectl(...read, '--output=jsonpath={.metadata.annotations}');
    expect(JSON.parse(annotations)).toMatchObject({ 'shimgate.dev/runtime-type': 'io.containerd.runc.v2' });
    const outcomes = await outcomesOf(release.node.controlPlane, 'people', 60_000);
    expect(outcomes.get('asked')).toMatchObject({ kind: 'runs' });
    const { stderr } = await release.create(runtimeClass('root-shell', '/bin/sh'));
    expect(stderr).toContain('[AbsolutePath]');
  });
});

describe('helm test', () => {
  test('asks the API server what only shimgate refuses, passes, and leaves nothing behind', async () => {
    const before = await release.everything();
    expect(await release.run('test')).toMatch(/Phase: +Succeeded/);
    await eventually(async () => {
      expect(await release.everything()).toEqual(before);
    });
  });

  test('may apply one RuntimeClass by its name, and create none', async () => {
    // It is there only as long as the test runs.
    const { stdout } = await release.node.controlPlane.helm([
      'get',
      'hooks',
      'shimgate',
      '--namespace',
      release.namespace,
    ]);
    const rights = stdout.split('\n---\n').filter((one) => !one.includes('\nkind: Pod\n'));
    const input = rights.join('\n---\n');
    expect(await release.node.controlPlane.kubectl(['apply', '-f', '-'], { input })).toMatchObject({ exitCode: 0 });
    const account = `--as=system:serviceaccount:${release.namespace}:shimgate-test`;
    const may = async (...right: readonly string[]) =>
      (await release.node.controlPlane.kubectl(['auth', 'can-i', ...right, account])).stdout.trim();
    expect(await may('patch', 'runtimeclasses/shimgate-test')).toBe('yes');
    expect(await may('create', 'runtimeclasses')).toBe('no');
    expect(await may('patch', 'runtimeclasses/runc')).toBe('no');
    const direct = await release.node.controlPlane.kubectl(['create', '--dry-run=server', '-f', '-', account], {
      input: JSON.stringify(runtimeClass('shimgate-test', 'runc')),
    });
    expect(direct.stderr).toContain('cannot create resource "runtimeclasses"');
    expect(await release.node.controlPlane.kubectl(['delete', '-f', '-'], { input })).toMatchObject({ exitCode: 0 });
  });

  test('fails where the API server does not ask shimgate', async () => {
    const kinds = 'mutatingwebhookconfiguration,validatingwebhookconfiguration';
    const stored = await release.kubectl('get', kinds, 'shimgate', '--output=json');
    await release.kubectl('delete', kinds, 'shimgate');
    await expect(release.run('test')).rejects.toThrow(/shimgate-test failed/);
    expect(await release.kubectl('logs', 'shimgate-test')).toMatch(
      /^failed +a RuntimeClass whose handler is a path .*Invalid value: "\/bin\/sh"/,
    );
    await release.kubectl('delete', 'pod', 'shimgate-test');
    const { items } = JSON.parse(stored) as { readonly items: readonly { readonly kind: string }[] };
    expect(items).toHaveLength(2);
    await release.apply('upgrade', values);
    expect(await release.run('test')).toMatch(/Phase: +Succeeded/);
  });
});

/** Whether a pod of a class that nobody declared would be let in. */
async function letsUndeclaredIn(): Promise<boolean> {
  const { exitCode, stderr } = await release.create(pod('any', { runtimeClassName: 'undeclared' }), '--dry-run=server');
  expect(stderr).toContain('[UndeclaredHandler]');
  return exitCode === 0;
}

describe('helm upgrade', () => {
  test('with another configuration takes effect, and replaces no pod', async () => {
    const before = await release.podNames();
    expect(await letsUndeclaredIn()).toBe(true);
    await release.apply('upgrade', { ...values, config: { mode: 'enforce', undeclaredHandlers: 'deny', runtimes } });
    await eventually(async () => {
      expect(await letsUndeclaredIn()).toBe(false);
    }, 60_000);
    expect(await release.podNames()).toEqual(before);
  });

  test('with pods that are started otherwise replaces them, and no creation fails meanwhile', async () => {
    const before = await release.podNames();
    const failures: string[] = [];
    let [created, isOver] = [0, false];
    const creating = (async () => {
      while (!isOver) {
        const { exitCode, stderr } = await release.create(pod('any', { runtimeClassName: 'runc' }), '--dry-run=server');
        if (exitCode === 0) created++;
        else failures.push(stderr);
      }
    })();
    await release.apply('upgrade', { ...values, logLevel: 'debug' });
    isOver = true;
    await creating;
    expect(failures).toEqual([]);
    expect(created).toBeGreaterThan(0);
    const after = await release.podNames();
    expect(after).toHaveLength(2);
    expect(after.filter((name) => before.includes(name))).toEqual([]);
  });
});

describe('helm rollback', () => {
  test('brings back how the pods were started, and the configuration', async () => {
    await release.apply('upgrade', { ...values, config: { mode: 'enforce', undeclaredHandlers: 'deny', runtimes } });
    await eventually(async () => {
      expect(await letsUndeclaredIn()).toBe(false);
    }, 60_000);
    await release.run('rollback', '1');
    expect((await release.pods()).map(({ spec }) => spec.containers[0]?.args)).toEqual(
      Array.from({ length: 2 }, () => expect.arrayContaining(['--log-level=info'])),
    );
    await eventually(async () => {
      expect(await letsUndeclaredIn()).toBe(true);
    }, 60_000);
  });
});

describe('helm uninstall', () => {
  test('leaves the certificate for the next installation, and nothing when the namespace is deleted', async () => {
    await release.run('uninstall');
    await eventually(async () => {
      expect(await release.everything()).toEqual(['namespace/shimgate', 'secret/shimgate-certificate']);
    }, 90_000);
    expect((await release.create(pod('after', { runtimeClassName: 'runc' }))).exitCode).toBe(0);
    await release.kubectl('delete', 'namespace', release.namespace);
    expect(await release.everything()).toEqual([]);
  });
});
