import { isTrueOf } from '../../../src/shim/containerd-facts.ts';
import type { ContainerdVersion } from '../../../src/shim/containerd-version.ts';
import type { Row, RowsOf } from './row.ts';

const notConfigured = (handler: string) => new RegExp(`no runtime for "${handler}" is configured`);
const hidden = 'neither a cluster nor the files of containerd show whether a file of the node is there';

/** Pods whose handler leads to nothing that starts. */
export const brokenRows: RowsOf = (containerd) => [
  ...missingHandlers,
  {
    pod: 'ghost',
    class: 'ghost',
    warned: [],
    unforeseen: hidden,
    node: /runtime "io\.containerd\.ghost\.v1" binary not installed "containerd-shim-ghost-v1"/,
  },
  {
    pod: 'nopath',
    class: 'nopath',
    warned: [],
    unforeseen: hidden,
    node: /invalid custom binary path: stat \/nonexistent\/containerd-shim-runc-v2/,
  },
  {
    pod: 'nobinary',
    class: 'nobinary',
    warned: [],
    audited: ['HandlerWithoutFeatures'],
    node: /fork\/exec \/nonexistent\/runc: no such file or directory/,
  },
  {
    pod: 'ociaspath',
    class: 'ociaspath',
    warned: [],
    imported: ['OciRuntimeAsShim'],
    node: /failed to start shim: start failed/,
  },
  {
    pod: 'wrongoption',
    class: 'wrongoption',
    warned: [],
    imported: ['WrongOptionType'],
    audited: ['HandlerWithoutFeatures'],
    node: /failed to generate sandbox runtime options: toml: cannot decode TOML string/,
  },
  {
    pod: 'relative',
    class: 'relative',
    // It is left out of the table, and so nobody declares it.
    warned: ['UndeclaredHandler'],
    imported: ['RuntimeLeftOut'],
    node: /invalid runtime name my\/io\.containerd\.runc\.v2/,
  },
  {
    pod: 'nosnapshotter',
    class: 'nosnapshotter',
    comesLast: true,
    warned: [],
    imported: ['RuntimeSnapshotterMissing'],
    node: /snapshotter nosuch/,
  },
  {
    pod: 'firstshim',
    class: 'firstshim',
    warned: [],
    imported: ['RuntimeCannotStart'],
    node: /binary not installed "containerd-shim-v1-linux"/,
  },
  ...sandboxers(containerd),
];

const missingHandlers: readonly Row[] = [
  {
    pod: 'undeclared',
    class: 'undeclared',
    warned: ['UndeclaredHandler'],
    node: notConfigured('undeclared'),
  },
  { pod: 'nowhere', class: 'nowhere', warned: ['HandlerOnNoNode'], node: notConfigured('nowhere') },
  {
    pod: 'elsewhere',
    class: 'elsewhere',
    spec: { nodeSelector: { 'kubernetes.io/hostname': 'node-1' } },
    warned: ['NoUsableNodeHasHandler'],
    node: notConfigured('elsewhere'),
  },
];

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
