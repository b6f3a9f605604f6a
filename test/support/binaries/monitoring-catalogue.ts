import path from 'node:path';
import { goModDirectory, type Binary } from './catalogue.ts';
import { pin } from './pin.ts';

const built = {
  rule: 'same-minor',
  // A build from its Go module says no version.
  versionArgs: undefined,
  linkerVariables: {},
} as const;

/** Prometheus and its tool, without the service discoveries of clouds, which are most of what there is to build. */
const prometheusCatalogue: readonly Binary[] = (['promtool', 'prometheus'] as const).map((name) => ({
  ...pin(path.join(goModDirectory, 'prometheus'), 'github.com/prometheus/prometheus'),
  product: 'prometheus',
  name,
  goPackage: `github.com/prometheus/prometheus/cmd/${name}`,
  ...built,
  tags: 'remove_all_sd',
  usualBuildSeconds: name === 'promtool' ? 240 : 60,
}));

/** What judges metrics, and what takes them from those who do not live long enough to be scraped. */
export const monitoringCatalogue: readonly Binary[] = [
  ...prometheusCatalogue,
  {
    ...pin(path.join(goModDirectory, 'pushgateway'), 'github.com/prometheus/pushgateway'),
    ...built,
    product: 'pushgateway',
    name: 'pushgateway',
    goPackage: 'github.com/prometheus/pushgateway',
    usualBuildSeconds: 20,
  },
];
