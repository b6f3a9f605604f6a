import { tmpdir } from 'node:os';
import path from 'node:path';
import { readContainerdVersion } from '../../../src/shim/containerd-version.ts';
import { catalogue } from '../../support/binaries/catalogue.ts';
import { ensureBinaries, ensureNodeBinaries } from '../../support/binaries/ensure-binaries.ts';
import { cacheDirectory } from '../../support/binaries/find-binary.ts';
import { removeStaleCgroups } from './cgroup.ts';
import { ensureCrun } from './crun.ts';
import { removeOld } from './ending.ts';
import type { Shared } from './in-namespaces.ts';
import { buildOwnProgram } from './own-programs.ts';
import { ensureProductImage } from './product-image.ts';

/**
 * Finds or builds all that runs need of programs, and removes what killed runs left.
 *
 * @param command by which users run it
 * @param image whether shimgate's own is built
 * @throws Error where this is not root, or something cannot be had; the message says what to do
 */
export async function prepareShared(command: string, image: 'with image' | 'without image'): Promise<Shared> {
  if (process.getuid?.() !== 0) {
    throw new Error(`This runs a kubelet and containerd, which takes root. Run \`sudo ${command}\`.`);
  }
  await ensureBinaries();
  const cache = path.join(cacheDirectory(process.env), 'node');
  const shared = {
    binaries: await ensureNodeBinaries(),
    crun: await ensureCrun(cache),
    waitingProgram: await buildOwnProgram(cache, 'image', 'wait'),
    sandboxShim: await buildOwnProgram(cache, 'sandbox-shim', 'containerd-shim-sandboxed-v1'),
    ...(image === 'with image' && { productImage: await ensureProductImage(cache) }),
    versions: { containerd: pinnedContainerd() },
  };
  await removeStaleCgroups();
  await removeOld(tmpdir(), (name) => /^shimgate-(?:node|cell)-/.test(name));
  await removeOld(cache, (name) => /^(?:containerd|crun|image-bases)-\w{6}$/.test(name));
  return shared;
}

function pinnedContainerd(): Shared['versions']['containerd'] {
  const { pinnedText = '' } = catalogue.find(({ name }) => name === 'containerd') ?? {};
  const version = readContainerdVersion(pinnedText);
  if (version === undefined) throw new Error(`containerd ${pinnedText} is none whose behaviour is known.`);
  return version;
}
