import { runhcsShim } from './options.ts';
import { isAbsolutePath } from './runtime-name.ts';

/**
 * The binary that containerd starts for a runtime type: `io.containerd.kata.v2` becomes `containerd-shim-kata-v2` (the
 * last two dot-separated parts, whatever they are), an absolute path is that path.
 *
 * On Windows it has the ending .exe. Which nodes a type is for its name does not say, but for the one shim that is there for
 * Windows only.
 *
 * @returns undefined where containerd finds no binary name in it: no dot, a leading dot, or a relative path
 *
 * Source: containerd, pkg/shim/util.go, BinaryName; pkg/shim/util_windows.go, shimBinaryFormat; core/runtime/v2/shim_manager.go, resolveRuntimePath.
 */
export function shimBinary(runtimeType: string): string | undefined {
  if (isAbsolutePath(runtimeType)) return runtimeType;
  if (runtimeType.includes('/')) return undefined;
  const parts = runtimeType.split('.');
  if (parts.length < 2 || parts[0] === '') return undefined;
  const binary = `containerd-shim-${parts.at(-2) ?? ''}-${parts.at(-1) ?? ''}`;
  return runtimeType === runhcsShim ? `${binary}.exe` : binary;
}
