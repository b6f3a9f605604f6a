import { codes } from '../../../src/finding/codes.ts';
import { isTrueOf } from '../../../src/shim/containerd-facts.ts';
import type { ContainerdVersion } from '../../../src/shim/containerd-version.ts';
import { earlierNodeEvents, nodeEvents } from '../../support/examples/node-events.ts';
import type { AuditFinding, GatedNode } from '../stage/gated-node.ts';
import type { Row } from './row.ts';

/** The kubelet's events that docs/reasons.md quotes, by the code that tells of them before. */
export const quotations: Readonly<Partial<Record<string, readonly string[]>>> = nodeEvents;

/** The same of versions before the pinned one. */
export const earlierQuotations: typeof quotations = earlierNodeEvents;

/** What is said of a row's handler before there is a pod, as far as that is about pods which do not start. */
export type Told = {
  /** By import, of the node's file. */
  readonly imported: readonly string[];
  /** By the audit, of the row's class. What depends on an annotation is left to another test. */
  readonly audited: readonly string[];
};

/** @param audited all that the audit found */
export function toldBefore(row: Row, gated: GatedNode, audited: readonly AuditFinding[]): Told {
  const isQuoted = (code: string) => quotations[code] !== undefined;
  const about = audited.filter(({ object }) => object.kind === 'RuntimeClass' && object.name === row.class);
  const found = about.map(({ code }) => code).filter(isQuoted);
  return {
    imported: gated.importedOf(row.class ?? '').filter(isQuoted),
    audited: found.filter((code) => code !== 'RuntimeHandlerBreaksPulls' && !row.warned.includes(code)),
  };
}

/**
 * Whether a code is an error where it is enforced. A handler that nodes report is none, whoever declares it, nor is one of nodes
 * that report no handlers.
 *
 * @param runtimes of the node
 */
export function isErrorOf(row: Row, code: string, containerd: ContainerdVersion, runtimes: object): boolean {
  const isReported = isTrueOf('reportsHandlers', containerd);
  if (code === 'UndeclaredHandler' && (!isReported || (row.class ?? '') in runtimes)) return false;
  return codes[code as keyof typeof codes].severity === 'error';
}
