import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CacheState } from '../follow/follower.ts';
import type { Mode } from '../generated/configuration.ts';
import type { Finding } from '../finding/finding.ts';
import type { Decision } from '../policy/evaluate.ts';
import type { Operation, Phase } from '../policy/review.ts';

/** What is counted of one answered request. */
export type CountedRequest = {
  readonly webhook: Phase;
  readonly operation: Operation;
  /** Resource as the request names it; unknown ones are counted as `other`, so that labels stay bounded. */
  readonly resource: string;
  readonly decision: Decision;
  readonly mode: Mode;
  readonly findings: readonly Finding[];
  /** Milliseconds from the last byte of the request to its answer. */
  readonly ms: number;
};

/** What became of an Event that was to be written. */
export type EventResult = 'written' | 'failed' | 'dropped';

export type Metrics = {
  readonly registry: Registry;
  readonly countRequest: (request: CountedRequest) => void;
  /** @param limit which one was met */
  readonly countShed: (limit: ShedLimit) => void;
  readonly countReload: (result: 'success' | 'failure') => void;
  readonly countEvent: (result: EventResult) => void;
  readonly setCertificateExpiry: (notAfter: Date) => void;
  /** From now on, says at each scrape what the source says then. */
  readonly observeCaches: (source: () => readonly CacheState[]) => void;
  /** The same of the classes that the API server answers for by itself, by state. */
  readonly observeInProcess: (source: () => Readonly<Record<string, number>>) => void;
};

/** The limits for which a request gets a 429 or a 408, or a connection is closed. */
const shedLimits = [
  'requests',
  'bodyBytes',
  'turnMs',
  'smallBodyMs',
  'lookUps',
  'connections',
  'connectionsPerPeer',
] as const;

export type ShedLimit = (typeof shedLimits)[number];

const knownResources: ReadonlySet<string> = new Set([
  'pods',
  'bindings',
  'runtimeclasses',
  'deployments',
  'statefulsets',
  'daemonsets',
  'replicasets',
  'replicationcontrollers',
  'jobs',
  'cronjobs',
  'podtemplates',
]);

/** The metrics of docs/operations.md, in a registry of their own. Labels never carry the name of a user's object. */
export function createMetrics(version: string): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  // They count what is there now: by Prometheus' naming no gauge is called so. The same by type goes by other names.
  for (const what of ['resources', 'handles', 'requests']) registry.removeSingleMetric(`nodejs_active_${what}_total`);

  const requests = new Counter({
    name: 'shimgate_admission_requests_total',
    help: 'Admission requests answered, by webhook, operation, resource, decision (allow, deny, would-deny, exempt) and mode.',
    labelNames: ['webhook', 'operation', 'resource', 'decision', 'mode'],
    registers,
  });
  const duration = new Histogram({
    name: 'shimgate_admission_duration_seconds',
    help: 'Time from the last byte of an admission request to its answer, in seconds.',
    labelNames: ['webhook'],
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10],
    registers,
  });
  const findings = new Counter({
    name: 'shimgate_findings_total',
    help: 'Findings of admission requests, by code and severity.',
    labelNames: ['code', 'severity'],
    registers,
  });
  const reloads = new Counter({
    name: 'shimgate_config_reload_total',
    help: 'Changes of the configuration that were read, by result: success took over, failure kept the old one.',
    labelNames: ['result'],
    registers,
  });
  const events = new Counter({
    name: 'shimgate_events_total',
    help: 'Events about controllers of pods, by result: written, failed, or dropped since too many waited.',
    labelNames: ['result'],
    registers,
  });
  const shed = new Counter({
    name: 'shimgate_admission_shed_total',
    help: 'Requests answered with 429 (408 where a small body did not come), and connections closed, by the limit that one replica met.',
    labelNames: ['limit'],
    registers,
  });
  const notAfter = new Gauge({
    name: 'shimgate_certificate_not_after_seconds',
    help: 'When the serving certificate expires, in seconds since the epoch.',
    registers,
  });
  let caches: () => readonly CacheState[] = () => [];
  new Gauge({
    name: 'shimgate_cache_objects',
    help: 'Objects held in memory, by kind.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const { kind, count } of caches()) this.set({ kind }, count);
    },
  });
  new Gauge({
    name: 'shimgate_cache_staleness_seconds',
    help: 'Seconds since the API server was last heard of, by kind; 0 while it is followed.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const { kind, stalenessSeconds } of caches()) this.set({ kind }, stalenessSeconds);
    },
  });
  let inProcess: () => Readonly<Record<string, number>> = () => ({});
  new Gauge({
    name: 'shimgate_in_process_classes',
    help: 'RuntimeClasses whose ordinary pods the API server answers by itself (answered), will once it locks them (waiting), or that do not fit (left).',
    labelNames: ['state'],
    registers,
    collect() {
      for (const [state, count] of Object.entries(inProcess())) this.set({ state }, count);
    },
  });
  new Gauge({
    name: 'shimgate_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['version', 'node_version'],
    registers,
  }).set({ version, node_version: process.version }, 1);
  for (const result of ['success', 'failure']) reloads.inc({ result }, 0);
  for (const result of ['written', 'failed', 'dropped']) events.inc({ result }, 0);
  for (const limit of shedLimits) shed.inc({ limit }, 0);

  return {
    registry,
    countRequest: (request) => {
      const resource = knownResources.has(request.resource) ? request.resource : 'other';
      const { webhook, operation, decision, mode } = request;
      requests.inc({ webhook, operation, resource, decision, mode });
      duration.observe({ webhook }, request.ms / 1000);
      for (const { code, severity } of request.findings) findings.inc({ code, severity });
    },
    countShed: (limit) => {
      shed.inc({ limit });
    },
    countReload: (result) => {
      reloads.inc({ result });
    },
    countEvent: (result) => {
      events.inc({ result });
    },
    setCertificateExpiry: (date) => {
      notAfter.set(date.getTime() / 1000);
    },
    observeCaches: (source) => {
      caches = source;
    },
    observeInProcess: (source) => {
      inProcess = source;
    },
  };
}
