import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { ownerEvent } from '../admission/owner-event.ts';
import type { CertificateSource } from '../certificates/certificate-source.ts';
import { ClientAuthorities } from '../certificates/client-authorities.ts';
import { FileCertificate } from '../certificates/file-certificate.ts';
import { SelfManagedCertificate } from '../certificates/self-managed-certificate.ts';
import { ConfigurationMap } from '../cluster/configuration-map.ts';
import type { ClusterConnection } from '../cluster/connection.ts';
import { EventRecorder } from '../cluster/events/event-recorder.ts';
import { LiveCluster } from '../cluster/live-cluster.ts';
import { ConfigurationFile } from '../config/configuration-file.ts';
import type { Reload } from '../config/current-configuration.ts';
import { locatedSentence } from '../finding/located-finding.ts';
import { clusterStateFrom } from '../manifests/cluster-state.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import type { WorldSource } from '../policy/world.ts';
import { compileAnswers, type InProcessAnswers } from '../registration/in-process-answers.ts';
import { InProcessController } from '../registration/in-process-controller.ts';
import { WebhookConfigurationsFollower } from '../registration/webhook-configurations-follower.ts';
import type { OnVerdict } from '../webhook/admission-app.ts';
import type { EventResult } from '../webhook/metrics.ts';
import { CommandError } from './exit.ts';
import type {
  CertificatePlan,
  ClientsPlan,
  ClusterPlan,
  ConfigurationPlan,
  InProcessPlan,
  ServePlan,
} from './serve-plan.ts';
import type { ConfigurationSource, ManifestCluster } from './world-source.ts';

/** What followers are opened with. */
export type Surroundings = {
  /** Opens the connection to the API server, once. @throws CommandError where nothing says which */
  readonly connect: () => ClusterConnection;
  /** The webhook configurations of a name, followed once for all who write into them. */
  readonly webhookConfigurations: (name: string) => WebhookConfigurationsFollower;
  readonly logger: Logger;
};

/** Follows the webhook configurations of each name once. */
export function followWebhookConfigurations(
  { inProcess }: ServePlan,
  connect: () => ClusterConnection,
  logger: Logger,
): Surroundings['webhookConfigurations'] {
  const followed = new Map<string, WebhookConfigurationsFollower>();
  return (name) => {
    const seesOthers = inProcess?.isOn === true && inProcess.name === name;
    const known = followed.get(name) ?? new WebhookConfigurationsFollower(connect(), name, seesOthers, logger);
    followed.set(name, known);
    return known;
  };
}

/** @throws CommandError where the file is no valid configuration */
export async function openConfiguration(
  plan: ConfigurationPlan,
  { connect, logger }: Surroundings,
  countReload: (result: Reload['result']) => void,
): Promise<ConfigurationSource> {
  const onReload = (reload: Reload) => {
    countReload(reload.result);
    const findings = reload.findings.map(locatedSentence);
    if (reload.result === 'success') logger.info({ findings }, 'configuration in force');
    else logger.error({ findings, error: reload.error }, 'configuration refused, the one before stays in force');
  };
  if (plan.kind === 'map') {
    const map = new ConfigurationMap(connect(), plan.map, onReload, logger);
    map.start();
    return map;
  }
  const { file } = plan;
  const { opened, findings } = await ConfigurationFile.open(file, onReload).catch((error: unknown) => {
    throw new CommandError(`cannot read the configuration: ${reasonOf(error)}`);
  });
  for (const found of findings) logger[found.severity === 'error' ? 'error' : 'warn'](locatedSentence(found));
  if (opened === undefined) throw new CommandError(`the configuration ${file} is not valid`);
  return opened;
}

/** @throws CommandError where the manifests cannot be read */
export async function openCluster(
  plan: ClusterPlan,
  { connect, logger }: Surroundings,
): Promise<LiveCluster | ManifestCluster> {
  if (plan.kind === 'objects') return readObjects(plan.paths, logger);
  const live = new LiveCluster(connect(), logger, plan.asksNodes);
  live.start();
  return live;
}

/** Keeps the API server's own answers up to date, compiled anew where anything changed that they depend on. */
export function openInProcess(
  { name, isOn, trustedWebhooks }: InProcessPlan,
  world: WorldSource,
  cluster: LiveCluster,
  { connect, webhookConfigurations, logger }: Surroundings,
): InProcessController {
  let last: { readonly of: readonly unknown[]; readonly answers: InProcessAnswers } | undefined;
  const answers = () => {
    const current = world.current();
    if (current === undefined) return undefined;
    const { namespaceChanges, ...scope } = cluster.scope;
    if (last?.of[0] !== current || last.of[1] !== namespaceChanges)
      last = { of: [current, namespaceChanges], answers: compileAnswers(current, scope) };
    return last.answers;
  };
  const controller = new InProcessController(connect(), {
    name,
    webhookConfigurations: webhookConfigurations(name),
    trustedWebhooks,
    logger,
    ...(isOn && { answers }),
  });
  controller.start();
  return controller;
}

/** Tells controllers what became of their pods. */
export function openEvents(
  { connect, logger }: Surroundings,
  count: (result: EventResult) => void,
): { readonly recorder: EventRecorder; readonly onVerdict: OnVerdict } {
  const onFailure = (reason: string) => {
    logger.warn({ reason }, 'cannot write events');
  };
  // No longer one is taken, and a host's name may have 253 characters.
  const instance = hostname().slice(0, 128);
  const recorder = new EventRecorder(connect(), { instance, count, onFailure });
  const onVerdict: OnVerdict = (review, phase, verdict) => {
    const event = ownerEvent(review, phase, verdict);
    if (event !== undefined) recorder.record(event, Date.now());
  };
  return { recorder, onVerdict };
}

/** @throws CommandError where the files hold no pair that can be served */
export async function openCertificate(
  plan: CertificatePlan,
  { connect, webhookConfigurations, logger }: Surroundings,
): Promise<CertificateSource> {
  if (plan.kind === 'self-managed') {
    return new SelfManagedCertificate(connect(), {
      ...plan,
      webhookConfigurations: webhookConfigurations(plan.webhookConfiguration),
      logger,
    });
  }
  return FileCertificate.open(plan.certFile, plan.keyFile, logger).catch((error: unknown) => {
    throw new CommandError(reasonOf(error));
  });
}

/** @throws CommandError where the file holds no CAs */
export async function openClientAuthorities(
  { caFile }: ClientsPlan,
  { logger }: Surroundings,
): Promise<ClientAuthorities> {
  return ClientAuthorities.open(caFile, logger).catch((error: unknown) => {
    throw new CommandError(`--client-ca-file: ${reasonOf(error)}`);
  });
}

async function readObjects(paths: readonly string[], logger: Logger): Promise<ManifestCluster> {
  const manifests = await readManifests(paths, process.stdin);
  const { state, counts, findings, findPods } = clusterStateFrom(manifests.objects);
  const unreadable = [...manifests.findings, ...findings];
  for (const found of unreadable) logger.error(locatedSentence(found));
  if (unreadable.length > 0) throw new CommandError('--objects cannot be read');
  const caches = Object.entries(counts).map(([kind, count]) => ({ kind, count, stalenessSeconds: 0 }));
  return {
    state,
    isKnown: true,
    caches: () => caches,
    findPods: (question) => Promise.resolve(findPods(question)),
    checks: [{ name: 'objects', failure: () => undefined }],
    close: () => undefined,
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
