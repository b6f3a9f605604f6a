import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..', '..', '..');
const chart = join(root, 'charts', 'shimgate');
const { annotations, ...metadata } = parse(readFileSync(join(chart, 'Chart.yaml'), 'utf8')) as {
  readonly annotations: Readonly<Record<string, string>>;
  readonly home: string;
  readonly icon: string;
  readonly keywords: readonly string[];
  readonly maintainers: readonly { readonly name: string; readonly url: string }[];
  readonly sources: readonly string[];
};
const prefix = 'artifacthub.io/';
const listOf = (name: string) =>
  parse(annotations[`${prefix}${name}`] ?? '') as readonly Readonly<Record<string, string>>[];

/** Source: Artifact Hub's documentation, "Artifact Hub annotations in Helm Chart.yaml file". A release adds the images. */
const flags = ['containsSecurityUpdates', 'operator', 'prerelease'];
const lists: Readonly<Record<string, readonly string[]>> = {
  changes: ['kind', 'description', 'links'],
  crds: ['kind', 'version', 'name', 'displayName', 'description'],
  links: ['name', 'url'],
};

describe('what Artifact Hub shows of the chart', () => {
  test('is all there, and nothing that it does not know', () => {
    const names = Object.keys(annotations).flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : []));
    expect(names.toSorted()).toEqual([...flags, ...Object.keys(lists), 'category', 'license'].toSorted());
    expect(annotations[`${prefix}category`]).toBe('security');
    expect(annotations[`${prefix}license`]).toBe('Apache-2.0');
    for (const flag of flags) expect(['true', 'false']).toContain(annotations[`${prefix}${flag}`]);
  });

  test.each(Object.entries(lists))('is in its own form: %s', (name, keys) => {
    const entries = listOf(name);
    expect(entries.length).toBeGreaterThan(0);
    for (const entry of entries) expect(Object.keys(entry)).toEqual(keys.filter((key) => key in entry));
  });

  test('are changes of the kinds that it has', () => {
    const kinds = ['added', 'changed', 'deprecated', 'removed', 'fixed', 'security'];
    expect(listOf('changes').filter(({ kind = '' }) => !kinds.includes(kind))).toEqual([]);
  });

  test('is the CustomResourceDefinition of the chart, in each version', () => {
    const { metadata: own, spec } = JSON.parse(readFileSync(join(chart, 'files', 'noderuntimes.json'), 'utf8')) as {
      readonly metadata: { readonly name: string };
      readonly spec: {
        readonly names: { readonly kind: string };
        readonly versions: readonly { readonly name: string }[];
      };
    };
    expect(listOf('crds').map(({ name, kind, version }) => [name, kind, version])).toEqual(
      spec.versions.map(({ name }) => [own.name, spec.names.kind, name]),
    );
  });

  test('is where it comes from, who keeps it, and an icon that is there', () => {
    const { home, sources, maintainers, keywords, icon } = metadata;
    expect(sources).toEqual([home]);
    expect(maintainers.every(({ name, url }) => name !== '' && home.startsWith(url))).toBe(true);
    expect(keywords.length).toBeGreaterThan(2);
    const [, path = ''] = /\/main\/(.+)$/.exec(icon) ?? [];
    expect(readFileSync(join(root, path), 'utf8')).toContain('<svg');
  });
});
