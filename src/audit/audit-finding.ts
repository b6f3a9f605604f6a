import { plainFinding, type Finding } from '../finding/finding.ts';
import type { ManifestSource } from '../manifests/read-manifests.ts';

/** What a finding is about. */
export type AuditedObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
};

/** Where it was read from, where that was a file. */
export type AuditedSource = ManifestSource & { readonly column?: number };

/** A finding about an object that is there already. */
export type AuditFinding = Finding & {
  readonly object: AuditedObject;
  /** The way from a pod or a class to its shim, as far as it goes: `RuntimeClass "kata"`, `handler "kata-qemu"`, … */
  readonly chain?: readonly string[];
  readonly source?: AuditedSource;
};

/** What a finding is told about besides itself. */
export type AuditSubject = Pick<AuditFinding, 'object'> & {
  readonly chain?: readonly string[];
  readonly source?: AuditedSource | undefined;
};

/** A finding about a subject. */
export function about({ object, chain, source }: AuditSubject, found: Finding): AuditFinding {
  return {
    ...plainFinding(found),
    object,
    ...(chain !== undefined && { chain }),
    ...(source !== undefined && { source }),
  };
}

/** An object as messages and reports call it: `Pod default/web`. */
export function objectLabel({ kind, namespace, name }: AuditedObject): string {
  const path = [namespace ?? '', name].filter((part) => part !== '').join('/');
  return path === '' ? kind : `${kind} ${path}`;
}
