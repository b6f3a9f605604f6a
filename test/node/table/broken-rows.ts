import { isTrueOf, runtimeKeyVersions } from '../../../src/shim/containerd-facts.ts';
import { isInRange, type ContainerdVersion } from '../../../src/shim/containerd-version.ts';
import type { Row, RowsOf } from './row.ts';

const notConfigured = (handler: string) => new RegExp(`no runtime for "${handler}" is configured`);
const hidden = 'neither a cluster nor the files of containerd show whether a file of the node is there';
const unreported = 'a kubelet says nothing of the handlers of such a containerd';

/** Pods whose handler leads to nothing that starts. */
export const brokenRows: RowsOf = (containerd) => [
  ...missingHandlers(containerd),
  ...missingParts(containerd),
  ...badSettings(containerd),
  ...sandboxers(containerd),
  ...lackingFeatures(containerd),
];

function missingHandlers(containerd: ContainerdVersion): readonly Row[] {
  const isReported = isTrueOf('reportsHandlers', containerd);
  const told = (code: string) => (isReported ? { warned: [code] } : { warned: [], unforeseen: unreported });
  return [
    {
      pod: 'undeclared',
      class: 'undeclared',
      warned: ['UndeclaredHandler'],
      node: notConfigured('undeclared'),
    },
    { pod: 'nowhere', class: 'nowhere', ...told('HandlerOnNoNode'), node: notConfigured('nowhere') },
    {
      pod: 'elsewhere',
      class: 'elsewhere',
      spec: { nodeSelector: { 'kubernetes.io/hostname': 'node-1' } },
      ...told('NoUsableNodeHasHandler'),
      node: notConfigured('elsewhere'),
    },
  ];
}

function missingParts(containerd: ContainerdVersion): readonly Row[] {
  const row = (handler: string, node: Row['node']): Row => ({
    pod: handler,
    class: handler,
    warned: [],
    ...(node !== 'runs' && { unforeseen: hidden }),
    node,
  });
  const isReported = isTrueOf('reportsHandlers', containerd);
  return [
    row('ghost', /runtime "io\.containerd\.ghost\.v1" binary not installed "containerd-shim-ghost-v1"/),
    row(
      'nopath',
      hasKey('runtime_path', containerd)
        ? /invalid custom binary path: stat \/nonexistent\/containerd-shim-runc-v2/
        : 'runs',
    ),
    {
      pod: 'nobinary',
      class: 'nobinary',
      warned: [],
      ...(isReported ? { audited: ['HandlerWithoutFeatures'] } : { unforeseen: hidden }),
      node: /fork\/exec \/nonexistent\/runc: no such file or directory/,
    },
    {
      pod: 'firstshim',
      class: 'firstshim',
      warned: [],
      ...(isTrueOf('hasFirstShims', containerd) ? { unforeseen: hidden } : { imported: ['RuntimeCannotStart'] }),
      // Debian's 1.6 says so of what it does not find anywhere.
      node: /binary not installed "containerd-shim-v1-linux"|exec: "containerd-shim": executable file not found|containerd-shim resolves to executable in current directory/,
    },
  ];
}

function badSettings(containerd: ContainerdVersion): readonly Row[] {
  const isReported = isTrueOf('reportsHandlers', containerd);
  const [usesPath, usesSnapshotter] = [hasKey('runtime_path', containerd), hasKey('snapshotter', containerd)];
  const runsRelative = isTrueOf('runsRelativeTypes', containerd);
  return [
    {
      pod: 'ociaspath',
      class: 'ociaspath',
      warned: [],
      imported: usesPath ? ['OciRuntimeAsShim'] : [],
      node: usesPath ? /failed to start shim: start failed/ : 'runs',
    },
    {
      pod: 'wrongoption',
      class: 'wrongoption',
      warned: [],
      imported: ['WrongOptionType'],
      audited: isReported ? ['HandlerWithoutFeatures'] : [],
      node: /failed to generate (?:sandbox )?runtime options: /,
    },
    {
      pod: 'relative',
      class: 'relative',
      // It is left out of the table, and so nobody declares it.
      warned: ['UndeclaredHandler'],
      imported: ['RuntimeLeftOut'],
      ...(runsRelative && { runsAllTheSame: 'a path is never declared, and import says that this version runs it' }),
      node: runsRelative ? 'runs' : /invalid runtime name my\/io\.containerd\.runc\.v2/,
    },
    {
      pod: 'nosnapshotter',
      class: 'nosnapshotter',
      comesLast: true,
      warned: [],
      imported: usesSnapshotter ? ['RuntimeSnapshotterMissing'] : [],
      node: usesSnapshotter ? /snapshotter nosuch/ : 'runs',
    },
  ];
}

function hasKey(key: string, containerd: ContainerdVersion): boolean {
  return isInRange(containerd, runtimeKeyVersions.get(key) ?? {});
}

/** What gVisor does not have, which the kubelet knows where containerd reports its handlers. */
function lackingFeatures(containerd: ContainerdVersion): readonly Row[] {
  if (!isTrueOf('reportsHandlers', containerd)) return [];
  return [
    {
      pod: 'gvisor-userns',
      class: 'runsc',
      spec: { hostUsers: false },
      warned: ['HandlerLacksFeature'],
      node: /user namespaces/,
    },
  ];
}

/** Keys that 1.x does not have: it passes over them, and the pods run. */
function sandboxers(containerd: ContainerdVersion): readonly Row[] {
  const isKnown = isTrueOf('knowsSandboxers', containerd);
  const row = (handler: string, event: RegExp): Row => ({
    pod: handler,
    class: handler,
    warned: [],
    imported: isKnown ? ['RuntimeCannotStart'] : [],
    node: isKnown ? event : 'runs',
  });
  return [
    row('nosandboxer', /failed to get sandbox controller by nosuch/),
    row('streaming', /failed to create container io: address can not be empty for io stream/),
    ...(isTrueOf('endsByShimSandboxer', containerd)
      ? []
      : [row('shimsandbox', /failed to start new shim for sandbox .*open config\.json/)]),
  ];
}
