import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { Cluster } from '../../support/cluster/cluster.ts';
import { eventually } from '../../support/eventually.ts';
import { runProgram, type ProgramResult } from '../../support/processes/run-program.ts';
import { expectSilence } from './kubectl-user.ts';

const program = join(import.meta.dirname, '../../../dist/main.js');
const schemas = join(import.meta.dirname, '../../fixtures/report-schemas');

type CronJob = {
  readonly spec: {
    readonly jobTemplate: {
      readonly spec: {
        readonly template: {
          readonly spec: {
            readonly serviceAccountName: string;
            readonly containers: readonly [{ readonly args: readonly string[] }];
          };
        };
      };
    };
  };
};

/** Runs what a Job of the CronJob would run, as its ServiceAccount. */
export async function runAuditJob(cluster: Cluster): Promise<ProgramResult> {
  const read = await cluster.kubectl(['get', 'cronjob/shimgate-audit', '--namespace=shimgate', '--output=json']);
  const { spec } = (JSON.parse(read.stdout) as CronJob).spec.jobTemplate.spec.template;
  const token = await cluster.createServiceAccountToken('shimgate', spec.serviceAccountName);
  const kubeconfig = await cluster.writeKubeconfigFor({ name: 'auditor', token });
  const args = [program, ...spec.containers[0].args, `--kubeconfig=${kubeconfig}`];
  return runProgram(process.execPath, args, { env: { ...process.env } });
}

/** The same where it goes well. @returns what standard error says */
export async function runAuditJobWell(cluster: Cluster): Promise<string> {
  const { exitCode, stderr } = await runAuditJob(cluster);
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stderr;
}

/** A report, as far as tests look at it. */
export type Report = {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly generation: number;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid: string }[];
  };
  readonly source?: string;
  readonly results: readonly { readonly policy: string; readonly result: string }[];
  readonly summary: Readonly<Record<string, number>>;
};

/** The reports of a resource, in all namespaces. */
export async function reportsIn(cluster: Cluster, resource: string): Promise<readonly Report[]> {
  const { stdout } = await cluster.kubectl(['get', resource, '--all-namespaces', '--output=json']);
  return (JSON.parse(stdout) as { readonly items: readonly Report[] }).items;
}

/** Their names, in order: of the cluster's, behind a slash. */
export function namesOf(found: readonly Report[]): readonly string[] {
  return found.map(({ metadata: { namespace = '', name } }) => `${namespace}/${name}`).toSorted();
}

/** Installs schemas of reports, such as `reports.openreports.io`, and waits until they are served. */
export async function installReportSchemas(cluster: Cluster, ...resources: readonly string[]): Promise<void> {
  for (const resource of resources) {
    const [kind = '', ...group] = resource.split('.');
    const file = join(schemas, `${group.join('.')}_${kind}.yaml`);
    expectSilence(await cluster.kubectl(['create', `--filename=${file}`]));
    await eventually(async () => {
      const condition = ['wait', '--for=condition=Established', `customresourcedefinition/${resource}`];
      expectSilence(await cluster.kubectl(condition));
    });
  }
}
