import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeAuthority, makeServingCertificate } from '../../../src/certificates/make-certificate.ts';
import { nodeFlags as imageFlags } from '../installation/image.ts';
import { serveFlags } from '../serve-flags.ts';
import { pinned, type Cores } from './cores.ts';

/** A server under test, in a process of its own on its own core. */
export type RunningServer = {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly port: number;
  /** Milliseconds from its start until it was ready. */
  readonly readyMs: number;
  /** Lines that it has logged so far. */
  readonly logLines: () => number;
};

export type ShimgateOptions = { readonly nodeFlags?: readonly string[]; readonly cluster?: string };

export type Certificate = { readonly authority: string; readonly certFile: string; readonly keyFile: string };

const program = join(import.meta.dirname, '..', '..', '..', 'dist', 'main.js');
const sampleCluster = join(import.meta.dirname, '..', '..', 'fixtures', 'cluster');

/** @param directory where the certificate and its key are written */
export async function makeCertificate(directory: string): Promise<Certificate> {
  const validity = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 60 * 60_000) };
  const authority = await makeAuthority('shimgate bench', validity);
  const serving = await makeServingCertificate(authority, ['localhost'], validity);
  const [certFile, keyFile] = [join(directory, 'tls.crt'), join(directory, 'tls.key')];
  await writeFile(certFile, serving.cert);
  await writeFile(keyFile, serving.key, { mode: 0o600 });
  return { authority: authority.cert, certFile, keyFile };
}

export async function startBareServer(
  kind: 'https' | 'express',
  { certFile, keyFile }: Certificate,
  cores: Cores,
): Promise<RunningServer> {
  const script = join(import.meta.dirname, 'bare-server.ts');
  return start(cores, [script, kind, certFile, keyFile], (line) => Number(line));
}

/**
 * The real program as it is shipped, logging as it does by default, into a pipe that this process drains as a container
 * runtime would.
 *
 * @param nodeFlags such as --cpu-prof
 * @param cluster the directory of its configuration.yaml and objects.yaml
 */
export async function startShimgate(
  certificate: Certificate,
  cores: Cores,
  { nodeFlags = [], cluster = sampleCluster }: ShimgateOptions = {},
): Promise<RunningServer> {
  const flags = serveFlags(certificate, cluster);
  return start(cores, [...imageFlags, ...nodeFlags, program, 'serve', ...Object.entries(flags).flat()], (line) => {
    const entry = JSON.parse(line) as { readonly msg?: string; readonly secure?: { readonly port: number } };
    return entry.msg === 'ready' ? entry.secure?.port : undefined;
  });
}

export async function stop({ process: running }: RunningServer): Promise<void> {
  if (running.exitCode !== null || running.signalCode !== null) return;
  const exited = once(running, 'exit');
  running.kill('SIGTERM');
  await exited;
}

async function start(
  cores: Cores,
  args: readonly string[],
  portIn: (line: string) => number | undefined,
): Promise<RunningServer> {
  const started = performance.now();
  const [file, fileArgs] = pinned(cores, process.execPath, args);
  const running = spawn(file, fileArgs, { stdio: ['ignore', 'pipe', 'inherit'] });
  const { stdout, pid } = running;
  let port: number | undefined;
  for await (const line of createInterface({ input: stdout })) {
    port = portIn(line);
    if (port !== undefined) break;
  }
  if (port === undefined || pid === undefined) throw new Error(`${args.join(' ')} ended before it was ready`);
  const readyMs = performance.now() - started;
  let lines = 0;
  stdout.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
  });
  stdout.resume();
  return { process: running, pid, port, readyMs, logLines: () => lines };
}
