import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { ensureMonitoringBinaries } from '../binaries/ensure-binaries.ts';
import { eventually } from '../eventually.ts';
import { freePort } from './prometheus.ts';

/** A real Pushgateway. */
export class Pushgateway {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#process = child;
  }

  static async start(): Promise<Pushgateway> {
    const { pushgateway } = await ensureMonitoringBinaries();
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(pushgateway, [`--web.listen-address=${address}`], { stdio: 'ignore' });
    const started = new Pushgateway(`http://${address}`, child);
    await eventually(async () => {
      const { ok } = await fetch(`${started.url}/-/ready`);
      if (!ok) throw new Error('The Pushgateway is not ready.');
    });
    return started;
  }

  /** What a Prometheus would scrape. */
  async metrics(): Promise<string> {
    return (await fetch(`${this.url}/metrics`)).text();
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }
}
