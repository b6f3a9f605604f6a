import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { readContainerdVersion, type ContainerdVersion } from '../../../src/shim/containerd-version.ts';
import { goModDirectory } from '../../support/binaries/catalogue.ts';
import { ensureBinaries, ensureOtherVersions, type BinaryPaths } from '../../support/binaries/ensure-binaries.ts';
import { cacheDirectory } from '../../support/binaries/find-binary.ts';
import {
  containerdBinaries,
  kubernetesBinaries,
  type ContainerdProgram,
  type KubernetesProgram,
} from '../../support/binaries/matrix-catalogue.ts';
import { formatVersion, parseVersion } from '../../support/binaries/version-rule.ts';
import { runProgram } from '../../support/processes/run-program.ts';
import { unpackDebianPackages } from '../prepare/debian-packages.ts';
import { inTemporaryFolder } from '../prepare/ending.ts';
import type { Shared } from '../prepare/in-namespaces.ts';

/** Minor versions that run together, such as 1.37 and 2.4. */
export type Cell = { readonly kubernetes: string; readonly containerd: ContainerdVersion };

/** What a cell runs: all that the pinned versions do not. */
export type CellPrograms = {
  readonly versions: { readonly kubernetes: string; readonly containerd: string };
  readonly controlPlane: BinaryPaths;
  readonly shared: Shared;
};

/** The versions of Kubernetes and of containerd that the other node tests run. */
export const pinned = { kubernetes: '1.37', containerd: '2.4' } as const;

/** containerd 1.6 has no sound Go module any more: this release of Debian has it as a package. */
const debian = { containerd: '1.6', release: 'bookworm' } as const;

/** All cells: the pinned Kubernetes first, and within it the latest containerd. */
export async function allCells(): Promise<readonly Cell[]> {
  const folders = await readdir(path.join(goModDirectory, 'matrix'));
  const minorsOf = (prefix: string) =>
    folders.flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  const containerds = [...minorsOf('containerd-'), pinned.containerd, debian.containerd].toSorted().toReversed();
  return [pinned.kubernetes, ...minorsOf('kubernetes-').toSorted()].flatMap((kubernetes) =>
    containerds.flatMap((text) => {
      const containerd = readContainerdVersion(text);
      return containerd === undefined ? [] : [{ kubernetes, containerd }];
    }),
  );
}

/** Finds or builds the programs of a cell. @throws Error where one cannot be had */
export async function programsOf({ kubernetes, containerd }: Cell, shared: Shared): Promise<CellPrograms> {
  const ofKubernetes =
    kubernetes === pinned.kubernetes
      ? {}
      : await ensureOtherVersions<KubernetesProgram>(kubernetesBinaries(kubernetes));
  const ofContainerd = await containerdPrograms(containerd);
  const controlPlane = { ...(await ensureBinaries()), ...ofKubernetes, ...ofContainerd };
  return {
    versions: {
      kubernetes: await versionOf(controlPlane['kube-apiserver']),
      containerd: await versionOf(controlPlane.containerd),
    },
    controlPlane,
    shared: { ...shared, binaries: { ...shared.binaries, ...ofKubernetes, ...ofContainerd }, versions: { containerd } },
  };
}

async function containerdPrograms(minor: string): Promise<Partial<Record<ContainerdProgram, string>>> {
  if (minor === pinned.containerd) return {};
  if (minor !== debian.containerd) return ensureOtherVersions<ContainerdProgram>(containerdBinaries(minor));
  const directory = await ensureDebianContainerd(path.join(cacheDirectory(process.env), 'node'));
  const program = (name: string) => path.join(directory, 'usr', 'bin', name);
  return {
    containerd: program('containerd'),
    'containerd-shim-runc-v2': program('containerd-shim-runc-v2'),
    ctr: program('ctr'),
  };
}

/** Unpacks Debian's containerd into the cache. @returns the folder */
async function ensureDebianContainerd(cache: string): Promise<string> {
  const directory = path.join(cache, `containerd-${debian.release}-${process.arch}`);
  if ((await stat(directory).catch(() => undefined)) !== undefined) return directory;
  await mkdir(cache, { recursive: true });
  await inTemporaryFolder(path.join(cache, 'containerd-'), async (work) => {
    const root = path.join(work, 'root');
    await unpackDebianPackages(['containerd'], work, root, debian.release);
    // The shim of io.containerd.runtime.v1.linux, which no other cell has: one pod of the table is of a shim that is missing.
    await rm(path.join(root, 'usr', 'bin', 'containerd-shim'));
    await rename(root, directory);
  });
  return directory;
}

async function versionOf(program: string): Promise<string> {
  const { stdout } = await runProgram(program, ['--version']);
  const version = parseVersion(stdout);
  if (version === undefined) throw new Error(`${program} says no version: ${stdout}`);
  return formatVersion(version);
}
