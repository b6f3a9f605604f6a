import { describe, expect, test } from '@jest/globals';
import { knownPaths } from '../../src/import/known-places.ts';
import { searchPath } from '../../src/node/search-path.ts';
import { ensureBinaries } from '../support/binaries/ensure-binaries.ts';
import { chart } from '../support/installation/installation.ts';
import { runProgram } from '../support/processes/run-program.ts';
import { only, render } from './chart/render.ts';

type DaemonSetSpec = {
  readonly template: {
    readonly spec: { readonly volumes: readonly { readonly hostPath: { readonly path: string } }[] };
  };
};

/** Where a distribution has containerd's configuration, as its own sources say it. */
const places = {
  kubeadm: '/etc/containerd/config.toml',
  kind: '/etc/containerd/config.toml',
  eks: '/etc/containerd/config.toml',
  gke: '/etc/containerd/config.toml',
  aks: '/etc/containerd/config.toml',
  k3s: '/var/lib/rancher/k3s/agent/etc/containerd/config.toml',
  rke2: '/var/lib/rancher/rke2/agent/etc/containerd/config.toml',
  k0s: '/etc/k0s/containerd.toml',
  microk8s: '/var/snap/microk8s/current/args/containerd.toml',
  talos: '/etc/cri/containerd.toml',
};

describe('what is mounted of a node by its distribution', () => {
  test.each(Object.entries(places))('has what an agent reads and looks at: %s', async (distribution, place) => {
    const objects = await render({ nodes: { enabled: true, distribution } });
    const { template } = only(objects, 'DaemonSet').spec as unknown as DaemonSetSpec;
    const mounted = template.spec.volumes.map(({ hostPath }) => hostPath.path);
    expect(knownPaths).toContain(place);
    const wanted = [place, ...searchPath(place, undefined)];
    expect(wanted.filter((file) => !mounted.some((directory) => `${file}/`.startsWith(`${directory}/`)))).toEqual([]);
    // Of all else a node has, containerd's own files above all, nothing is mounted.
    expect(
      mounted.filter((directory) => ['/', '/etc', '/var', '/run', '/var/lib', '/home'].includes(directory)),
    ).toEqual([]);
  });
});

describe('what an installation says of its agents', () => {
  const forRoot = "containerd's files are for root alone";

  async function notes(flags: readonly string[]): Promise<string> {
    const { helm } = await ensureBinaries();
    const args = [
      'install',
      'mine',
      chart,
      '--namespace=apart',
      '--dry-run=client',
      '--set=nodes.enabled=true',
      ...flags,
    ];
    const { exitCode, stdout, stderr } = await runProgram(helm, args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    return stdout.slice(stdout.indexOf('NOTES:'));
  }

  test('names what to wait for, and what to look at then', async () => {
    const said = await notes([]);
    expect(said).toContain('   kubectl --namespace shimgate-nodes rollout status daemonset/mine-shimgate-nodes\n');
    expect(said).toContain('   kubectl get noderuntimes --output=wide\n');
    expect(said).not.toContain(forRoot);
  });

  test.each([
    ['microk8s', [], true],
    ['talos', [], true],
    ['talos', ['--set=nodes.runAsRoot=true'], false],
    ['talos', ['--set=nodes.hostPaths={/srv/containerd,/usr}'], false],
    ['k3s', [], false],
  ])('tells where they want to be root: %s %j', async (distribution, flags, isTold) => {
    const said = await notes([`--set=nodes.distribution=${distribution}`, ...flags]);
    expect(said.includes(`On ${distribution} ${forRoot}`)).toBe(isTold);
  });
});
