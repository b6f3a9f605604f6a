import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path, { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { parse } from 'yaml';
import { documentedValues } from '../../scripts/chart/documented-values.ts';
import { makeAuthority, makeServingCertificate } from '../../src/certificates/make-certificate.ts';
import { ensureBinaries, ensureReleaseBinaries } from '../support/binaries/ensure-binaries.ts';
import { pod, runtimeClass } from '../support/cluster/manifests.ts';
import { chart, Installation } from '../support/installation/installation.ts';
import { runProgram, type ProgramResult } from '../support/processes/run-program.ts';
import { severalAtATime } from '../support/several-at-a-time.ts';
import { helmTemplate, only, render } from './chart/render.ts';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';
import { PodStream } from './scenarios/pod-stream.ts';

jest.setTimeout(300_000);

const oldValues = join(import.meta.dirname, '..', 'fixtures', 'chart-values');
const valuesText = readFileSync(join(chart, 'values.yaml'), 'utf8');
const kata = { runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' } } };

describe('the values of an older release, which know nothing of newer ones', () => {
  const everything: readonly string[] = [];
  const rendered = async (values: object) => (await helmTemplate(values, 'shimgate', everything)).stdout;
  const defaults = JSON.parse(readFileSync(join(chart, 'files', 'defaults.json'), 'utf8')) as unknown;
  const at = (from: unknown, path: readonly string[]) =>
    path.reduce((value, key) => (value as Readonly<Record<string, unknown>>)[key], from);
  const paths = documentedValues(valuesText)
    .map(({ path }) => path)
    .filter(([key]) => key !== 'config');
  const parents = [...new Set(paths.filter(({ length }) => length > 1).map(([key = '']) => key))].map((key) => [key]);

  test('render as the defaults do where a value is absent, each of them, and never fail', async () => {
    const asDefault = await rendered({});
    const outcomes: { readonly path: string; readonly stderr: string; readonly isAsDefault: boolean }[] = [];
    const absent = [...paths, ...parents];
    await severalAtATime(absent.length, 4, async (index) => {
      const names = absent[index] ?? [];
      const { exitCode, stdout, stderr } = await helmTemplate(
        names.reduceRight<unknown>((below, key) => ({ [key]: below }), null) as object,
        'shimgate',
        everything,
      );
      const isFilled = JSON.stringify(at(defaults, names)) === JSON.stringify(at(parse(valuesText), names));
      const isAsDefault = exitCode === 0 && (stdout === asDefault || !isFilled);
      outcomes.push({ path: names.join('.'), stderr, isAsDefault });
    });
    expect(outcomes.length).toBeGreaterThan(80);
    expect(outcomes.filter(({ isAsDefault }) => !isAsDefault)).toEqual([]);
  });

  const switches = [
    'nodes',
    'inProcess',
    'networkPolicy',
    'serviceMonitor',
    'podMonitor',
    'prometheusRule',
    'grafanaDashboard',
  ];
  test.each(readdirSync(oldValues))('render with all that is new in this chart: %s', async (file) => {
    const directory = await mkdtemp(join(tmpdir(), 'shimgate-chart-'));
    try {
      const { helm } = await ensureBinaries();
      // As `helm upgrade --reuse-values` has it: this chart, and in place of its values those of the chart before.
      await cp(chart, directory, { recursive: true });
      await cp(join(oldValues, file), join(directory, 'values.yaml'));
      for (const values of [{}, Object.fromEntries(switches.map((name) => [name, { enabled: true }]))]) {
        const args = ['template', 'shimgate', directory, '--namespace=shimgate', '--values=-'];
        const { exitCode, stdout, stderr } = await runProgram(helm, args, { input: JSON.stringify(values) });
        expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
        const kindsOf = (text: string) => text.match(/^kind: .*/gm);
        expect(kindsOf(stdout)).toEqual(kindsOf(await rendered(values)));
        expect(stdout).not.toMatch(/<no value>|<nil>|^\s*[\w.-]+: null$/m);
      }
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('keep what somebody took out of a map of his own', async () => {
    const objects = await render({
      podSecurityContext: { seccompProfile: null },
      nodeSelector: { 'kubernetes.io/os': null },
    });
    const { spec } = only(objects, 'Deployment');
    expect(spec?.template.spec).toMatchObject({ securityContext: { runAsNonRoot: true } });
    expect(JSON.stringify(spec?.template)).not.toMatch(/nodeSelector|RuntimeDefault/);
  });

  const templates = readdirSync(join(chart, 'templates'), { recursive: true, encoding: 'utf8' });
  test.each(templates.filter((file) => /(^|\/)[^_/]+\.(yaml|txt)$/.test(file)))(
    'are filled first of all in %s',
    (file) => {
      const text = readFileSync(join(chart, 'templates', file), 'utf8');
      expect(text.split('\n')[0]).toBe('{{- include "shimgate.fillDefaults" . }}');
    },
  );
});

describe.each(['helm', 'helm3'] as const)('on a real API server, %s', (version) => {
  let cluster: LeasedCluster;
  let user: KubectlUser;
  let helm: (...args: readonly string[]) => Promise<ProgramResult>;
  let installation: Installation | undefined;

  beforeAll(async () => {
    cluster = await LeasedCluster.lease();
    user = await KubectlUser.inNewNamespace(cluster, 'user');
    expectSilence(await user.apply(runtimeClass('kata', 'kata')));
    const { helm3 } = await ensureReleaseBinaries();
    helm = (...args) =>
      version === 'helm'
        ? cluster.helm([...args, '--namespace=shimgate'])
        : runProgram(helm3, [...args, '--namespace=shimgate'], { env: cluster.env });
  }, 15 * 60_000);

  afterAll(async () => {
    await installation?.stop();
    await cluster.release();
  });

  test('upgrades with --reuse-values a release whose chart had hardly any', async () => {
    const old = await mkdtemp(path.join(cluster.description.directory.root, 'chart-'));
    await cp(chart, old, { recursive: true });
    await writeFile(path.join(old, 'values.yaml'), 'config: {mode: warn}\nreplicas: 1\n');
    expectSilence(await helm('install', 'shimgate', old, '--create-namespace'));
    expectSilence(await helm('upgrade', 'shimgate', chart, '--reuse-values', '--set=config.mode=audit'));
    expectSilence(await helm('upgrade', 'shimgate', chart, '--reset-then-reuse-values', '--set=replicas=2'));
    const values = JSON.parse((await helm('get', 'values', 'shimgate', '--output=json')).stdout) as unknown;
    expect(values).toEqual({ config: { mode: 'audit' }, replicas: 2 });
    expectSilence(await helm('uninstall', 'shimgate'));
  });

  test('changes the mode of the certificate in three steps, none of which refuses a pod, and not in one', async () => {
    const own = new KubectlUser(cluster, 'shimgate');
    const validity = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
    const authority = await makeAuthority('test', validity);
    const { cert, key } = await makeServingCertificate(authority, ['shimgate.shimgate.svc'], validity);
    installation = await Installation.install(cluster, { values: { config: kata, replicas: 1 } });
    const { apiVersion, kind, metadata, ...data } = {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'given' }, type: 'kubernetes.io/tls' },
      stringData: { 'tls.crt': cert, 'tls.key': key },
    };
    expectSilence(await own.apply({ apiVersion, kind, metadata, ...data }));
    const ca = path.join(cluster.description.directory.root, 'given-ca.crt');
    await writeFile(ca, authority.cert);

    const upgrade = (...args: readonly string[]) =>
      helm('upgrade', 'shimgate', chart, '--reset-then-reuse-values', ...args);
    const change = [
      '--set=certificate.mode=existingSecret',
      '--set=certificate.secretName=given',
      `--set-file=certificate.caBundle=${ca}`,
    ];
    const force = version === 'helm' ? ['--force-conflicts'] : [];
    const generation = async (object: string) =>
      (await own.run(['get', object, '-o', 'jsonpath={.metadata.generation}'])).stdout;
    const objects = [
      'deployment/shimgate',
      'mutatingwebhookconfiguration/shimgate',
      'validatingwebhookconfiguration/shimgate',
    ];
    const before = await Promise.all(objects.map(generation));
    const refused = await upgrade(...change, ...force);
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      expect.stringContaining('certificate.mode changes from selfManaged to existingSecret'),
    ]);
    expect(await Promise.all(objects.map(generation))).toEqual(before);

    const { tried, created, complaints } = await PodStream.during(user, { runtimeClassName: 'kata' }, async () => {
      expectSilence(await upgrade('--set=webhooks.failurePolicy=Ignore'));
      expectSilence(await upgrade(...change, ...force));
      for (const end of (await installation?.restartPods()) ?? []) await end;
      expectSilence(await upgrade('--set=webhooks.failurePolicy=Fail'));
    });
    expect(created).toBe(tried);
    // While failurePolicy is Ignore, a pod whose call failed lacks annotations, which is told.
    expect(complaints.filter((line) => !line.includes('[ManagedAnnotationMissing]'))).toEqual([]);
    expectSilence(await user.apply(pod('after', { runtimeClassName: 'kata' })));
    expect(await user.podAnnotations('after')).toMatchObject({ 'shimgate.dev/source': 'configured' });
  });

  test('installs it on other ports in the host network, as any user', async () => {
    await installation?.stop();
    expectSilence(await helm('uninstall', 'shimgate'));
    const podSecurityContext = { runAsUser: 1_000_650_000, runAsGroup: 0 };
    installation = await Installation.install(cluster, {
      values: {
        config: kata,
        replicas: 1,
        hostNetwork: true,
        webhookPort: 10250,
        metricsPort: 10251,
        podSecurityContext,
      },
    });
    expectSilence(await user.apply(pod('other-ports', { runtimeClassName: 'kata' })));
    expect(await user.podAnnotations('other-ports')).toMatchObject({ 'shimgate.dev/source': 'configured' });
  });
});
