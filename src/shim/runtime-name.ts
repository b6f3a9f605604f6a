import type { FindingCode } from '../finding/codes.ts';
import { refusalOf } from '../finding/wording.ts';

/** Why a runtime name is refused. */
export type NameRefusal = {
  readonly code: NameRefusalCode;
  /** A full sentence that names the value. */
  readonly message: string;
  /** What is wrong with it, as the end of a sentence that begins with the name: `is empty`. */
  readonly predicate: string;
};

export type NameRefusalCode = Extract<
  FindingCode,
  'EmptyName' | 'AbsolutePath' | 'RelativePath' | 'WindowsPath' | 'ControlCharacter' | 'MissingDot' | 'LeadingDot'
>;

/**
 * Judges a runtime name that no table declares, as Docker's daemon does before it hands the name to containerd as a
 * shim name. containerd runs whatever an absolute path points at, as root on the host: without this rule anyone who may
 * create a container could run any binary. There is no option that turns the rule off.
 *
 * @param name the name as the user wrote it
 * @returns undefined where the name is permissible, which includes oddities such as `a..`: containerd enforces no
 *   format on the dotted parts, and neither does Docker
 *
 * Source: moby, daemon/runtime_unix.go and the configuration's IsPermissibleC8dRuntimeName; containerd,
 * core/runtime/v2/shim_manager.go, resolveRuntimePath. The Windows and control character rules are ours: a Windows node
 * reads a drive letter or a backslash as a path. The empty name is refused as in the first version of Docker's rule.
 */
export function refuseRuntimeName(name: string): NameRefusal | undefined {
  const flaw = flawOf(name);
  if (flaw === undefined) return undefined;
  const [code, predicate] = flaw;
  return { code, predicate, message: refusalOf(name, predicate) };
}

function flawOf(name: string): readonly [NameRefusalCode, string] | undefined {
  if (name === '') return ['EmptyName', 'is empty'];
  if (name.startsWith('/'))
    return ['AbsolutePath', 'is an absolute path: containerd would run that file on the host as root'];
  if (name.includes('/')) return ['RelativePath', 'is a relative path, not a shim name'];
  if (/^[A-Za-z]:|\\/.test(name))
    return ['WindowsPath', 'is a path on a Windows node: containerd would run that file on the host'];
  if (/\p{Cc}/u.test(name)) return ['ControlCharacter', 'contains a control character'];
  if (!name.includes('.')) {
    return ['MissingDot', 'is neither a configured runtime nor a shim name: it has no dot'];
  }
  if (name.startsWith('.')) return ['LeadingDot', 'begins with a dot: containerd takes that for no shim at all'];
  return undefined;
}

/** Whether containerd takes this runtime type for a file to run, on Linux or on Windows, and not for a shim name. */
export function isAbsolutePath(runtimeType: string): boolean {
  return runtimeType.startsWith('/') || /^[A-Za-z]:[\\/]|^\\\\/.test(runtimeType);
}
