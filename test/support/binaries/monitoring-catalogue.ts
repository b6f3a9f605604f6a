import path from 'node:path';
import { goModDirectory, type Binary } from './catalogue.ts';
import { pin } from './pin.ts';

/** Prometheus and its tool, without the service discoveries of clouds, which are most of what there is to build. */
export const monitoringCatalogue: readonly Binary[] = (['promtool', 'prometheus'] as const).map((name) => ({
  ...pin(path.join(goModDirectory, 'prometheus'), 'github.com/prometheus/prometheus'),
  product: 'prometheus',
  name,
  goPackage: `github.com/prometheus/prometheus/cmd/${name}`,
  rule: 'same-minor',
  // A build from its Go module says no version.
  versionArgs: undefined,
  linkerVariables: {},
  tags: 'remove_all_sd',
  usualBuildSeconds: name === 'promtool' ? 240 : 60,
}));
