import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { bundled, inModules } from '../bundle.ts';
import { kubectlCompletion } from '../../src/cli/completion-scripts.ts';
import { thirdPartyLicences } from './licences.ts';
import { systemOf } from './executable-format.ts';
import { nodeLicence, nodeProgramOf, programName, type Target } from './node-binaries.ts';
import type { TarEntry } from './tar.ts';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..', '..');

/** What all executables are made of. */
export type Program = {
  /** What Node runs first, in CommonJS. */
  readonly main: string;
  /** The modules of the command line by their names. */
  readonly modules: ReadonlyMap<string, Uint8Array>;
  /** The licences of what is in them. */
  readonly licences: string;
};

/** Bundles the command line as dist is bundled, and what reads that in an executable. */
export async function bundleProgram(): Promise<Program> {
  const modules = await build({
    ...inModules,
    write: false,
    minify: true,
    entryPoints: { start: path.join(root, 'src', 'cli', 'start.ts') },
    outdir: root,
  });
  const main = await build({
    ...bundled,
    write: false,
    format: 'cjs',
    entryPoints: [path.join(import.meta.dirname, 'executable-main.ts')],
  });
  return {
    main: main.outputFiles[0]?.text ?? '',
    modules: new Map(modules.outputFiles.map((file) => [path.basename(file.path), file.contents])),
    licences: thirdPartyLicences(root, modules.metafile),
  };
}

/**
 * What the archive of a target holds: one executable with Node in it, made by Node itself, and the licences of all of it. For macOS it
 * has no valid signature; RELEASING.md says who signs it.
 *
 * Source: Node.js, "Single executable applications".
 */
export async function executableArchive(program: Program, target: Target): Promise<readonly TarEntry[]> {
  return [
    { name: programName(target), content: await executable(program, target), isExecutable: true },
    { name: 'kubectl_complete-shimgate', content: kubectlCompletion, isExecutable: true },
    { name: 'LICENSE', content: await readFile(path.join(root, 'LICENSE')) },
    { name: 'LICENSE.node', content: await readFile(await nodeLicence()) },
    { name: 'THIRD-PARTY-LICENSES.txt', content: program.licences },
  ];
}

/** One executable for a target. @throws Error where Node makes none, or the package's Node is for another system */
export async function executable({ main, modules }: Program, target: Target): Promise<Buffer> {
  const directory = await mkdtemp(path.join(tmpdir(), 'shimgate-executable-'));
  try {
    await writeFile(path.join(directory, 'main.cjs'), main);
    for (const [name, code] of modules) await writeFile(path.join(directory, name), code);
    const settings = {
      main: 'main.cjs',
      output: 'shimgate',
      executable: await nodeProgramOf(target),
      disableExperimentalSEAWarning: true,
      assets: Object.fromEntries([...modules.keys()].map((name) => [name, name])),
      // Compiled code is of one system and processor.
      useCodeCache: false,
      // NODE_OPTIONS of whoever runs it are not for it.
      execArgvExtension: 'none',
    };
    await writeFile(path.join(directory, 'sea.json'), JSON.stringify(settings));
    await run(process.execPath, ['--build-sea', 'sea.json'], { cwd: directory });
    const content = await readFile(path.join(directory, 'shimgate'));
    const system = systemOf(content);
    const wanted = `${target.os}/${target.arch}`;
    if (system !== wanted)
      throw new Error(`${target.nodePackage} is for ${system ?? 'no system that is known'}, and not for ${wanted}.`);
    return content;
  } finally {
    await rm(directory, { recursive: true });
  }
}
