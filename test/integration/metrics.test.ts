import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { readExposition, valueOf, type Family } from './read-exposition.ts';
import { changedReview, recordedRequest } from './recorded-requests.ts';
import { withWebhook, type Webhook } from './start-webhook.ts';

/** The metrics that dashboards and alerts are built on: name, type, labels. */
const contract: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  shimgate_admission_requests_total: ['counter', ['decision', 'mode', 'operation', 'resource', 'webhook']],
  shimgate_admission_duration_seconds: ['histogram', ['le', 'webhook']],
  shimgate_findings_total: ['counter', ['code', 'severity']],
  shimgate_config_reload_total: ['counter', ['result']],
  shimgate_events_total: ['counter', ['result']],
  shimgate_certificate_not_after_seconds: ['gauge', []],
  shimgate_cache_objects: ['gauge', ['kind']],
  shimgate_build_info: ['gauge', ['node_version', 'version']],
  process_cpu_seconds_total: ['counter', []],
  process_resident_memory_bytes: ['gauge', []],
  nodejs_eventloop_lag_seconds: ['gauge', []],
};

/** Two that are patched, one that is denied, one that is warned about, one that is not AdmissionReview at all. */
async function sendTraffic({ client }: Webhook): Promise<void> {
  for (const start of ['009', '013', '014', '019']) {
    const { path, body } = recordedRequest(start);
    expect(await client.review(path, body)).toMatchObject({ status: 200 });
  }
  expect(await client.review('/mutate', '[]')).toMatchObject({ status: 400 });
}

async function scrape({ get }: Webhook): Promise<ReadonlyMap<string, Family>> {
  const { status, headers, body } = await get('/metrics');
  expect(status).toBe(200);
  expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4\b/);
  return readExposition(body);
}

function labelsOf({ samples }: Family): readonly string[] {
  return [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))].toSorted();
}

describe('/metrics', () => {
  test('has the names, types and labels that dashboards are built on', async () => {
    await withWebhook({}, async (webhook) => {
      await sendTraffic(webhook);
      const families = await scrape(webhook);
      const shown = Object.keys(contract).map((name) => {
        const family = families.get(name);
        return [name, family === undefined ? 'missing' : [family.type, labelsOf(family)]];
      });
      expect(Object.fromEntries(shown)).toEqual(contract);
      for (const [name, { help }] of families)
        expect({ name, help }).toEqual({ name, help: expect.stringMatching(/./) });
    });
  });

  test('counts what was answered', async () => {
    await withWebhook({}, async (webhook) => {
      await sendTraffic(webhook);
      const families = await scrape(webhook);
      const requests = families.get('shimgate_admission_requests_total')?.samples;
      expect(requests?.map(({ labels, value }) => [Object.values(labels).join(' '), value])).toEqual([
        ['mutating CREATE pods allow enforce', 2],
        ['validating CREATE pods deny enforce', 1],
        ['validating CREATE deployments allow enforce', 1],
      ]);
      const found = families.get('shimgate_findings_total')?.samples;
      expect(found?.map(({ labels, value }) => [labels, value])).toEqual([
        [{ code: 'ManagedAnnotationReplaced', severity: 'warning' }, 1],
        [{ code: 'ManagedAnnotationWrong', severity: 'error' }, 1],
        [{ code: 'ManagedAnnotationMissing', severity: 'warning' }, 1],
        [{ code: 'GuardedAnnotation', severity: 'warning' }, 1],
        [{ code: 'RuntimeClassNotFound', severity: 'warning' }, 1],
      ]);
      for (const kind of ['mutating', 'validating']) {
        const duration = 'shimgate_admission_duration_seconds';
        expect(valueOf(families, `${duration}_count`, { webhook: kind })).toBe(2);
        expect(valueOf(families, `${duration}_bucket`, { webhook: kind, le: '+Inf' })).toBe(2);
        expect(valueOf(families, `${duration}_sum`, { webhook: kind })).toBeGreaterThan(0);
      }
    });
  });

  test('says what is held, served and running', async () => {
    await withWebhook({}, async (webhook) => {
      const families = await scrape(webhook);
      const { validToDate } = new X509Certificate(await readFile(webhook.workplace.certificate.certFile));
      const ready = await webhook.process.logged('ready');
      expect(valueOf(families, 'shimgate_certificate_not_after_seconds')).toBe(validToDate.getTime() / 1000);
      expect(valueOf(families, 'shimgate_cache_objects', { kind: 'RuntimeClass' })).toBe(2);
      expect(valueOf(families, 'shimgate_cache_objects', { kind: 'Namespace' })).toBe(1);
      expect(valueOf(families, 'shimgate_cache_objects', { kind: 'Node' })).toBe(2);
      expect(valueOf(families, 'shimgate_config_reload_total')).toBe(0);
      const build = { version: String(ready['version']), node_version: process.version };
      expect(valueOf(families, 'shimgate_build_info', build)).toBe(1);
    });
  });

  test('stays of one size whatever users call their objects', async () => {
    await withWebhook({}, async (webhook) => {
      const { client, get } = webhook;
      const made = Array.from({ length: 50 }, (_one, index) => `madeup${index}`);
      for (const name of made) {
        const body = changedReview('009', (request) => ({
          ...request,
          name,
          namespace: name,
          kind: { group: name, version: 'v1', kind: name },
          resource: { group: name, version: 'v1', resource: name },
          subResource: name,
          userInfo: { username: name, groups: [name] },
        }));
        expect(await client.review('/mutate', body)).toMatchObject({ status: 200 });
        const pod = changedReview('009', (request) => ({ ...request, object: { spec: { runtimeClassName: name } } }));
        expect(await client.review('/mutate', pod)).toMatchObject({ status: 200 });
      }
      const families = await scrape(webhook);
      const requests = families.get('shimgate_admission_requests_total')?.samples;
      expect(requests?.map(({ labels, value }) => [Object.values(labels).join(' '), value])).toEqual([
        ['mutating CREATE other allow enforce', 50],
        ['mutating CREATE pods deny enforce', 50],
      ]);
      expect((await get('/metrics')).body).not.toContain('madeup');
    });
  });
});
