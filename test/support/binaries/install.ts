/**
 * Finds or builds the pinned programs of the end-to-end tests: `node test/support/binaries/install.ts`. With `--node` also
 * those of a node, and with `--monitoring` Prometheus and its tool.
 * Standard output has a line for each, name and path with a tab between them; all else is on standard error.
 */
import { ensureBinaries, ensureMonitoringBinaries, ensureNodeBinaries } from './ensure-binaries.ts';

try {
  const isWanted = (flag: string) => process.argv.includes(flag);
  const paths = {
    ...(await ensureBinaries()),
    ...(isWanted('--node') && (await ensureNodeBinaries())),
    ...(isWanted('--monitoring') && (await ensureMonitoringBinaries())),
  };
  for (const [name, file] of Object.entries(paths)) {
    process.stdout.write(`${name}\t${file}\n`);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
