import type { Exemptions, ShimgateConfiguration } from '../generated/configuration.ts';
import type { RuntimesTable } from '../shim/runtimes-table.ts';
import type { RuntimeClassFields } from './compile-runtime-class-fields.ts';

/**
 * A configuration that was found to be sound: every default filled in, the runtimes as a table. Immutable; a reload
 * makes a new one.
 */
export type Configuration = Readonly<
  Required<Omit<ShimgateConfiguration, 'apiVersion' | 'kind' | 'exemptions' | 'runtimes'>>
> & {
  readonly exemptions: Readonly<Required<Exemptions>>;
  readonly runtimes: RuntimesTable;
  readonly allowedAnnotations: AllowedAnnotations;
  /** What containerd passes on to the shim (pod_annotations), by runtime name: of runtimes whose entry says so. */
  readonly passedAnnotations: ReadonlyMap<string, readonly string[]>;
  /** What the entries of the table say about the fields of their RuntimeClasses, by handler. */
  readonly runtimeClassFields: ReadonlyMap<string, RuntimeClassFields>;
};

/** Which guarded annotations pods may carry: by runtime name, by key, the globs of which a value must match one; none: any value. */
export type AllowedAnnotations = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
