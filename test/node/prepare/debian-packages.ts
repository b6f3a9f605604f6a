import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from '../../support/processes/run-program.ts';

/** The release of Debian whose packages are taken, whatever release runs here. */
export const debianRelease = 'trixie';

/** The name that Debian's folders have for this machine's architecture. */
export const debianTriplet = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;

/**
 * Unpacks packages of Debian into a folder, without running what they bring.
 *
 * @param work an empty folder for package lists and packages: those of the machine stay as they are
 * @param target the folder to unpack into, which is made where it is not there
 * @param release of Debian
 * @throws Error where this is no Debian, or a package cannot be had; the message says what to do
 */
export async function unpackDebianPackages(
  names: readonly string[],
  work: string,
  target: string,
  release: string = debianRelease,
): Promise<void> {
  const targets = ['indextargets', '--format', '$(SITE)', 'Created-By: Packages', 'Origin: Debian'];
  const [site] = (await output('apt-get', targets)).split('\n');
  if (site === undefined || site === '') {
    throw new Error('The node tests take packages from a Debian archive, and apt knows none here. Run them on Debian.');
  }
  const sources = path.join(work, 'sources.list');
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  await writeFile(sources, `deb [signed-by=${keyring}] ${site} ${release} main\n`);
  for (const folder of ['lists/partial', 'cache/archives/partial', 'packages']) {
    await mkdir(path.join(work, folder), { recursive: true });
  }
  const own = [
    `Dir::Etc::sourcelist=${sources}`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::lists=${path.join(work, 'lists')}`,
    `Dir::Cache=${path.join(work, 'cache')}`,
    'APT::Sandbox::User=root',
  ].flatMap((setting) => ['-o', setting]);
  await output('apt-get', [...own, 'update', '-qq']);
  const downloads = path.join(work, 'packages');
  await output('apt-get', [...own, 'download', '-qq', ...names.map((name) => `${name}/${release}`)], downloads);
  const files = await readdir(downloads);
  await mkdir(target, { recursive: true });
  // In the order of the names: where base-files makes /lib a link to /usr/lib, it has to be the first.
  for (const name of names) {
    const file = files.find((one) => one.startsWith(`${name}_`)) ?? name;
    await output('dpkg', ['-x', path.join(downloads, file), target]);
  }
}

/** Runs a program of Debian's. @returns its standard output @throws Error where it is missing or fails */
export async function output(file: string, args: readonly string[], cwd?: string): Promise<string> {
  const options = { timeoutMs: 300_000, ...(cwd !== undefined && { cwd }) };
  const { exitCode, stdout, stderr } = await runProgram(file, args, options).catch((error: unknown) => {
    throw new Error(`${file} cannot be run: the node tests need Debian with apt, dpkg and patchelf.`, { cause: error });
  });
  if (exitCode !== 0) throw new Error(`${file} ${args.join(' ')} ended with code ${exitCode}: ${stderr.trim()}`);
  return stdout;
}
