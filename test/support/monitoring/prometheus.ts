import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { spawn, type ChildProcess } from 'node:child_process';
import { ensureMonitoringBinaries } from '../binaries/ensure-binaries.ts';
import { eventually } from '../eventually.ts';

export type Labels = Readonly<Record<string, string>>;

/** An API server whose own metrics are scraped too. */
export type ScrapedApiServer = { readonly server: URL; readonly token: string };

/** A real Prometheus that scrapes some addresses each second. */
export class Prometheus {
  readonly #address: string;
  readonly #process: ChildProcess;

  private constructor(address: string, child: ChildProcess) {
    this.#address = address;
    this.#process = child;
  }

  /**
   * @param targets host and port of each
   * @param labels what the operator would give the series, such as their namespace
   * @param rules text of a rule file
   * @param directory where it may write
   * @param apiServer scraped besides, where it is given
   */
  static async start(
    targets: readonly string[],
    labels: Labels,
    rules: string,
    directory: string,
    apiServer?: ScrapedApiServer,
  ): Promise<Prometheus> {
    const { prometheus } = await ensureMonitoringBinaries();
    writeFileSync(path.join(directory, 'rules.yaml'), rules);
    const configuration = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: ['rules.yaml'],
      scrape_configs: [
        // As a Pushgateway is scraped, whose series say themselves whose they are.
        { job_name: 'shimgate', honor_labels: true, static_configs: [{ targets, labels }] },
        ...(apiServer === undefined ? [] : [scrapeOf(apiServer)]),
      ],
    };
    const file = path.join(directory, 'prometheus.json');
    writeFileSync(file, JSON.stringify(configuration));
    const address = `127.0.0.1:${await freePort()}`;
    const args = [`--config.file=${file}`, `--storage.tsdb.path=${directory}/data`, `--web.listen-address=${address}`];
    const child = spawn(prometheus, args, { stdio: 'ignore' });
    const started = new Prometheus(address, child);
    await eventually(async () => {
      const { ok } = await fetch(`http://${address}/-/ready`);
      if (!ok) throw new Error('Prometheus is not ready.');
    });
    return started;
  }

  /** What an expression gives now. @throws where Prometheus refuses it */
  async query(
    expression: string,
  ): Promise<readonly { readonly metric: Labels; readonly value: readonly [number, string] }[]> {
    const data = await this.#get<{ readonly result: never[] }>('query', { query: expression });
    return data.result;
  }

  /** The labels of all series that match. */
  series(selector: string): Promise<readonly Labels[]> {
    return this.#get('series', { 'match[]': selector });
  }

  /** How each rule's evaluation went: `ok`, or what was wrong. */
  async ruleHealth(): Promise<Readonly<Record<string, string>>> {
    type Rule = { readonly name: string; readonly health: string; readonly lastError?: string };
    const { groups } = await this.#get<{ readonly groups: readonly { readonly rules: readonly Rule[] }[] }>(
      'rules',
      {},
    );
    const rules = groups.flatMap((group) => group.rules);
    return Object.fromEntries(rules.map(({ name, health, lastError }) => [name, lastError ?? health]));
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }

  async #get<T>(page: string, query: Labels): Promise<T> {
    const response = await fetch(`http://${this.#address}/api/v1/${page}?${new URLSearchParams(query).toString()}`);
    const answer = (await response.json()) as { readonly status: string; readonly error?: string; readonly data: T };
    if (answer.status !== 'success') throw new Error(answer.error ?? answer.status);
    return answer.data;
  }
}

function scrapeOf({ server, token }: ScrapedApiServer): object {
  return {
    job_name: 'apiserver',
    scheme: 'https',
    tls_config: { insecure_skip_verify: true },
    authorization: { credentials: token },
    static_configs: [{ targets: [server.host] }],
  };
}

/** A port of this machine on which nobody listens at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
