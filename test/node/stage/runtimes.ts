import type { Prepared } from '../prepare/prepared.ts';
import type { NodeSettings } from './containerd-config.ts';

/** The handlers of the node: sound ones of several shims, and each kind of broken one. */
export function nodeRuntimes({ binaries, crun }: Prepared): NodeSettings['runtimes'] {
  const runcShim = 'io.containerd.runc.v2';
  return {
    runc: { runtimeType: runcShim },
    crun: { runtimeType: runcShim, options: { BinaryName: crun } },
    runsc: { runtimeType: 'io.containerd.runsc.v1' },
    annotated: { runtimeType: runcShim, podAnnotations: ['shimgate.dev/*', 'team.example/*'] },
    // A snapshotter of its own, which pulls with default settings do not unpack into.
    fancy: { runtimeType: runcShim, snapshotter: 'native' },
    untrusted: { runtimeType: runcShim },
    abspath: { runtimeType: binaries['containerd-shim-runc-v2'] },
    ghost: { runtimeType: 'io.containerd.ghost.v1' },
    nopath: { runtimeType: runcShim, runtimePath: '/nonexistent/containerd-shim-runc-v2' },
    nobinary: { runtimeType: runcShim, options: { BinaryName: '/nonexistent/runc' } },
  };
}
