import path from 'node:path';

import { registry, type Binary } from './catalogue.ts';
import { pin } from './pin.ts';
import { formatVersion } from './version-rule.ts';

const goModDirectory = import.meta.dirname;

const helm3Pin = pin(path.join(goModDirectory, 'helm3'), 'helm.sh/helm/v3');

/** The pinned programs of the tests of a release. Those of the machine are not asked: other programs may have their names. */
export const releaseCatalogue: readonly Binary[] = [
  registry,
  {
    ...helm3Pin,
    product: 'helm3',
    name: 'helm3',
    goPackage: 'helm.sh/helm/v3/cmd/helm',
    rule: 'same-minor',
    versionArgs: undefined,
    linkerVariables: {
      'helm.sh/helm/v3/internal/version.version': `v${formatVersion(helm3Pin.pinned)}`,
      // As its releases have it; else `helm template` takes the cluster for 1.20.
      'helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor': '1',
      'helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor': '34',
      'helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor': '1',
      'helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor': '34',
    },
    usualBuildSeconds: 30,
  },
  ...(['krew', 'validate-krew-manifest'] as const).map((name) => ({
    ...pin(path.join(goModDirectory, 'krew'), 'sigs.k8s.io/krew'),
    product: 'krew',
    name,
    goPackage: `sigs.k8s.io/krew/cmd/${name}`,
    rule: 'same-minor' as const,
    versionArgs: undefined,
    linkerVariables: {},
    usualBuildSeconds: 10,
  })),
  {
    ...pin(path.join(goModDirectory, 'actionlint'), 'github.com/rhysd/actionlint'),
    product: 'actionlint',
    name: 'actionlint',
    goPackage: 'github.com/rhysd/actionlint/cmd/actionlint',
    rule: 'same-minor',
    versionArgs: undefined,
    linkerVariables: {},
    usualBuildSeconds: 10,
  },
];
