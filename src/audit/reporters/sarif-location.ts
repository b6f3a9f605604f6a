import { isAbsolute, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { visible } from '../../finding/quote.ts';
import { objectLabel, type ObjectReference } from '../../finding/object-reference.ts';
import type { AuditFinding } from '../audit-finding.ts';

/**
 * Where a finding is. Code scanning takes no result without a file: what was read from no file has a path by which it is
 * found again, such as `kubernetes/default/Pod/web.yaml`.
 */
export function locationOf({ object, source }: AuditFinding): object {
  const label = visible(objectLabel(object));
  const { line = 1, column = 1 } = source ?? {};
  return {
    physicalLocation: {
      artifactLocation: {
        uri: source === undefined || isStandardInput(source.file) ? uriOfObject(object) : uriOfFile(source.file),
      },
      region: { startLine: line, startColumn: column },
    },
    logicalLocations: [
      { name: object.name === '' ? label : visible(object.name), fullyQualifiedName: label, kind: 'resource' },
    ],
  };
}

function isStandardInput(file: string): boolean {
  return file === 'stdin';
}

/** A reference by which the file is found from where the audit ran. */
export function uriOfFile(file: string): string {
  const fromHere = isAbsolute(file) ? relative('', file) : file;
  if (isAbsolute(file) && (fromHere === '' || fromHere.startsWith('..') || isAbsolute(fromHere)))
    return pathToFileURL(file).toString();
  return encoded(fromHere.split(sep === '\\' ? /[\\/]/ : '/'));
}

/** The configuration is the file or the ConfigMap that it was read from. */
function uriOfObject({ kind, namespace, name }: ObjectReference): string {
  if (kind === 'ShimgateConfiguration' && name !== '') {
    const [, ofNamespace, ofName] = /^configmap ([^/]+)\/(.+)$/.exec(name) ?? [];
    if (ofNamespace === undefined || ofName === undefined) return uriOfFile(name);
    return encoded(['kubernetes', ofNamespace, 'ConfigMap', `${ofName}.yaml`]);
  }
  const parts = [namespace ?? '', kind, name].filter((part) => part !== '');
  return `${encoded(['kubernetes', ...parts])}.yaml`;
}

function encoded(parts: readonly string[]): string {
  return parts.map((part) => encodeURIComponent(part.toWellFormed())).join('/');
}
