import type { Configuration } from '../config/configuration.ts';
import { defaultConfiguration, readConfiguration } from '../config/read-configuration.ts';
import { maxSettingsBytes, readBoundedFile } from '../follow/read-file.ts';
import type { LocatedFinding } from '../finding/located-finding.ts';
import { CommandError } from './exit.ts';
import { writeFindings } from './output.ts';

/**
 * Reads the configuration that a command was given, and writes what is wrong with it to standard error.
 *
 * @param file undefined for an empty configuration
 * @throws CommandError where it cannot be used
 */
export async function loadConfiguration(file: string | undefined): Promise<Configuration> {
  const { configuration, findings } = await readConfigurationFile(file);
  writeFindings(findings);
  return configuration;
}

/** A configuration that can be used, and what is to be said of it all the same. */
export type LoadedConfiguration = {
  readonly configuration: Configuration;
  /** The file that it is from; undefined for an empty one. */
  readonly name: string | undefined;
  readonly findings: readonly LocatedFinding[];
};

/**
 * Reads a configuration and leaves it to the caller to tell what was found; where it cannot be used, that is written to
 * standard error.
 *
 * @throws CommandError where it cannot be used
 */
export async function readConfigurationFile(file: string | undefined): Promise<LoadedConfiguration> {
  if (file === undefined) return { configuration: defaultConfiguration(), name: undefined, findings: [] };
  let bytes: Buffer;
  try {
    bytes = await readBoundedFile(file, maxSettingsBytes);
  } catch (error) {
    throw new CommandError(`cannot read the configuration: ${error instanceof Error ? error.message : String(error)}`);
  }
  return checkConfiguration(bytes, file);
}

/** The same for a configuration that was read already. */
export function checkConfiguration(bytes: Uint8Array, name: string): LoadedConfiguration {
  const { configuration, findings } = readConfiguration(bytes, name);
  if (configuration !== undefined) return { configuration, name, findings };
  writeFindings(findings);
  throw new CommandError(`the configuration ${name} is not valid`);
}
