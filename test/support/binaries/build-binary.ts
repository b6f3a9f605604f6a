import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

import { claimWhenFree, type Claim } from '../processes/exclusive-claim.ts';
import { runProgram } from '../processes/run-program.ts';
import { BuildProgress } from './build-progress.ts';
import type { Binary } from './catalogue.ts';
import { formatVersion } from './version-rule.ts';

const partialInfix = '.partial-';
const leftoverAgeMs = 6 * 3_600_000;
const shownErrorLines = 30;

/**
 * Builds a pinned program with Go into a file, unless another process has done so meanwhile.
 *
 * Runs side by side build one program once: the second waits for the first. The file appears whole, by a rename.
 *
 * @param target The file to make; its folder is created.
 * @param environment What `go` runs with (GOPROXY, GOFLAGS, GOCACHE, ... are the user's).
 * @throws Error where the build fails, with the end of what `go` said.
 */
export async function buildBinary(binary: Binary, target: string, environment: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  const claim = await claimBuild(binary, target);
  try {
    if (await exists(target)) {
      return;
    }
    await removeLeftovers(target);
    await compile(binary, target, environment);
  } finally {
    await claim.release();
  }
}

function claimBuild(binary: Binary, target: string): Promise<Claim> {
  const key = createHash('sha256').update(target).digest('hex').slice(0, 16);
  return claimWhenFree(`shimgate-e2e-build-${binary.name}-${key}`, () => {
    process.stderr.write(`  ${binary.name}: waiting for another run that builds it\n`);
  });
}

async function compile(binary: Binary, target: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const partial = `${target}${partialInfix}${process.pid}-${randomBytes(4).toString('hex')}`;
  const progress = new BuildProgress(`${binary.name} ${formatVersion(binary.pinned)}`, binary.usualBuildSeconds);
  let packages = 0;
  try {
    const result = await runProgram('go', buildArguments(binary, partial), {
      cwd: binary.goModDirectory,
      env: { ...environment, CGO_ENABLED: binary.linkedWithC === undefined ? '0' : '1' },
      timeoutMs: 0,
      onStderr: (text) => {
        packages += compiledPackages(text);
        progress.detail(`${packages} packages compiled`);
      },
    });
    if (result.exitCode !== 0) {
      progress.end('failed');
      const lastLines = result.stderr.trimEnd().split('\n').slice(-shownErrorLines).join('\n');
      const needed = binary.linkedWithC?.packages;
      const remedy = needed === undefined ? '' : `\nIt needs what Debian calls: ${needed}.`;
      throw new Error(`\`go build\` of ${binary.goPackage} ended with code ${result.exitCode}:\n${lastLines}${remedy}`);
    }
    await rename(partial, target);
    progress.end('built');
  } finally {
    await rm(partial, { force: true });
  }
}

function buildArguments(binary: Binary, output: string): readonly string[] {
  const variables = Object.entries(binary.linkerVariables).map(([name, value]) => `-X ${name}=${value}`);
  return [
    'build',
    '-v',
    '-trimpath',
    // A vendor folder or a workspace of the user's must not change what is pinned.
    '-mod=readonly',
    '-buildvcs=false',
    ...tagsOf(binary),
    // Without symbol tables the files are a third smaller and link faster.
    `-ldflags=${['-s', '-w', ...variables].join(' ')}`,
    `-o=${output}`,
    binary.goPackage,
  ];
}

function tagsOf({ tags, linkedWithC }: Binary): readonly string[] {
  const all = linkedWithC?.tags ?? tags;
  return all === undefined ? [] : [`-tags=${all}`];
}

/** `go build -v` writes each package's path on a line, among lines such as `go: downloading ...`. */
function compiledPackages(text: string): number {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('go: ')).length;
}

/** What killed builds left. A young one may be alive: of a container that shares the cache but not the claim. */
async function removeLeftovers(target: string): Promise<void> {
  const folder = path.dirname(target);
  const prefix = `${path.basename(target)}${partialInfix}`;
  for (const name of (await readdir(folder)).filter((entry) => entry.startsWith(prefix))) {
    const file = path.join(folder, name);
    if (Date.now() - (await stat(file)).mtimeMs > leftoverAgeMs) {
      await rm(file, { force: true });
    }
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
