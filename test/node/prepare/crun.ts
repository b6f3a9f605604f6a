import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from '../../support/processes/run-program.ts';

/** The release of Debian whose crun takes the OCI version that containerd 2.4 writes; the one before has crun 1.8. */
const release = 'trixie';

const packages = ['crun', 'libc6', 'libcap2', 'libseccomp2', 'libsystemd0', 'libyajl2'];

/**
 * Gets crun from Debian's packages into the cache, with the C library that it is linked with, whatever release runs here.
 *
 * @param cache the folder that keeps it
 * @returns its path
 * @throws Error where this is no Debian, or a package cannot be had; the message says what to do
 */
export async function ensureCrun(cache: string): Promise<string> {
  const directory = path.join(cache, `crun-${release}-${process.arch}`);
  const crun = path.join(directory, 'usr', 'bin', 'crun');
  if ((await stat(crun).catch(() => undefined)) !== undefined) return crun;
  process.stderr.write(`Getting crun from Debian ${release}, once.\n`);
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(path.join(cache, 'crun-'));
  try {
    const root = path.join(work, 'root');
    await unpackPackages(work, root);
    await useOwnLibraries(root, directory);
    await rename(root, directory);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return crun;
}

async function unpackPackages(work: string, root: string): Promise<void> {
  const targets = ['indextargets', '--format', '$(SITE)', 'Created-By: Packages', 'Origin: Debian'];
  const [site] = (await output('apt-get', targets)).split('\n');
  if (site === undefined || site === '') {
    throw new Error('The node tests take crun from a Debian archive, and apt knows none here. Run them on Debian.');
  }
  const sources = path.join(work, 'sources.list');
  await writeFile(sources, `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${site} ${release} main\n`);
  for (const folder of ['lists/partial', 'cache/archives/partial', 'packages']) {
    await mkdir(path.join(work, folder), { recursive: true });
  }
  // Lists of its own: those of the machine stay as they are.
  const own = [
    `Dir::Etc::sourcelist=${sources}`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::lists=${path.join(work, 'lists')}`,
    `Dir::Cache=${path.join(work, 'cache')}`,
    'APT::Sandbox::User=root',
  ].flatMap((setting) => ['-o', setting]);
  await output('apt-get', [...own, 'update', '-qq']);
  const downloads = path.join(work, 'packages');
  await output('apt-get', [...own, 'download', '-qq', ...packages.map((name) => `${name}/${release}`)], downloads);
  for (const file of await readdir(downloads)) await output('dpkg', ['-x', path.join(downloads, file), root]);
}

/** A wrapper that calls the loader would not do: crun runs itself again by its own path. */
async function useOwnLibraries(root: string, home: string): Promise<void> {
  const libraries = path.join(home, 'usr', 'lib', `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`);
  const loader = process.arch === 'arm64' ? 'ld-linux-aarch64.so.1' : 'ld-linux-x86-64.so.2';
  const settings = ['--set-interpreter', path.join(libraries, loader), '--set-rpath', libraries];
  await output('patchelf', ['--force-rpath', ...settings, path.join(root, 'usr', 'bin', 'crun')]);
}

async function output(file: string, args: readonly string[], cwd?: string): Promise<string> {
  const options = { timeoutMs: 300_000, ...(cwd !== undefined && { cwd }) };
  const { exitCode, stdout, stderr } = await runProgram(file, args, options).catch((error: unknown) => {
    throw new Error(`${file} cannot be run: the node tests need Debian with apt, dpkg and patchelf.`, { cause: error });
  });
  if (exitCode !== 0) throw new Error(`${file} ${args.join(' ')} ended with code ${exitCode}: ${stderr.trim()}`);
  return stdout;
}
