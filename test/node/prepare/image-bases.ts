import { chmod, copyFile, cp, mkdir, realpath, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { debianRelease, output, unpackDebianPackages } from './debian-packages.ts';
import { inTemporaryFolder } from './ending.ts';

/** The root file systems of the two bases. */
export type ImageBases = { readonly build: string; readonly runtime: string; readonly name: string };

/** What the image's public runtime base has, too: a C library and the run-time libraries of C++, and no shell. */
const runtimePackages = ['base-files', 'libc6', 'libgcc-s1', 'libstdc++6', 'netbase'];

/** A shell and what it calls, in one static file, and what Node is linked with besides. */
const buildPackages = ['busybox-static', 'libatomic1'];

const documentation = ['doc', 'lintian', 'locale', 'man'];

/** Where this machine's CA certificates are in the base: npm may have to trust what stands between it and the registry. */
export const certificates = '/etc/ssl/certs/ca-certificates.crt';

/**
 * Makes what stands for the image's public bases where none can be pulled: of Debian's packages, with the pinned Node.
 *
 * @param cache the folder that keeps them
 * @throws Error where a package cannot be had
 */
export async function ensureImageBases(cache: string): Promise<ImageBases> {
  const name = `image-bases-${debianRelease}-node${process.versions.node}-${process.arch}`;
  const made = path.join(cache, name);
  const bases = { build: path.join(made, 'build'), runtime: path.join(made, 'runtime'), name };
  if ((await stat(made).catch(() => undefined)) !== undefined) return bases;
  process.stderr.write(
    `Making the image's bases from Debian ${debianRelease} and Node ${process.versions.node}, once.\n`,
  );
  await mkdir(cache, { recursive: true });
  await inTemporaryFolder(path.join(cache, 'image-bases-'), async (work) => {
    const roots = path.join(work, 'roots');
    await makeRuntimeBase(work, path.join(roots, 'runtime'));
    await makeBuildBase(work, path.join(roots, 'runtime'), path.join(roots, 'build'));
    await rename(roots, made);
  });
  return bases;
}

async function makeRuntimeBase(work: string, base: string): Promise<void> {
  const apt = path.join(work, 'apt-runtime');
  await mkdir(apt);
  await unpackDebianPackages(runtimePackages, apt, base);
  const shared = documentation.map((folder) => path.join(base, 'usr', 'share', folder));
  for (const folder of shared) await rm(folder, { recursive: true, force: true });
  const nobody = '/sbin/nologin';
  const users = `root:x:0:0:root:/root:${nobody}\nnonroot:x:65532:65532:nonroot:/home/nonroot:${nobody}\n`;
  await writeFile(path.join(base, 'etc', 'passwd'), users, { mode: 0o644 });
  await writeFile(path.join(base, 'etc', 'group'), 'root:x:0:\nnonroot:x:65532:\n', { mode: 0o644 });
}

async function makeBuildBase(work: string, runtime: string, base: string): Promise<void> {
  await output('cp', ['-a', runtime, base]);
  const apt = path.join(work, 'apt-build');
  await mkdir(apt);
  await unpackDebianPackages(buildPackages, apt, base);
  await output('chroot', [base, '/usr/bin/busybox', '--install', '-s', '/usr/bin']);
  const local = path.join(base, 'usr', 'local');
  const modules = path.join(local, 'lib', 'node_modules');
  await mkdir(path.join(local, 'bin'), { recursive: true });
  await mkdir(modules, { recursive: true });
  await copyFile(process.execPath, path.join(local, 'bin', 'node'));
  await chmod(path.join(local, 'bin', 'node'), 0o755);
  await cp(await npmDirectory(), path.join(modules, 'npm'), { recursive: true });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', path.join(local, 'bin', 'npm'));
  const authorities = path.join(base, certificates);
  await mkdir(path.dirname(authorities), { recursive: true });
  await copyFile(certificates, authorities);
}

/** The npm that runs this. */
async function npmDirectory(): Promise<string> {
  const program = process.env['npm_execpath'];
  if (program === undefined)
    throw new Error('The image is built with the npm that runs the tests: use `make test-node`.');
  return path.dirname(path.dirname(await realpath(program)));
}
