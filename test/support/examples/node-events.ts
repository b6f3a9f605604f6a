import type { FindingCode } from '../../../src/finding/codes.ts';

/** What stands for a part of an event that differs from pod to pod. */
const placeholders = /\b(?:CODE|HANDLER|ID|IMAGE|OPTION|SHIM|SNAPSHOTTER|SANDBOXER|PATH|TEXT)\b/g;

const notConfigured = [
  'Failed to create pod sandbox: rpc error: code = Unknown desc = unable to get OCI runtime for sandbox "ID": no runtime for "HANDLER" is configured',
];

const create = 'Failed to create pod sandbox: rpc error: code = Unknown desc =';
const start = `${create} failed to start sandbox "ID": failed to create containerd task:`;

/**
 * What a kubelet with containerd 2.4 says of a pod that shimgate could have told of by such a finding. Codes that are not
 * here tell of something else than a pod that does not start. The node tests hold each against the events that they see.
 */
export const nodeEvents: Readonly<Partial<Record<FindingCode, readonly string[]>>> = {
  UndeclaredHandler: notConfigured,
  HandlerOnNoNode: notConfigured,
  NoUsableNodeHasHandler: notConfigured,
  HandlerWithoutFeatures: [
    `${start} failed to create shim task: OCI runtime create failed: unable to retrieve OCI runtime error (open PATH: no such file or directory): fork/exec PATH: no such file or directory`,
    `${create} failed to generate sandbox runtime options: TEXT`,
  ],
  UntrustedWorkloadRefused: [
    `${create} unable to get OCI runtime for sandbox "ID": untrusted workload with explicit runtime handler is not allowed`,
    `${create} unable to get OCI runtime for sandbox "ID": untrusted workload with host access is not allowed`,
  ],
  WrongOptionType: [`${create} failed to generate sandbox runtime options: TEXT`],
  OciRuntimeAsShim: [`${start} failed to start shim: start failed: TEXT`],
  RuntimeLeftOut: [
    `${start} failed to start shim: failed to resolve runtime path: invalid runtime name SHIM, correct runtime name should be either format like \`io.containerd.runc.v2\` or a full path to the binary`,
  ],
  RuntimeSnapshotterMissing: [
    `Failed to create pod sandbox: rpc error: code = CODE desc = TEXT could not find snapshotter SNAPSHOTTER plugin`,
  ],
  RuntimeCannotStart: [
    `${create} failed to create sandbox "ID": failed to get sandbox controller by SANDBOXER`,
    `${create} failed to create sandbox "ID": failed to start new shim for sandbox ID: start failed: TEXT`,
    `${start} failed to start shim: failed to resolve runtime path: runtime "SHIM" binary not installed "TEXT": file does not exist`,
    'Error: failed to create container io: address can not be empty for io stream',
  ],
  HandlerLacksFeature: [
    'Failed to create pod sandbox: can\'t set `spec.hostUsers: false`, RuntimeClass handler "HANDLER" does not support user namespaces',
  ],
  RuntimeHandlerBreaksPulls: [
    'Failed to pull image "IMAGE": rpc error: code = InvalidArgument desc = failed to pull and unpack image "IMAGE": unable to initialize unpacker: no unpack platforms defined: invalid argument',
  ],
};

const createdBefore = `${create} failed to create containerd task:`;
const notConfiguredBefore = [`${create} failed to get sandbox runtime: no runtime for "HANDLER" is configured`];

/** The same of earlier containerds, where they say it in other words. `make matrix` holds them against what it sees. */
export const earlierNodeEvents: Readonly<Partial<Record<FindingCode, readonly string[]>>> = {
  UndeclaredHandler: notConfiguredBefore,
  UntrustedWorkloadRefused: [
    `${create} failed to get sandbox runtime: untrusted workload with explicit runtime handler is not allowed`,
    `${create} failed to get sandbox runtime: untrusted workload with host access is not allowed`,
  ],
  WrongOptionType: [`${create} failed to generate runtime options: TEXT`],
  OciRuntimeAsShim: [`${createdBefore} failed to start shim: start failed: TEXT: unknown`],
  RuntimeLeftOut: [
    `${createdBefore} failed to start shim: failed to resolve runtime path: invalid runtime name SHIM, correct runtime name should be either format like TEXT or a full path to the binary: unknown`,
  ],
  RuntimeSnapshotterMissing: [
    'Failed to create pod sandbox: rpc error: code = CODE desc = TEXT snapshotter SNAPSHOTTER was not found: not found',
  ],
};

/** Whether an event is one that a quotation stands for: its fixed parts stand there in this order, from start to end. */
export function isQuotedBy(quotation: string, message: string): boolean {
  const parts = quotation.split(placeholders);
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (!message.startsWith(first) || !message.endsWith(last)) return false;
  let at = 0;
  for (const part of parts) {
    const found = message.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return true;
}
