import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/**
 * Starts the browser that is installed: the one of SHIMGATE_CHROMIUM, or the first of the usual names on PATH.
 *
 * @throws Error where there is none, with how to get it
 */
export function startChromium(): Promise<Browser> {
  // Who runs the tests as root, as CI does, has no user namespace to put the browser into.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: findChromium(), args });
}

function findChromium(): string {
  const given = process.env['SHIMGATE_CHROMIUM'];
  const directories = (process.env['PATH'] ?? '').split(path.delimiter);
  const candidates =
    given === undefined ? directories.flatMap((one) => names.map((name) => path.join(one, name))) : [given];
  const found = candidates.find(isExecutable);
  if (found !== undefined) return found;
  const where =
    given === undefined ? `none of ${names.join(', ')} is on PATH` : `SHIMGATE_CHROMIUM=${given} cannot be run`;
  throw new Error(
    `The HTML report is tested in a real Chromium, and ${where}. On Debian: apt-get update && apt-get install -y chromium. Elsewhere: set SHIMGATE_CHROMIUM to its path.`,
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
