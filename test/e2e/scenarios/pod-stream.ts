import { setTimeout as sleep } from 'node:timers/promises';
import { linesOf, type KubectlUser } from './kubectl-user.ts';
import { pod, type PodChoice } from '../../support/cluster/manifests.ts';

/** What became of the pods of a stream. */
export type PodStreamResult = {
  readonly tried: number;
  readonly created: number;
  /** All that kubectl showed beside its success: refusals and warnings. */
  readonly complaints: readonly string[];
};

const pollMs = 20;

/** Pods that are made one after the other with kubectl, while something else goes on. */
export class PodStream {
  readonly #user: KubectlUser;
  readonly #input: string;
  readonly #complaints: string[] = [];
  #tried = 0;
  #created = 0;
  #isEnding = false;

  private constructor(user: KubectlUser, choice: PodChoice) {
    const { apiVersion, kind, metadata, spec } = pod('', choice);
    const generated = { ...metadata, name: undefined, generateName: 'stream-' };
    this.#user = user;
    this.#input = JSON.stringify({ apiVersion, kind, metadata: generated, spec });
  }

  /** Makes pods while the scenario runs, and some before it and after it. */
  static async during(user: KubectlUser, choice: PodChoice, scenario: () => Promise<void>): Promise<PodStreamResult> {
    const stream = new PodStream(user, choice);
    const running = stream.#run();
    try {
      await stream.#more();
      await scenario();
      await stream.#more();
    } finally {
      stream.#isEnding = true;
      await running;
    }
    return { tried: stream.#tried, created: stream.#created, complaints: stream.#complaints };
  }

  async #more(): Promise<void> {
    const enough = this.#tried + 3;
    while (this.#tried < enough) await sleep(pollMs);
  }

  async #run(): Promise<void> {
    while (!this.#isEnding) {
      const { exitCode, stderr } = await this.#user.run(['create', '--filename=-'], { input: this.#input });
      this.#tried++;
      if (exitCode === 0) this.#created++;
      this.#complaints.push(...linesOf(stderr));
    }
  }
}
