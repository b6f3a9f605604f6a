import { parseAllDocuments } from 'yaml';
import type { LabelSelector } from '../../../src/generated/configuration.ts';
import type { MatchCondition, WebhookEntry } from '../../../src/registration/webhook-entries.ts';
import { ensureBinaries } from '../../support/binaries/ensure-binaries.ts';
import type { Deployment } from '../../support/installation/deployment.ts';
import { chart } from '../../support/installation/installation.ts';
import { runProgram, type ProgramResult } from '../../support/processes/run-program.ts';

/** A rendered object, as far as tests look at it. */
export type Rendered = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly webhooks?: readonly RenderedWebhook[];
  readonly spec?: Deployment['spec'];
};

/** A webhook as the API server takes it. */
export type RenderedWebhook = {
  readonly name: string;
  readonly admissionReviewVersions: readonly string[];
  readonly clientConfig: {
    readonly caBundle?: string;
    readonly service: {
      readonly namespace: string;
      readonly name: string;
      readonly path: WebhookEntry['path'];
      readonly port: number;
    };
  };
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly matchPolicy: string;
  readonly matchConditions?: readonly MatchCondition[];
  readonly namespaceSelector?: LabelSelector;
  readonly objectSelector?: LabelSelector;
  readonly reinvocationPolicy?: string;
  readonly rules: WebhookEntry['rules'];
  readonly sideEffects: string;
  readonly timeoutSeconds: number;
};

/** Renders the chart with Helm itself, for the namespace `shimgate`, without what `helm test` makes unless that is asked for. */
export async function helmTemplate(
  values: object,
  release = 'shimgate',
  flags: readonly string[] = ['--skip-tests'],
): Promise<ProgramResult> {
  const { helm } = await ensureBinaries();
  const args = ['template', release, chart, '--namespace', 'shimgate', '--values', '-', ...flags];
  return runProgram(helm, args, { input: JSON.stringify(values) });
}

/** The objects that Helm renders. @throws Error with what Helm says where it refuses */
export async function render(
  values: object,
  release?: string,
  flags?: readonly string[],
): Promise<readonly Rendered[]> {
  const { exitCode, stdout, stderr } = await helmTemplate(values, release, flags);
  if (exitCode !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout).map((document) => document.toJS() as Rendered);
}

/** The one rendered object of a kind. @throws Error where there is none, or more */
export function only(objects: readonly Rendered[], kind: string): Rendered {
  const found = objects.filter((object) => object.kind === kind);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} objects are a ${kind}.`);
  return found[0];
}
