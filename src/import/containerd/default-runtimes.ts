import type { Manner } from './manner.ts';
import type { NodeSystem } from './node-system.ts';
import type { LocatedTable, LocatedValue, Place } from '../../text/located-value.ts';

/**
 * The runtimes that containerd has without a word in any file: runc, and on Windows those of runhcs.
 *
 * Source: containerd, internal/cri/config/config_unix.go and config_windows.go, DefaultRuntimeConfig; 1.7,
 * pkg/cri/config/config_unix.go, DefaultConfig.
 */
export function defaultRuntimes(at: Place, system: NodeSystem, manner: Manner): LocatedTable {
  const isFirst = manner === 'drop-ins replace plugins';
  const table = (entries: Readonly<Record<string, LocatedValue>>): LocatedTable => ({
    kind: 'table',
    at,
    entries: new Map(Object.entries(entries)),
  });
  const text = (value: string): LocatedValue => ({ kind: 'string', at, value });
  const texts = (...values: readonly string[]): LocatedValue => ({ kind: 'array', at, items: values.map(text) });
  const flag = (value: boolean): LocatedValue => ({ kind: 'boolean', at, value });
  const integer = (value: bigint): LocatedValue => ({ kind: 'integer', at, value });
  if (system === 'windows') {
    // Both also pass container annotations on, for which there is no place here.
    return table({
      'runhcs-wcow-process': table({ runtime_type: text('io.containerd.runhcs.v1') }),
      'runhcs-wcow-hypervisor': table({
        runtime_type: text('io.containerd.runhcs.v1'),
        pod_annotations: texts('io.microsoft.virtualmachine.*'),
        options: table({ SandboxIsolation: integer(1n), ScaleCpuLimitsToSandbox: flag(true) }),
      }),
    });
  }
  return table({
    runc: table({
      runtime_type: text('io.containerd.runc.v2'),
      sandboxer: text('podsandbox'),
      options: table({
        BinaryName: text(''),
        CriuImagePath: text(''),
        ...(isFirst && { CriuPath: text('') }),
        CriuWorkPath: text(''),
        IoGid: integer(0n),
        IoUid: integer(0n),
        NoNewKeyring: flag(false),
        ...(isFirst && { NoPivotRoot: flag(false) }),
        Root: text(''),
        ShimCgroup: text(''),
        SystemdCgroup: flag(false),
      }),
    }),
  });
}
