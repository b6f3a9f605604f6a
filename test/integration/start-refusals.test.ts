import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeServingCertificate } from '../../src/certificates/make-certificate.ts';
import { codeTrace } from './good-review.ts';
import { renewCertificate, validFor } from '../support/certificates/serving-certificate.ts';
import { Workplace, type SpawnOptions } from './workplace.ts';

let workplace: Workplace;

beforeAll(async () => {
  workplace = await Workplace.open();
});

afterAll(() => workplace.close());

type Flags = NonNullable<SpawnOptions['flags']>;

type Refusal = {
  readonly name: string;
  readonly flags: (place: Workplace) => Flags | Promise<Flags>;
  readonly says: readonly string[];
};

/** Writes a file into the workplace, and names it by a flag. */
function fileFlag(flag: string, name: string, text: string): Refusal['flags'] {
  return async ({ directory }) => {
    const file = join(directory, name);
    await writeFile(file, text);
    return { [flag]: file };
  };
}

const header = 'apiVersion: config.shimgate.dev/v1alpha1\nkind: ShimgateConfiguration\n';

const certificates: readonly Refusal[] = [
  {
    name: 'a certificate that is not there',
    flags: ({ directory }) => ({ '--tls-cert-file': join(directory, 'none.crt') }),
    says: ['cannot read', 'none.crt', 'ENOENT'],
  },
  {
    name: 'a certificate that is not there, while a cluster is already followed',
    flags: async (place) => ({
      ...(await fileFlag('--kubeconfig', 'kubeconfig.yaml', kubeconfig)(place)),
      '--objects': undefined,
      '--tls-cert-file': join(place.directory, 'none.crt'),
    }),
    says: ['cannot read', 'none.crt', 'ENOENT'],
  },
  {
    name: 'a key that is not there',
    flags: ({ directory }) => ({ '--tls-private-key-file': join(directory, 'none.key') }),
    says: ['cannot read', 'none.key', 'ENOENT'],
  },
  {
    name: 'a certificate that is none',
    flags: fileFlag('--tls-cert-file', 'text.crt', 'certificate'),
    says: ['text.crt holds no certificate in PEM form'],
  },
  {
    name: 'a key that is none',
    flags: fileFlag('--tls-private-key-file', 'text.key', 'key'),
    says: ['text.key holds no private key in PEM form'],
  },
  {
    name: 'the key of another certificate',
    flags: async (place) => {
      const { authority } = place.certificate;
      const { key } = await makeServingCertificate(authority, ['127.0.0.1'], validFor(1));
      return fileFlag('--tls-private-key-file', 'other.key', key)(place);
    },
    says: ['the key in', 'other.key does not belong to the certificate in'],
  },
  {
    name: 'an expired certificate',
    flags: async ({ directory, certificate: { authority } }) => {
      const expired = { authority, certFile: join(directory, 'old.crt'), keyFile: join(directory, 'old.key') };
      await renewCertificate(expired, validFor(-1));
      return { '--tls-cert-file': expired.certFile, '--tls-private-key-file': expired.keyFile };
    },
    says: ['the certificate in', 'old.crt expired at 2'],
  },
  {
    name: 'a client CA that is not there',
    flags: ({ directory }) => ({ '--client-ca-file': join(directory, 'none-ca.crt') }),
    says: ['--client-ca-file: cannot read', 'none-ca.crt'],
  },
  {
    name: 'a client CA that is none',
    flags: fileFlag('--client-ca-file', 'text-ca.crt', 'certificate authority'),
    says: ['--client-ca-file', 'text-ca.crt'],
  },
  {
    name: 'names of clients that need not show who they are',
    flags: () => ({ '--client-allowed-name': 'kube-apiserver' }),
    says: ['--client-allowed-name needs --client-ca-file'],
  },
];

/** A kubeconfig for an API server that nobody reaches. */
const kubeconfig = JSON.stringify({
  'current-context': 'none',
  contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
  clusters: [{ name: 'none', cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ name: 'none', user: { token: 'none' } }],
});

const configurations: readonly Refusal[] = [
  {
    name: 'a configuration that is not there',
    flags: ({ directory }) => ({ '--config': join(directory, 'none.yaml') }),
    says: ['cannot read the configuration', 'none.yaml'],
  },
  {
    name: 'a configuration with two mistakes, both told with their lines',
    flags: fileFlag('--config', 'two.yaml', `${header}moode: warn\nruntimes: { kata: {} }\n`),
    says: ['two.yaml:3:1: error: moode:', '[RuntimeUnspecified]', 'error: the configuration', 'two.yaml is not valid'],
  },
  {
    name: 'a cluster that is not there',
    flags: ({ directory }) => ({ '--objects': join(directory, 'none') }),
    says: ['none', '--objects cannot be read'],
  },
  {
    name: 'a cluster that cannot be read',
    flags: fileFlag('--objects', 'class.yaml', 'apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nhandler: [runsc]\n'),
    says: ['class.yaml:1:1: error:', 'handler must be string', '--objects cannot be read'],
  },
];

const usage: readonly Refusal[] = [
  {
    name: 'no configuration',
    flags: () => ({ '--config': undefined }),
    says: ['give either --config or --config-map'],
  },
  {
    name: 'no certificate',
    flags: () => ({ '--tls-cert-file': undefined }),
    says: ['give --tls-cert-file and --tls-private-key-file'],
  },
  { name: 'a port that is none', flags: () => ({ '--secure-port': '70000' }), says: ['from 0 to 65535'] },
  { name: 'an address that is none', flags: () => ({ '--metrics-bind-address': '8080' }), says: ['host:port'] },
  {
    name: 'a flag that does not exist',
    flags: () => ({ '--secure-prot': '8443' }),
    says: ['(Did you mean --secure-port?)'],
  },
  {
    name: 'a log level that does not exist',
    flags: () => ({ '--log-level': 'loud' }),
    says: ['debug, info, warn, error'],
  },
];

describe('a webhook that cannot start ends with exit code 2, and says why', () => {
  test.each([...certificates, ...configurations, ...usage])('$name', async ({ flags, says }) => {
    const refused = workplace.spawn({ flags: await flags(workplace) });
    expect(await refused.exited()).toEqual({ exitCode: 2, signal: null });
    for (const part of says) expect(refused.output).toContain(part);
    expect(refused.stderr).toMatch(/^error: /m);
    expect(refused.stderr).not.toMatch(/^\s+at /m);
    expect(refused.log.filter(({ level }) => level === 'info')).toEqual([]);
  });

  test.each([
    ['the secure port', (port: number): Flags => ({ '--secure-port': String(port) })],
    ['the metrics port', (port: number): Flags => ({ '--metrics-bind-address': `127.0.0.1:${port}` })],
  ])('somebody else has %s', async (_which, flags) => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    try {
      const refused = workplace.spawn({ flags: flags(port) });
      expect(await refused.exited()).toEqual({ exitCode: 2, signal: null });
      expect(refused.stderr).toContain(`cannot listen: listen EADDRINUSE: address already in use 127.0.0.1:${port}`);
      expect(refused.stderr).not.toMatch(codeTrace);
    } finally {
      other.close();
    }
  });
});
