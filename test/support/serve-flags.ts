import { join } from 'node:path';

/** The flags of `serve` for one on free ports of loopback, with a certificate and a directory of configuration.yaml and objects.yaml. */
export function serveFlags(
  { certFile, keyFile }: { readonly certFile: string; readonly keyFile: string },
  cluster: string,
): Readonly<Record<string, string>> {
  return {
    '--config': join(cluster, 'configuration.yaml'),
    '--objects': join(cluster, 'objects.yaml'),
    '--tls-cert-file': certFile,
    '--tls-private-key-file': keyFile,
    '--bind-address': '127.0.0.1',
    '--secure-port': '0',
    '--metrics-bind-address': '127.0.0.1:0',
  };
}
