import type { Exemptions, ShimgateConfiguration } from '../generated/configuration.ts';
import type { RuntimesTable } from '../shim/runtimes-table.ts';

/**
 * A configuration that was found to be sound: every default filled in, the runtimes as a table. Immutable; a reload
 * makes a new one.
 */
export type Configuration = Readonly<
  Required<Omit<ShimgateConfiguration, 'apiVersion' | 'kind' | 'exemptions' | 'runtimes'>>
> & {
  readonly exemptions: Readonly<Required<Exemptions>>;
  readonly runtimes: RuntimesTable;
};
