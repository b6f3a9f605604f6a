import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Cluster } from '../../support/cluster/cluster.ts';
import { runProgram, type ProgramResult } from '../../support/processes/run-program.ts';

const repository = path.join(import.meta.dirname, '..', '..', '..');

/** A directory as the documentation's commands expect it: a checkout's chart in it, and the programs in the PATH. */
export class Checkout {
  readonly directory: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(directory: string, env: Readonly<Record<string, string>>) {
    this.directory = directory;
    this.#env = env;
  }

  static async make({ description, env }: Cluster): Promise<Checkout> {
    const directory = await mkdtemp(path.join(description.directory.root, 'checkout-'));
    await symlink(path.join(repository, 'charts'), path.join(directory, 'charts'));
    const bin = path.join(directory, 'bin');
    await mkdir(bin);
    const programs = {
      shimgate: `exec "${process.execPath}" "${path.join(repository, 'dist', 'main.js')}" "$@"`,
      kubectl: `exec "${description.binaries.kubectl}" "$@"`,
      helm: `exec "${description.binaries.helm}" "$@"`,
    };
    for (const [name, script] of Object.entries(programs)) {
      await writeFile(path.join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    const PATH = [bin, path.dirname(process.execPath), env['PATH'] ?? ''].join(':');
    return new Checkout(directory, { ...env, PATH });
  }

  /** Runs a command as somebody would who copies it. */
  type(command: string): Promise<ProgramResult> {
    return runProgram('sh', ['-euc', command], { cwd: this.directory, env: this.#env });
  }
}
