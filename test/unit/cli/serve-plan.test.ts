import { describe, expect, test } from '@jest/globals';
import { planServe, type ServeOptions } from '../../../src/cli/serve-plan.ts';

const files = { tlsCertFile: 'tls.crt', tlsPrivateKeyFile: 'tls.key' };
const name = (of: string) => ({ namespace: 'shimgate', name: of });

function options(given: Partial<ServeOptions>): ServeOptions {
  return {
    objects: [],
    certificateLifetime: 2,
    authorityLifetime: 3,
    clientAllowedName: [],
    inProcessTrustedWebhook: [],
    bindAddress: '',
    securePort: 0,
    metricsBindAddress: { host: '', port: 0 },
    shutdownDelayDuration: 0,
    shutdownIdleDuration: 0,
    logLevel: 'info',
    ...given,
  };
}

describe('flags become a plan', () => {
  test('of files', () => {
    const given = { ...files, config: 'shimgate.yaml', objects: ['cluster/'], clientCaFile: 'ca.crt' };
    expect(planServe(options({ ...given, clientAllowedName: ['kube-apiserver'] }))).toEqual({
      configuration: { kind: 'file', file: 'shimgate.yaml' },
      cluster: { kind: 'objects', paths: ['cluster/'] },
      certificate: { kind: 'files', certFile: 'tls.crt', keyFile: 'tls.key' },
      clients: { caFile: 'ca.crt', names: ['kube-apiserver'] },
    });
  });

  test('of what is in the cluster', () => {
    const given = { configMap: name('config'), selfManagedCertificate: name('secret'), service: name('service') };
    expect(planServe(options({ ...given, webhookConfiguration: 'shimgate' }))).toEqual({
      configuration: { kind: 'map', map: name('config') },
      cluster: { kind: 'live', asksNodes: false },
      certificate: {
        kind: 'self-managed',
        secret: name('secret'),
        service: name('service'),
        webhookConfiguration: 'shimgate',
        lifetimes: { servingMs: 2, authorityMs: 3 },
      },
      clients: undefined,
      inProcess: { name: 'shimgate', isOn: false, trustedWebhooks: [] },
    });
  });

  test('of answers inside the API server', () => {
    const given = { ...files, configMap: name('config'), inProcessPolicy: 'policy', inProcessTrustedWebhook: ['vpa'] };
    expect(planServe(options(given)).inProcess).toEqual({ name: 'policy', isOn: true, trustedWebhooks: ['vpa'] });
  });
});

test.each<readonly [string, Partial<ServeOptions>, string]>([
  [
    'Events of manifests',
    { ...files, config: 'x', objects: ['cluster/'], events: true },
    '--events goes without --objects: Events are written into a live cluster',
  ],
  ['no configuration', files, 'give either --config or --config-map'],
  ['two configurations', { ...files, config: 'x', configMap: name('x') }, 'give either --config or --config-map'],
  ['no certificate', { config: 'x' }, 'give --tls-cert-file and --tls-private-key-file, or --self-managed-certificate'],
  ['half a certificate', { config: 'x', tlsCertFile: 'x' }, 'give --tls-cert-file and --tls-private-key-file, or'],
  [
    'two certificates',
    { config: 'x', tlsCertFile: 'x', selfManagedCertificate: name('x') },
    '--self-managed-certificate goes without --tls-cert-file and --tls-private-key-file',
  ],
  [
    'a self-managed certificate for nothing',
    { config: 'x', selfManagedCertificate: name('x'), service: name('x') },
    '--self-managed-certificate needs --service and --webhook-configuration',
  ],
  [
    'names of clients that do not show who they are',
    { ...files, config: 'x', clientAllowedName: ['x'] },
    '--client-allowed-name needs --client-ca-file',
  ],
])('%s is refused', (_what, given, reason) => {
  expect(() => planServe(options(given))).toThrow(reason);
});
