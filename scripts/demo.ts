/**
 * `make demo`: the real webhook, on a certificate made on the spot and a sample configuration, is sent the recorded
 * AdmissionReviews of a real API server; a table shows what it answers.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { styleText } from 'node:util';
import Table from 'cli-table3';
import type { AdmissionResponse } from '../src/admission/encode-response.ts';
import { writeCertificate } from '../test/support/certificates/serving-certificate.ts';
import { serveFlags } from '../test/support/serve-flags.ts';

type Recorded = { readonly request: { readonly kind: { readonly kind: string }; readonly operation: string } };

const root = join(import.meta.dirname, '..');
const reviews = join(root, 'test', 'fixtures', 'admission-reviews');
const cluster = join(root, 'test', 'fixtures', 'cluster');

/** Colour only on a terminal. */
const styled = (style: Parameters<typeof styleText>[0], shown: string) =>
  styleText(style, shown, { stream: process.stdout });

const directory = await mkdtemp(join(tmpdir(), 'shimgate-demo-'));
let server: ChildProcess | undefined;
try {
  const started = await startServer(directory);
  server = started.server;
  const agent = new Agent({ ca: started.authority, keepAlive: true });
  console.log(`The webhook listens on ${started.url}. These are requests that a real API server sent:\n`);
  await showVerdicts(started.url, agent);
  agent.destroy();
  console.log(`
Those to /validate were recorded without shimgate, so that its annotations are missing or wrong in them.
The runtimes table was ${join('test', 'fixtures', 'cluster', 'configuration.yaml')}, the cluster ${join('test', 'fixtures', 'cluster', 'objects.yaml')}.
Ask for a verdict without a webhook, on your own manifests:

  npx shimgate review -f deployment.yaml --config test/fixtures/cluster/configuration.yaml --objects test/fixtures/cluster/objects.yaml
`);
} finally {
  if (server?.exitCode === null) {
    const exited = once(server, 'exit');
    server.kill('SIGTERM');
    await exited;
  }
  await rm(directory, { recursive: true, force: true });
}

async function startServer(into: string): Promise<{
  readonly server: ChildProcess;
  readonly url: string;
  readonly authority: string;
}> {
  const certificate = await writeCertificate(into);
  const flags = serveFlags(certificate, cluster);
  const program = join(root, 'dist', 'main.js');
  const process_ = spawn(process.execPath, [program, 'serve', ...Object.entries(flags).flat()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await readyPort(process_);
  return { server: process_, url: `https://localhost:${port}`, authority: certificate.authority.cert };
}

/** The log line `ready` says which port was taken. */
async function readyPort(started: ChildProcess): Promise<number> {
  if (started.stdout === null) throw new Error('the server has no standard output');
  for await (const line of createInterface({ input: started.stdout })) {
    const entry = JSON.parse(line) as { readonly msg?: string; readonly secure?: { readonly port: number } };
    if (entry.msg === 'ready' && entry.secure !== undefined) {
      started.stdout.resume();
      return entry.secure.port;
    }
  }
  throw new Error('the server ended before it was ready');
}

async function showVerdicts(url: string, agent: Agent): Promise<void> {
  const width = Math.min(process.stdout.columns || 120, 160);
  const table = new Table({
    head: ['Request', 'Verdict', 'Why, and what is changed'],
    colWidths: [34, 10, width - 34 - 10 - 4],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  const files = (await readdir(reviews)).filter((file) => /^\d{3}-[^.]*\.json$/.test(file)).toSorted();
  const counts = { allowed: 0, patched: 0, denied: 0 };
  for (const file of files) {
    const body = await readFile(join(reviews, file), 'utf8');
    const path = file.includes('-mutate-') ? '/mutate' : '/validate';
    const response = await post(`${url}${path}?timeout=10s`, body, agent);
    const patch = response.patch === undefined ? [] : decodePatch(response.patch);
    const verdict = !response.allowed ? 'denied' : patch.length > 0 ? 'patched' : 'allowed';
    counts[verdict]++;
    const { kind, operation } = (JSON.parse(body) as Recorded).request;
    const name = basename(file, '.json').split('-').slice(4).join('-');
    const styles = { allowed: 'green', patched: 'cyan', denied: 'red' } as const;
    table.push([
      `${kind.kind} ${name}\n${operation} to ${path}`,
      styled(styles[verdict], verdict),
      [
        ...(response.status === undefined ? [] : [`${response.status.code}: ${response.status.message.trim()}`]),
        ...(response.warnings ?? []).map((warning) => `Warning: ${warning}`),
        ...patch,
      ].join('\n'),
    ]);
  }
  console.log(table.toString());
  const total = files.length;
  console.log(`\n${total} requests: ${counts.allowed} allowed, ${counts.patched} patched, ${counts.denied} denied.`);
}

async function post(url: string, body: string, agent: Agent): Promise<AdmissionResponse> {
  const sent = request(url, { method: 'POST', agent, headers: { 'Content-Type': 'application/json' } });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const answer = await text(response);
  if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode ?? 0}: ${answer}`);
  return (JSON.parse(answer) as { readonly response: AdmissionResponse }).response;
}

function decodePatch(patch: string): readonly string[] {
  const operations = JSON.parse(Buffer.from(patch, 'base64').toString('utf8')) as readonly {
    readonly op: string;
    readonly path: string;
    readonly value?: string | Readonly<Record<string, string>>;
  }[];
  return operations.flatMap(({ op, path, value }) => {
    const key = path.replace('/metadata/annotations/', '').replaceAll('~1', '/').replaceAll('~0', '~');
    if (op === 'remove') return [`- ${key}`];
    if (typeof value === 'string') return [`+ ${key}: ${value}`];
    return Object.entries(value ?? {}).map(([added, shown]) => `+ ${added}: ${shown}`);
  });
}
