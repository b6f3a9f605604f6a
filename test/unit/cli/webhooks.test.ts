import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { runShimgate } from './run-shimgate.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const overlay = join(root, 'overlays', 'namespace-rules');
const directory = directoryForTests();

async function configuration(name: string, settings: object): Promise<string> {
  const file = join(directory, `${name}.yaml`);
  const header = { apiVersion: 'config.shimgate.dev/v1alpha1', kind: 'ShimgateConfiguration' };
  await writeFile(file, JSON.stringify({ ...header, ...settings }));
  return file;
}

describe('shimgate webhooks', () => {
  test('prints, of a configuration without rules, what deploy/manifests.yaml has', async () => {
    const { code, stdout, stderr } = await runShimgate(['webhooks', '--config', await configuration('plain', {})]);
    expect([code, stderr]).toEqual([0, '']);
    const isWebhooks = (object: unknown) =>
      String((object as { readonly kind?: unknown }).kind).endsWith('WebhookConfiguration');
    const manifests = parseAllDocuments(readFileSync(join(root, 'deploy', 'manifests.yaml'), 'utf8'));
    const written = manifests.map((document) => document.toJS() as unknown).filter(isWebhooks);
    expect(written).toHaveLength(2);
    expect(parseAllDocuments(stdout).map((document) => document.toJS() as unknown)).toEqual(written);
  });

  test('gave the overlay its webhooks.yaml: write it again where this fails', async () => {
    const { stdout } = await runShimgate(['webhooks', '--config', join(overlay, 'configuration.yaml')]);
    expect(stdout).toBe(readFileSync(join(overlay, 'webhooks.yaml'), 'utf8'));
    expect(stdout).toContain('default-class-0.pods.shimgate.dev');
  });

  test('says of --events that a request that is no dry run has a side effect', async () => {
    const file = await configuration('events', {});
    const { stdout } = await runShimgate(['webhooks', '--config', file, '--events']);
    const said = [...stdout.matchAll(/sideEffects: (\w+)/g)].map(([, effects]) => effects);
    expect(said.length).toBeGreaterThan(4);
    expect([...new Set(said)]).toEqual(['NoneOnDryRun']);
  });

  test('goes by its options, and prints a List in JSON', async () => {
    const file = await configuration('options', {});
    const { stdout } = await runShimgate(
      ['webhooks', '--config', file, '--name', 'gate', '--service-namespace', 'gates', '--service-port', '8443'].concat(
        ['--failure-policy', 'Ignore', '--excluded-namespace', 'cni', '--excluded-namespace', 'gates', '-o', 'json'],
      ),
    );
    const { kind, items } = parse(stdout) as { readonly kind: string; readonly items: readonly unknown[] };
    expect(kind).toBe('List');
    expect(items).toHaveLength(2);
    const outside = [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['cni', 'gates'] }];
    for (const item of items) {
      expect(item).toMatchObject({ metadata: { name: 'gate', labels: { 'app.kubernetes.io/instance': 'gate' } } });
      expect((item as { readonly webhooks: readonly unknown[] }).webhooks[0]).toMatchObject({
        name: 'pods.shimgate.dev',
        failurePolicy: 'Ignore',
        clientConfig: { service: { namespace: 'gates', name: 'gate', port: 8443 } },
        namespaceSelector: { matchExpressions: outside },
      });
    }
  });

  test.each([
    ['a configuration that is none', ['--config', 'package.json'], 'package.json'],
    ['no configuration', [], "required option '--config <file>'"],
    ['a name that no object can have', ['--config', 'x', '--name', 'A_b'], 'It must be a name as objects have it.'],
  ])('refuses %s', async (_, args, said) => {
    const { code, stdout, stderr } = await runShimgate(['webhooks', ...args], { cwd: root });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(said);
  });
});
