import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';

import { runProgram } from '../processes/run-program.ts';
import type { Binary } from './catalogue.ts';
import { formatVersion, parseVersion, reasonAgainst } from './version-rule.ts';

export type FoundBinary = {
  readonly path: string;
  readonly source: 'KUBEBUILDER_ASSETS' | 'PATH' | 'cache';
};

export type BinarySearch = {
  readonly found: FoundBinary | undefined;
  /** Programs of that name that were not taken, each as a sentence that says why. */
  readonly passedOver: readonly string[];
};

const versionTimeoutMs = 20_000;

/**
 * Looks for a pinned program: in the folder KUBEBUILDER_ASSETS, in PATH, in the cache of earlier builds.
 *
 * From the first two only a version that the program's rule allows is taken; the cache is keyed by version.
 *
 * @param environment Where KUBEBUILDER_ASSETS, PATH, XDG_CACHE_HOME and HOME are read from.
 */
export async function findBinary(binary: Binary, environment: NodeJS.ProcessEnv): Promise<BinarySearch> {
  const passedOver: string[] = [];
  for (const candidate of await installedCandidates(binary, environment)) {
    const reason = await reasonToPassOver(binary, candidate.path);
    if (reason === undefined) {
      return { found: candidate, passedOver };
    }
    passedOver.push(`${candidate.path} (from ${candidate.source}) is passed over: ${reason}.`);
  }
  const cached = cachePath(binary, environment);
  return { found: (await isExecutable(cached)) ? { path: cached, source: 'cache' } : undefined, passedOver };
}

/** Where the cache keeps a program: a folder for each platform, product and version. */
export function cachePath(binary: Binary, environment: NodeJS.ProcessEnv): string {
  const platform = `${process.platform}-${process.arch}`;
  const version = `${binary.product}-${binary.pinnedText}`;
  return path.join(cacheDirectory(environment), 'binaries', platform, version, binary.name);
}

/** The project's folder in the user's cache. Source: XDG Base Directory Specification. */
export function cacheDirectory(environment: NodeJS.ProcessEnv): string {
  const xdgCacheHome = environment['XDG_CACHE_HOME'];
  // The XDG specification has relative paths ignored.
  const cacheHome =
    xdgCacheHome !== undefined && path.isAbsolute(xdgCacheHome)
      ? xdgCacheHome
      : path.join(environment['HOME'] ?? homedir(), '.cache');
  return path.join(cacheHome, 'shimgate');
}

async function installedCandidates(binary: Binary, environment: NodeJS.ProcessEnv): Promise<readonly FoundBinary[]> {
  const candidates: FoundBinary[] = [];
  if (binary.versionArgs === undefined) return candidates;
  const assets = environment['KUBEBUILDER_ASSETS'];
  if (assets !== undefined && assets !== '') {
    const inAssets = path.resolve(assets, binary.name);
    if (await isExecutable(inAssets)) {
      candidates.push({ path: inAssets, source: 'KUBEBUILDER_ASSETS' });
    }
  }
  for (const folder of (environment['PATH'] ?? '').split(path.delimiter).filter((entry) => path.isAbsolute(entry))) {
    const inPath = path.join(folder, binary.name);
    if (await isExecutable(inPath)) {
      candidates.push({ path: inPath, source: 'PATH' });
      break;
    }
  }
  return candidates;
}

async function reasonToPassOver(binary: Binary, file: string): Promise<string | undefined> {
  const { versionArgs = [] } = binary;
  const command = [binary.name, ...versionArgs].join(' ');
  try {
    const result = await runProgram(file, versionArgs, { timeoutMs: versionTimeoutMs });
    const version = result.exitCode === 0 ? parseVersion(result.stdout + result.stderr) : undefined;
    if (version === undefined) {
      return `\`${command}\` ended with code ${result.exitCode} and told no version`;
    }
    const reason = reasonAgainst(version, binary.pinned, binary.rule);
    return reason === undefined ? undefined : `it is ${binary.name} ${formatVersion(version)}, and ${reason}`;
  } catch (error) {
    return `\`${command}\` cannot be run: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
