import { readFile } from 'node:fs/promises';
import type { Configuration } from '../config/configuration.ts';
import { defaultConfiguration, locatedSentence, readConfiguration } from '../config/read-configuration.ts';
import { CommandError } from './exit.ts';

/**
 * Reads the configuration that a command was given, and writes what is wrong with it to standard error.
 *
 * @param file undefined for an empty configuration
 * @throws CommandError where it cannot be used
 */
export async function loadConfiguration(file: string | undefined): Promise<Configuration> {
  if (file === undefined) return defaultConfiguration();
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new CommandError(`cannot read the configuration: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { configuration, findings } = readConfiguration(bytes, file);
  for (const found of findings) process.stderr.write(`${locatedSentence(found)}\n`);
  if (configuration === undefined) throw new CommandError(`the configuration ${file} is not valid`);
  return configuration;
}
