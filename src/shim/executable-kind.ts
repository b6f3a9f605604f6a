/**
 * What an executable is by its name: a shim, which containerd starts, or an OCI runtime, which runc's shim calls.
 *
 * @param path a path, or a name that is looked up
 * @returns undefined for a name that says neither
 */
export function executableKind(path: string): 'shim' | 'OCI runtime' | undefined {
  const name = baseName(path);
  if (name === 'containerd-shim' || name.startsWith('containerd-shim-')) return 'shim';
  return ociRuntimes.has(name) || /-(?:container-runtime|runc)$/.test(name.replace(/\.[a-z]+$/, ''))
    ? 'OCI runtime'
    : undefined;
}

/** The runtime type by which containerd finds a shim of this name; undefined where it has none. */
export function typeOfShim(path: string): string | undefined {
  const parts = /^containerd-shim-(.+)-(v\d+)$/.exec(baseName(path));
  return parts === null ? undefined : `io.containerd.${parts[1] ?? ''}.${parts[2] ?? ''}`;
}

/** Whether an OCI runtime comes with a shim of its own, which is what containerd starts then. */
export function hasOwnShim(path: string): boolean {
  return ['runsc', 'kata-runtime'].includes(baseName(path));
}

/** A program that was an OCI runtime once: runc's shim calls it in vain. */
export type FormerOciRuntime = {
  /** What it is now, as the end of a sentence that begins with it. */
  readonly fault: string;
  /** The runtime type of the shim that came in its place. */
  readonly runtimeType: string;
};

/**
 * What an executable is that was an OCI runtime in former versions alone.
 *
 * Source: Kata Containers 2.0, src/runtime/cli/main.go: the commands create, start, kill and delete are gone.
 */
export function formerOciRuntime(path: string): FormerOciRuntime | undefined {
  if (baseName(path) !== 'kata-runtime') return undefined;
  return {
    fault: 'is an OCI runtime in Kata Containers 1.x alone: since 2.0 it has no command create',
    runtimeType: 'io.containerd.kata.v2',
  };
}

const ociRuntimes: ReadonlySet<string> = new Set([
  'runc',
  'crun',
  'youki',
  'runsc',
  'kata-runtime',
  'railcar',
  'krun',
  'runj',
]);

function baseName(path: string): string {
  return path.replace(/^.*[/\\]/, '').replace(/\.exe$/i, '');
}
