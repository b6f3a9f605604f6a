import { createHash } from 'node:crypto';
import { copyFile, cp, mkdir, readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buildImageLayout, thisPlatform, type ImageBuild } from '../../../scripts/release/image.ts';
import { claimWhenFree } from '../../support/processes/exclusive-claim.ts';
import { runProgram } from '../../support/processes/run-program.ts';
import { debianTriplet } from './debian-packages.ts';
import { inTemporaryFolder, removeOld } from './ending.ts';
import { certificates, ensureImageBases, type ImageBases } from './image-bases.ts';

const root = path.join(import.meta.dirname, '..', '..', '..');
const dockerfile = path.join(root, 'deploy', 'Dockerfile');

/** What all files of the image, and the image itself, are dated; in seconds. */
const timestamp = 1_700_000_000;

const install = 'Install it: `apt-get install buildah`.';

/**
 * Builds shimgate's image twice, by its Dockerfile and from nothing, without a Docker engine. The second build is of a copy of
 * the checkout elsewhere, with other modes and times.
 *
 * @param cache the folder that keeps what was built, as long as nothing that goes into the image changes
 * @returns the folders of both, each an OCI image layout with this one image, for this machine's platform
 * @throws Error where buildah is missing or the build fails
 */
export async function ensureProductImage(cache: string): Promise<readonly [string, string]> {
  const version = await buildahVersion();
  const bases = await ensureImageBases(cache);
  const context = await contextOf(`${dockerfile}.dockerignore`);
  const digest = await digestOfInputs([version, bases.name], context);
  const built = path.join(cache, `image-${digest}`);
  const builds = [path.join(built, 'first'), path.join(built, 'second')] as const;
  // Of two runs side by side the second waits for what the first builds.
  const claim = await claimWhenFree(`shimgate-node-image-${digest}`);
  try {
    if ((await stat(built).catch(() => undefined)) === undefined) await buildTwice(cache, built, bases, context);
  } finally {
    await claim.release();
  }
  return builds;
}

async function buildTwice(cache: string, built: string, bases: ImageBases, context: readonly string[]): Promise<void> {
  process.stderr.write('Building the image twice, which takes a minute or two.\n');
  await inTemporaryFolder(path.join(cache, 'image-'), async (work) => {
    const buildah = new Buildah(work, path.join(cache, 'buildah'));
    const arguments_ = await buildArguments(buildah, bases, work);
    const out = path.join(work, 'out');
    await mkdir(out);
    const build = { timestamp, platforms: [thisPlatform], buildArguments: () => arguments_ };
    await buildah.buildTo(path.join(out, 'first'), { ...build, context: root });
    const copy = path.join(work, 'copy');
    for (const file of context) await cp(path.join(root, file), path.join(copy, file), { recursive: true });
    await buildah.run(['chmod', '-R', 'u=rwX,go=', copy]);
    await buildah.buildTo(path.join(out, 'second'), { ...build, context: copy });
    await rename(out, built);
  });
  const isImage = (name: string) => name.startsWith('image-') && !name.startsWith('image-bases-');
  await removeOld(cache, (name) => isImage(name) && path.join(cache, name) !== built);
}

/** buildah, with storage of its own. All that it mounts is gone when the command ends, however that ends. */
class Buildah {
  readonly #work: string;
  readonly #env: NodeJS.ProcessEnv;

  /** @param lasting keeps npm's cache */
  constructor(work: string, lasting: string) {
    this.#work = work;
    this.#env = { ...process.env, TMPDIR: lasting };
  }

  async run(command: readonly string[], input?: string): Promise<string> {
    const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation=private'];
    const all = ['--pdeathsig', 'KILL', 'unshare', ...namespaces, ...command];
    const options = { env: this.#env, timeoutMs: 20 * 60_000, ...(input !== undefined && { input }) };
    await mkdir(this.#env['TMPDIR'] ?? '', { recursive: true });
    const { exitCode, stdout, stderr } = await runProgram('setpriv', all, options);
    if (exitCode !== 0) throw new Error(`${command.join(' ')} failed:\n${(stdout + stderr).slice(-4_000)}`);
    return stdout.trim();
  }

  /** @returns the built image's id */
  build(args: readonly string[], input?: string): Promise<string> {
    return this.run([...this.#buildah(), 'build', '--quiet', '--no-cache', '--pull-never', ...args], input);
  }

  /** Builds the image into a folder, as a release does, and forgets it. */
  buildTo(folder: string, build: ImageBuild): Promise<void> {
    return buildImageLayout((args) => this.run([...this.#buildah(), ...withoutPulling(args)]), folder, build);
  }

  async digest(image: string): Promise<string> {
    return this.run([...this.#buildah(), 'images', '--digests', '--format', '{{.Digest}}', image]);
  }

  #buildah(): readonly string[] {
    const { join } = path;
    return ['buildah', '--root', join(this.#work, 'storage'), '--runroot', join(this.#work, 'run')];
  }
}

/** The bases are in the storage, and nowhere else. */
function withoutPulling([command = '', ...args]: readonly string[]): readonly string[] {
  return command === 'build' ? [command, '--pull-never', ...args] : [command, ...args];
}

/** The arguments by which the Dockerfile takes our bases, by digest as the public ones. */
async function buildArguments(
  buildah: Buildah,
  bases: ImageBases,
  work: string,
): Promise<Readonly<Record<string, string>>> {
  const path_ = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n';
  const named = async (base: string, folder: string, settings = '') => {
    const name = `localhost/shimgate/${base}-base`;
    const file = path.join(work, `${base}.Dockerfile`);
    await writeFile(file, `FROM scratch\nCOPY . /\n${path_}${settings}`);
    await buildah.build(['--timestamp', String(timestamp), '--tag', name, '--file', file, folder]);
    return `${name}@${await buildah.digest(name)}`;
  };
  return {
    BUILD_BASE: await named('build', bases.build, `ENV NODE_EXTRA_CA_CERTS=${certificates}\n`),
    NODE_BASE: await named('node', await nodeBase(bases.build, work)),
    RUNTIME_BASE: await named('runtime', bases.runtime),
  };
}

/** What the image takes of Node, with its licence, as the public base has it. */
async function nodeBase(build: string, work: string): Promise<string> {
  const base = path.join(work, 'node');
  const local = path.join(base, 'usr', 'local');
  const libraries = path.join('usr', 'lib', debianTriplet);
  await mkdir(path.join(local, 'bin'), { recursive: true });
  await copyFile(path.join(build, 'usr', 'local', 'bin', 'node'), path.join(local, 'bin', 'node'));
  await mkdir(path.join(base, libraries), { recursive: true });
  for (const file of (await readdir(path.join(build, libraries))).filter((one) => one.startsWith('libatomic.so.')))
    await cp(path.join(build, libraries, file), path.join(base, libraries, file), { verbatimSymlinks: true });
  const installed = path.join(root, 'node_modules', 'node', 'node_modules', `node-linux-${process.arch}`);
  await copyFile(path.join(installed, 'LICENSE'), path.join(local, 'LICENSE'));
  return base;
}

async function buildahVersion(): Promise<string> {
  const { exitCode, stdout } = await runProgram('buildah', ['--version']).catch((error: unknown) => {
    throw new Error(`The node tests build the image with buildah, which is not here. ${install}`, { cause: error });
  });
  if (exitCode !== 0) throw new Error(`The node tests build the image with buildah, which does not run. ${install}`);
  return stdout.trim();
}

/** What the build is given, as the image's .dockerignore says. */
async function contextOf(ignoreFile: string): Promise<readonly string[]> {
  const lines = (await readFile(ignoreFile, 'utf8')).split('\n');
  return lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
}

async function digestOfInputs(words: readonly string[], context: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const word of words) hash.update(`${word}\0`);
  const files = await Promise.all(context.map((name) => filesBelow(name)));
  for (const file of ['deploy/Dockerfile', ...files.flat().toSorted()]) {
    const content = await readFile(path.join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesBelow(name: string): Promise<readonly string[]> {
  if ((await stat(path.join(root, name))).isFile()) return [name];
  const entries = await readdir(path.join(root, name), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith('src/generated/'));
}
