import { stringify } from 'yaml';
import { chartRepository, image, version } from './published.ts';

/**
 * What hauler carries into a network without a way out: the image, by its digest, and the chart.
 *
 * Source: Hauler, "Content manifests".
 */
export function haulerManifest(digest: string): string {
  const resource = (kind: string, spec: object) => ({
    apiVersion: 'content.hauler.cattle.io/v1',
    kind,
    metadata: { name: 'shimgate' },
    spec,
  });
  const documents = [
    resource('Images', { images: [{ name: `${image}@${digest}` }] }),
    resource('Charts', { charts: [{ name: 'shimgate', repoURL: chartRepository, version }] }),
  ];
  return documents.map((document) => stringify(document, { lineWidth: 0 })).join('---\n');
}
