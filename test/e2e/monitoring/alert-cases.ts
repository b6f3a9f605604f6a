import type { Labels } from '../../support/monitoring/prometheus.ts';

/** When an alert fires and when it does not, by what the samples of one of its series are, a minute apart. */
export type AlertCase = {
  readonly alert: string;
  /** The series; the labels are added to a selector of what the running webhook served. */
  readonly metric: string;
  readonly labels?: Labels;
  readonly firing: string;
  readonly quiet: string;
};

const week = 7 * 86_400;

/** Times begin at 0, and are looked at after twenty minutes. */
export const alertCases: readonly AlertCase[] = [
  { alert: 'ShimgateNotScraped', metric: 'shimgate_build_info', firing: '_x30', quiet: '1x30' },
  {
    alert: 'ShimgateConfigurationRejected',
    metric: 'shimgate_config_reload_total',
    labels: { result: 'failure' },
    firing: '0x12 1x20',
    quiet: '1x30',
  },
  {
    alert: 'ShimgateCertificateExpiresSoon',
    metric: 'shimgate_certificate_not_after_seconds',
    firing: `${week - 60}x30`,
    quiet: `${week + 3600}x30`,
  },
  {
    alert: 'ShimgateCacheStale',
    metric: 'shimgate_cache_staleness_seconds',
    labels: { kind: 'RuntimeClass' },
    firing: '0+60x30',
    quiet: '0+60x4 0x30',
  },
  {
    alert: 'ShimgateShedsRequests',
    metric: 'shimgate_admission_shed_total',
    labels: { limit: 'requests' },
    firing: '0+10x30',
    quiet: '10x30',
  },
];
