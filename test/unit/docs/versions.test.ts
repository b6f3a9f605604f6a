import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { version } from '../../../src/cli/version.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

describe('the version, which package.json says,', () => {
  test.each<[string, () => unknown]>([
    ['package-lock.json', () => (JSON.parse(read('package-lock.json')) as { readonly version: string }).version],
    ['Chart.yaml', () => (parse(read('charts/shimgate/Chart.yaml')) as { readonly version: string }).version],
    [
      'Chart.yaml (app)',
      () => (parse(read('charts/shimgate/Chart.yaml')) as { readonly appVersion: string }).appVersion,
    ],
    ['deploy/manifests.yaml', () => /image: 'shimgate\/shimgate:(.+)'/.exec(read('deploy/manifests.yaml'))?.[1]],
    [
      'the overlay',
      () => /app\.kubernetes\.io\/version: (.+)/.exec(read('overlays/namespace-rules/webhooks.yaml'))?.[1],
    ],
  ])('is also that of %s', (_, ofFile) => {
    expect(ofFile()).toBe(version);
  });

  test.each([
    'README.md',
    'RELEASING.md',
    'action.yml',
    'charts/shimgate/README.md',
    'docs/ci.md',
    'docs/operations.md',
    'docs/platforms.md',
  ])('is the one that %s tells to install', (file) => {
    const ways = [
      /--version[ =](\d\S*)/g,
      /shimgate[:-](\d+\.\d+\.\d+)/g,
      /(?:\/|@|rev: )v(\d+\.\d+\.\d+)(?=\/|$|\s)/g,
      /(?:targetRevision: |tag: |default: )(\d+\.\d+\.\d+)/g,
    ];
    // Actions of others have versions of their own.
    const text = read(file).replaceAll(/^.*uses: (?!shimgate\/).*$/gm, '');
    const told = ways.flatMap((way) => [...text.matchAll(way)].map(([, one]) => one));
    expect(told.filter((one) => one !== version)).toEqual([]);
    expect(told.length).toBeGreaterThan(file === 'charts/shimgate/README.md' ? -1 : 0);
  });

  test('is described in the changelog, or what comes next is', () => {
    expect(read('CHANGELOG.md')).toMatch(new RegExp(`^## \\[(Unreleased|${version.replaceAll('.', '\\.')})\\]`, 'm'));
  });
});
