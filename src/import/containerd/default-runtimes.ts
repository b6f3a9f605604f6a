import type { LocatedTable, LocatedValue, Place } from '../../text/located-value.ts';

/**
 * The runtimes that containerd has without a word in any file: runc.
 *
 * Source: containerd, internal/cri/config/config_unix.go, DefaultRuntimeConfig.
 */
export function defaultRuntimes(at: Place): LocatedTable {
  const table = (entries: Readonly<Record<string, LocatedValue>>): LocatedTable => ({
    kind: 'table',
    at,
    entries: new Map(Object.entries(entries)),
  });
  const text = (value: string): LocatedValue => ({ kind: 'string', at, value });
  const no: LocatedValue = { kind: 'boolean', at, value: false };
  const zero: LocatedValue = { kind: 'integer', at, value: 0n };
  return table({
    runc: table({
      runtime_type: text('io.containerd.runc.v2'),
      sandboxer: text('podsandbox'),
      options: table({
        BinaryName: text(''),
        CriuImagePath: text(''),
        CriuWorkPath: text(''),
        IoGid: zero,
        IoUid: zero,
        NoNewKeyring: no,
        Root: text(''),
        ShimCgroup: text(''),
        SystemdCgroup: no,
      }),
    }),
  });
}
