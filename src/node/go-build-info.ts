import { streamFile } from '../follow/read-file.ts';

const magic = Buffer.concat([Buffer.from([0xff]), Buffer.from(' Go buildinf:', 'latin1')]);

/** The header, and before each of the two texts their length. Go writes both texts into the file behind it since 1.18. */
const headerBytes = 32;

/** Of texts beyond that nobody has heard; k3s, which links half of Kubernetes, has 40 KiB. */
const maxTextBytes = 1024 * 1024;

/** A file is looked at as far as this: containerd and k3s have some tens of MiB. */
const maxFileBytes = 512 * 1024 * 1024;

/**
 * What Go wrote into a program when it was built: a line for the main module, for each dependency and each build setting,
 * with tabs. Nothing is run.
 *
 * @returns undefined where the file is no program of Go 1.18 or later
 * @throws Error where it cannot be read
 *
 * Source: Go, debug/buildinfo/buildinfo.go.
 */
export async function goBuildInfo(file: string): Promise<string | undefined> {
  let rest = Buffer.alloc(0);
  let read = 0;
  for await (const chunk of streamFile(file)) {
    const bytes = Buffer.concat([rest, chunk]);
    const found = bytes.indexOf(magic);
    if (found >= 0) {
      rest = bytes.subarray(found);
      const text = moduleText(rest);
      if (text !== 'short') return text;
    } else {
      rest = bytes.subarray(Math.max(0, bytes.length - magic.length + 1));
    }
    read += chunk.length;
    if (read > maxFileBytes || rest.length > 2 * maxTextBytes) return undefined;
  }
  return undefined;
}

/** The text about modules of a build info that begins a buffer; `short` where the buffer ends before it does. */
function moduleText(bytes: Buffer): string | undefined {
  if (bytes.length < headerBytes) return 'short';
  const hasTexts = ((bytes[15] ?? 0) & 2) !== 0;
  if (!hasTexts) return undefined;
  const goVersion = lengthAt(bytes, headerBytes);
  if (goVersion === undefined || goVersion.end > bytes.length) return 'short';
  const modules = lengthAt(bytes, goVersion.end);
  if (modules === undefined || modules.end > bytes.length) return 'short';
  // The text stands between two marks of 16 bytes.
  return modules.end - modules.start < 33 ? undefined : bytes.toString('utf8', modules.start + 16, modules.end - 16);
}

/** Where a text with its length before it begins and ends. */
function lengthAt(bytes: Buffer, offset: number): { readonly start: number; readonly end: number } | undefined {
  let length = 0;
  for (let index = 0; index < 4; index++) {
    const byte = bytes[offset + index];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) {
      const start = offset + index + 1;
      return { start, end: start + length };
    }
  }
  return undefined;
}

const containerdModule = /^github\.com\/containerd\/containerd(?:\/v\d+)?$/;

/** The version of containerd that a program is, or has built in, as its build info says it; undefined where it does not. */
export function containerdVersionOf(buildInfo: string): string | undefined {
  const linked = /github\.com\/containerd\/containerd\/(?:v\d+\/)?version\.Version=v?(\d[\w.~+-]*)/.exec(
    buildInfo,
  )?.[1];
  if (linked !== undefined) return linked;
  const lines = buildInfo.split('\n').map((line) => line.split('\t'));
  const at = lines.findIndex(
    ([kind, module = '']) => (kind === 'mod' || kind === 'dep') && containerdModule.test(module),
  );
  const own = lines[at];
  const replacement = lines[at + 1];
  const version = at < 0 ? undefined : (replacement?.[0] === '=>' ? replacement : own)?.[2];
  // A build from a working copy says (devel), and one between two releases a version that no release has.
  return version !== undefined && /^v\d+\.\d+\.\d+(?:[-+][\w.+-]*)?$/.test(version) ? version.slice(1) : undefined;
}
