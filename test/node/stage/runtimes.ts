import { isTrueOf } from '../../../src/shim/containerd-facts.ts';
import type { Prepared } from '../prepare/prepared.ts';
import type { NodeSettings } from './containerd-config.ts';

const runcShim = 'io.containerd.runc.v2';

/** The handlers of the node: sound ones of several shims, and each kind of broken one. */
export function nodeRuntimes({ binaries, crun, gvisorConfig, versions }: Prepared): NodeSettings['runtimes'] {
  return {
    runc: { runtimeType: runcShim },
    crun: { runtimeType: runcShim, options: { BinaryName: crun } },
    runsc: { runtimeType: 'io.containerd.runsc.v1' },
    runscconfig: {
      runtimeType: 'io.containerd.runsc.v1',
      options: { TypeUrl: 'io.containerd.runsc.v1.options', ConfigPath: gvisorConfig },
    },
    annotated: { runtimeType: runcShim, podAnnotations: ['shimgate.dev/*', 'team.example/*'] },
    // containerd matches as Go's path.Match does: no asterisk crosses a slash.
    noslash: { runtimeType: runcShim, podAnnotations: ['*'] },
    oneslash: { runtimeType: runcShim, podAnnotations: ['*/*'] },
    // A snapshotter of its own, which pulls with default settings do not unpack into.
    fancy: { runtimeType: runcShim, snapshotter: 'native' },
    untrusted: { runtimeType: runcShim },
    abspath: { runtimeType: binaries['containerd-shim-runc-v2'] },
    shortname: { runtimeType: 'runc.v2' },
    goodpath: { runtimeType: runcShim, runtimePath: binaries['containerd-shim-runc-v2'] },
    unknownoption: { runtimeType: runcShim, options: { BinaryNme: crun } },
    // 1.7 prints it in `crictl info`, and makes sandboxes as ever.
    ...(!isTrueOf('knowsSandboxers', versions.containerd) && {
      sandboxmode: {
        runtimeType: runcShim,
        runtimePath: binaries['containerd-shim-runc-v2'],
        sandboxMode: 'shim',
        podAnnotations: ['team.example/*'],
      },
    }),
    ...broken(binaries.runc),
    // On the others a pod of it can end containerd itself.
    ...(!isTrueOf('endsByShimSandboxer', versions.containerd) && {
      shimsandbox: { runtimeType: runcShim, sandboxer: 'shim' },
    }),
  };
}

function broken(ociRuntime: string): NodeSettings['runtimes'] {
  return {
    ghost: { runtimeType: 'io.containerd.ghost.v1' },
    nopath: { runtimeType: runcShim, runtimePath: '/nonexistent/containerd-shim-runc-v2' },
    nobinary: { runtimeType: runcShim, options: { BinaryName: '/nonexistent/runc' } },
    ociaspath: { runtimeType: runcShim, runtimePath: ociRuntime },
    wrongoption: { runtimeType: runcShim, options: { SystemdCgroup: 'yes' } },
    nosnapshotter: { runtimeType: runcShim, snapshotter: 'nosuch' },
    nosandboxer: { runtimeType: runcShim, sandboxer: 'nosuch' },
    streaming: { runtimeType: runcShim, ioType: 'streaming' },
    relative: { runtimeType: 'my/io.containerd.runc.v2' },
    firstshim: { runtimeType: 'io.containerd.runtime.v1.linux' },
  };
}

/** The same, and one more: what a restarted containerd has besides. */
export function withLateRuntime(prepared: Prepared): NodeSettings['runtimes'] {
  return { ...nodeRuntimes(prepared), late: { runtimeType: runcShim } };
}
