import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { bundled } from '../bundle.ts';
import { kubectlCompletion } from '../../src/cli/completion-scripts.ts';
import { thirdPartyLicences } from './licences.ts';
import { nodeOf, type Target } from './node-binaries.ts';
import type { TarEntry } from './tar.ts';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..', '..');

/** The command line in one file, and the licences of what is in it. */
export type OneFile = { readonly code: string; readonly licences: string };

/** Bundles the command line in one file: an executable has no place for the pieces that dist is made of. */
export async function bundleInOneFile(): Promise<OneFile> {
  const { outputFiles, metafile } = await build({
    ...bundled,
    write: false,
    format: 'cjs',
    minify: true,
    legalComments: 'none',
    stdin: { contents: "import { start } from './src/cli/start.ts';\nvoid start();\n", resolveDir: root, loader: 'ts' },
  });
  const licences = thirdPartyLicences(root, metafile);
  return { code: outputFiles[0]?.text ?? '', licences };
}

/**
 * What the archive of a target holds: one executable with Node in it, made by Node itself, and the licences of all of it. For macOS it
 * has no valid signature; RELEASING.md says who signs it.
 *
 * Source: Node.js, "Single executable applications".
 */
export async function executableArchive({ code, licences }: OneFile, target: Target): Promise<readonly TarEntry[]> {
  const { program, licence } = await nodeOf(target);
  const name = target.os === 'windows' ? 'shimgate.exe' : 'shimgate';
  const directory = await mkdtemp(path.join(tmpdir(), 'shimgate-executable-'));
  try {
    await writeFile(path.join(directory, 'main.cjs'), code);
    const settings = {
      main: 'main.cjs',
      output: name,
      executable: program,
      disableExperimentalSEAWarning: true,
      // Compiled code halves the time to start, and is of one system and processor.
      useCodeCache: isThisMachine(target),
      // NODE_OPTIONS of whoever runs it are not for it.
      execArgvExtension: 'none',
    };
    await writeFile(path.join(directory, 'sea.json'), JSON.stringify(settings));
    // Without --predictable the compiled code is other bytes each time.
    await run(process.execPath, ['--predictable', '--build-sea', 'sea.json'], { cwd: directory });
    return [
      { name, content: await readFile(path.join(directory, name)), isExecutable: true },
      { name: 'kubectl_complete-shimgate', content: kubectlCompletion, isExecutable: true },
      { name: 'LICENSE', content: await readFile(path.join(root, 'LICENSE')) },
      { name: 'LICENSE.node', content: await readFile(licence) },
      { name: 'THIRD-PARTY-LICENSES.txt', content: licences },
    ];
  } finally {
    await rm(directory, { recursive: true });
  }
}

function isThisMachine({ os, arch }: Target): boolean {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  return os === system && arch === (process.arch === 'x64' ? 'amd64' : process.arch);
}
