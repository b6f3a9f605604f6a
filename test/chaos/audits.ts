import path from 'node:path';
import { runProgram } from '../support/processes/run-program.ts';
import type { Stage } from './stage.ts';

const program = path.join(import.meta.dirname, '../../dist/main.js');
const schemas = path.join(import.meta.dirname, '../fixtures/report-schemas');

/** Installs the schemas of reports. @throws where kubectl does */
export async function installReports({ cluster }: Stage): Promise<void> {
  for (const kind of ['reports', 'clusterreports']) {
    const file = path.join(schemas, `openreports.io_${kind}.yaml`);
    const { exitCode, stderr } = await cluster.kubectl(['create', `--filename=${file}`]);
    if (exitCode !== 0) throw new Error(stderr);
  }
}

/** Does what the CronJob of the chart does, as its ServiceAccount. @throws where that fails */
export async function auditOnce({ cluster, installation }: Stage): Promise<void> {
  const { namespace, release } = installation;
  const name = `${release}-audit`;
  const token = await cluster.createServiceAccountToken(namespace, name);
  const kubeconfig = await cluster.writeKubeconfigFor({ name, token });
  const args = [
    'audit',
    `--config-map=${namespace}/${release}`,
    `--write-reports=${name}`,
    `--report-owner=${name}`,
    '--fail-on=never',
    `--kubeconfig=${kubeconfig}`,
  ];
  const { exitCode, stderr } = await runProgram(process.execPath, [program, ...args]);
  // A configuration that is not valid, which comes and goes here, cannot be audited with.
  if (exitCode !== 0 && !stderr.includes('is not valid')) throw new Error(`the audit failed: ${stderr}`);
}
