import { stringify } from 'yaml';
import { programName, type Target } from './node-binaries.ts';
import { downloads, version } from './published.ts';

/** An archive of the release, for krew to install. */
export type KrewArchive = { readonly target: Target; readonly name: string; readonly sha256: string };

/**
 * The manifest of the plugin. Those for macOS are left out: krew installs what has no valid signature, and macOS ends it.
 *
 * Source: krew, "Writing Krew plugin manifests".
 */
export function krewManifest(archives: readonly KrewArchive[]): string {
  const signed = archives.filter(({ target }) => target.os !== 'darwin');
  return stringify(
    {
      apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
      kind: 'Plugin',
      metadata: { name: 'shimgate' },
      spec: {
        version: `v${version}`,
        homepage: downloads.slice(0, downloads.indexOf('/releases/')),
        shortDescription: 'Follow pods to the containerd shims that run them',
        description:
          'Finds what is wrong between pods, RuntimeClasses and the containerd runtimes of nodes: `kubectl shimgate audit`, ' +
          'and `review` for manifests.\n',
        caveats:
          'For completion of `kubectl shimgate <TAB>`:\n' +
          '  kubectl shimgate completion kubectl > ~/.krew/bin/kubectl_complete-shimgate\n' +
          '  chmod +x ~/.krew/bin/kubectl_complete-shimgate\n',
        platforms: signed.map(({ target, name, sha256 }) => ({
          selector: { matchLabels: { os: target.os, arch: target.arch } },
          uri: `${downloads}/${name}`,
          sha256,
          bin: programName(target),
        })),
      },
    },
    { lineWidth: 0 },
  );
}
