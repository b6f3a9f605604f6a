import { randomUUID } from 'node:crypto';

import { ProcessGuard } from '../processes/process-guard.ts';
import { runProgram } from '../processes/run-program.ts';
import { buildBinary } from './build-binary.ts';
import { formatDuration } from './build-progress.ts';
import {
  catalogue,
  nodeCatalogue,
  type Binary,
  type BinaryName,
  type MonitoringBinaryName,
  type NodeBinaryName,
  type ReleaseBinaryName,
} from './catalogue.ts';
import { monitoringCatalogue } from './monitoring-catalogue.ts';
import { releaseCatalogue } from './release-catalogue.ts';
import { cachePath, findBinary } from './find-binary.ts';
import { formatVersion } from './version-rule.ts';

export type BinaryPaths = Readonly<Record<BinaryName, string>>;

export type NodeBinaryPaths = Readonly<Record<NodeBinaryName, string>>;

let ensured: Promise<BinaryPaths> | undefined;

/** Tells the processes that this one starts where the programs are, so that they need not look. */
const foundVariable = 'SHIMGATE_E2E_BINARIES';

/**
 * Finds every pinned program of a control plane, and builds those that are nowhere to be found. What it does goes to standard
 * error. Asked again, in this process or in one that it started, it answers what it found at first.
 *
 * @returns The absolute path of each program.
 * @throws Error on another system than Linux, where Go is missing or too old and something must be built, or where a build
 *   fails. The message says what to do.
 */
export function ensureBinaries(): Promise<BinaryPaths> {
  ensured ??= findOnce();
  return ensured;
}

/** The same for the programs of a node. @throws Error as {@link ensureBinaries} does */
export function ensureNodeBinaries(): Promise<NodeBinaryPaths> {
  return findOrBuildAll<NodeBinaryName>(nodeCatalogue);
}

/** The same for Prometheus and its tool. @throws Error as {@link ensureBinaries} does */
export function ensureMonitoringBinaries(): Promise<Readonly<Record<MonitoringBinaryName, string>>> {
  return findOrBuildAll<MonitoringBinaryName>(monitoringCatalogue);
}

/** The same for the programs that a release is tested with. @throws Error as {@link ensureBinaries} does */
export function ensureReleaseBinaries(): Promise<Readonly<Record<ReleaseBinaryName, string>>> {
  return findOrBuildAll<ReleaseBinaryName>(releaseCatalogue);
}

/**
 * The same for some programs of other versions than the pinned ones.
 *
 * @typeParam Name those that `binaries` has
 * @throws Error as {@link ensureBinaries} does
 */
export function ensureOtherVersions<Name extends string>(
  binaries: readonly Binary[],
): Promise<Readonly<Record<Name, string>>> {
  return findOrBuildAll<Name>(binaries);
}

async function findOnce(): Promise<BinaryPaths> {
  const found = process.env[foundVariable];
  if (found !== undefined) return JSON.parse(found) as BinaryPaths;
  const paths = await findOrBuildAll<BinaryName>(catalogue);
  process.env[foundVariable] = JSON.stringify(paths);
  return paths;
}

async function findOrBuildAll<Name extends string>(
  binaries: readonly Binary[],
): Promise<Readonly<Record<Name, string>>> {
  if (process.platform !== 'linux') {
    throw new Error(
      `The end-to-end tests run on Linux, not on ${process.platform}: they need every address of 127.0.0.0/8, abstract ` +
        'sockets and /proc. Run them in a Linux container or virtual machine.',
    );
  }
  const paths = new Map<string, string>();
  const missing: Binary[] = [];
  for (const binary of binaries) {
    const search = await findBinary(binary, process.env);
    search.passedOver.forEach((sentence) => process.stderr.write(`${sentence}\n`));
    paths.set(binary.name, search.found?.path ?? cachePath(binary, process.env));
    if (search.found === undefined) {
      missing.push(binary);
    }
  }
  if (missing.length > 0) {
    await buildAll(missing);
  }
  return Object.fromEntries(paths) as Record<Name, string>;
}

async function buildAll(missing: readonly Binary[]): Promise<void> {
  const environment = buildEnvironment();
  await requireGo(missing, environment);
  const totalSeconds = missing.reduce((seconds, binary) => seconds + binary.usualBuildSeconds, 0);
  const names = missing.map((binary) => `${binary.name} ${formatVersion(binary.pinned)}`).join(', ');
  process.stderr.write(
    `Building with Go, once: ${names}. On two cores with nothing cached this usually takes ` +
      `${formatDuration(totalSeconds)}; what is built is kept in the cache.\n`,
  );
  const guard = await ProcessGuard.start(randomUUID());
  try {
    for (const binary of missing) {
      await buildBinary(binary, cachePath(binary, process.env), { ...environment, ...guard.environment });
    }
  } finally {
    await guard.release();
  }
}

/** The user's environment, without what would build for another machine or from another module. */
function buildEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, GOOS: undefined, GOARCH: undefined, GOWORK: 'off' };
}

async function requireGo(missing: readonly Binary[], environment: NodeJS.ProcessEnv): Promise<void> {
  const names = missing.map((binary) => binary.name).join(', ');
  const remedy =
    'Install Go 1.26 or newer (https://go.dev/dl) so that `go` is in PATH, or set KUBEBUILDER_ASSETS to a folder that has ' +
    `these programs: ${missing.map((binary) => `${binary.name} ${formatVersion(binary.pinned)}`).join(', ')}.`;
  const goModDirectory = missing[0]?.goModDirectory ?? '.';
  const result = await runProgram('go', ['version'], { cwd: goModDirectory, env: environment }).catch(
    (error: unknown) => ({ exitCode: 127, stderr: error instanceof Error ? error.message : String(error), stdout: '' }),
  );
  if (result.exitCode === 0) {
    return;
  }
  // `go version` in a module's folder fails by itself where that module needs a newer Go and none may be fetched.
  throw new Error(`Cannot build ${names} for the end-to-end tests: ${result.stderr.trim()}\n${remedy}`);
}
