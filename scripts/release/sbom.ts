import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..', '..');

/**
 * The packages that bundle and executables are made of, as CycloneDX in JSON, by npm itself. Without the serial number and the hour
 * that npm puts in: the same packages are the same bytes.
 */
export async function billOfMaterials(): Promise<string> {
  const args = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--omit=dev', '--package-lock-only'];
  const { stdout } = await run('npm', args, { cwd: root, maxBuffer: 2 ** 26 });
  const {
    serialNumber: _serial,
    metadata,
    ...bill
  } = JSON.parse(stdout) as {
    readonly serialNumber: string;
    readonly metadata: { readonly timestamp: string };
  };
  const { timestamp: _timestamp, ...made } = metadata;
  return `${JSON.stringify({ ...bill, metadata: made }, null, 2)}\n`;
}
