import { listNames } from '../finding/list-names.ts';
import type { LocatedFinding } from '../finding/located-finding.ts';
import { quoteUnlessPlain } from '../finding/quote.ts';
import type { NodeCondition, NodeHandler } from '../generated/node-runtimes.ts';
import type { FileReading } from '../import/node-files.ts';
import type { NodeRuntimes as FilesOfNode } from '../import/node-runtimes.ts';
import { cut } from './bounds.ts';
import type { FoundConfiguration } from './find-configuration.ts';

/** A condition as it is now; when it last changed is known to the object alone. */
export type PlainCondition = Omit<NodeCondition, 'lastTransitionTime'>;

const maxMessageLength = 1024;

/** Whether the configuration of the node's containerd was found and read. */
export function readCondition(
  found: FoundConfiguration | undefined,
  node: FilesOfNode | undefined,
  findings: readonly LocatedFinding[],
): PlainCondition {
  const type = 'ConfigurationRead';
  if (found === undefined) {
    const message =
      'None of the known places has a configuration of containerd that can be seen from here: mount its directory with nodes.distribution or nodes.hostPaths, or say where it is with nodes.configPath (--config-path).';
    return condition(type, 'False', 'NotFound', message);
  }
  const { place, others } = found;
  if (node === undefined) {
    const isNoConfiguration = found.reading.kind === 'bytes';
    return condition(type, 'False', isNoConfiguration ? 'Refused' : 'Unreadable', unreadMessage(place, found.reading));
  }
  const elsewhere = others.length === 0 ? '' : ` Passed over, as another containerd's: ${others.join(', ')}.`;
  const notLookedUp = findings.filter(({ code }) => code === 'ImportNotLookedUp');
  if (notLookedUp.length > 0) {
    const imports = notLookedUp.length === 1 ? 'has an import' : `has ${notLookedUp.length} imports`;
    const fixes = [...new Set(notLookedUp.map(({ fix }) => fix))].join(' ');
    const message = `${quoteUnlessPlain(place)} ${imports} where the agent cannot look: what is said here may lack something. ${fixes}${elsewhere}`;
    return condition(type, 'False', 'ImportsUnseen', message);
  }
  return condition(type, 'True', 'Read', `Read from ${quoteUnlessPlain(place)}.${elsewhere}`);
}

function unreadMessage(place: string, reading: FileReading): string {
  const shown = quoteUnlessPlain(place);
  switch (reading.kind) {
    case 'bytes':
      return `${shown} is no configuration that containerd would take.`;
    case 'missing':
      return `${shown} does not exist.`;
    case 'unreadable':
      return `${shown} ${reading.reason}.`;
    case 'unseen':
      return `${shown} ${reading.reason}. ${reading.fix}`;
  }
}

/** Whether all that the configuration names is there. */
export function partsCondition(node: FilesOfNode | undefined, handlers: readonly NodeHandler[]): PlainCondition {
  const type = 'PartsPresent';
  if (node === undefined) return condition(type, 'Unknown', 'ConfigurationUnread', 'The configuration was not read.');
  const lacking = handlers.filter(({ missing = [] }) => missing.length > 0);
  if (lacking.length > 0) {
    const parts = lacking.flatMap(({ name, missing = [] }) =>
      missing.map(({ what, value }) => `${name}: ${what} ${value}`),
    );
    const names = listNames('handler', lacking.map(({ name }) => name)); // prettier-ignore
    return condition(type, 'False', 'PartsMissing', `No pod of ${names} starts here: ${parts.join('; ')}.`);
  }
  const unseen = handlers.filter((handler) => (handler.unseen ?? []).length > 0);
  if (unseen.length > 0) {
    const names = listNames('handler', unseen.map(({ name }) => name)); // prettier-ignore
    return condition(type, 'Unknown', 'PartsUnseen', `The agent cannot look for all that ${names} needs.`);
  }
  return condition(type, 'True', 'AllPresent', 'All that the configuration names is there.');
}

function condition(type: string, status: PlainCondition['status'], reason: string, message: string): PlainCondition {
  return { type, status, reason, message: cut(message, maxMessageLength) };
}
