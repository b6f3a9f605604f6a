import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Metafile } from 'esbuild';

type Package = {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly texts: readonly string[];
};

const separator = '='.repeat(80);

/**
 * The licence texts of every package of which something is in a bundle.
 *
 * @param metafile what esbuild says of the bundle: files that it read and left out are not in it
 * @throws Error for a package without a text: it may not be passed on without one
 */
export function thirdPartyLicences(root: string, metafile: Metafile): string {
  const inputs = Object.values(metafile.outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([input, { bytesInOutput }]) => (bytesInOutput > 0 ? [input] : [])),
  );
  const directories = new Set(
    inputs.flatMap((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []),
  );
  const packages = [...directories].map((directory) => readPackage(path.join(root, directory)));
  const sorted = packages.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const unique = sorted.filter(
    ({ name, version }, at) => sorted[at - 1]?.name !== name || sorted[at - 1]?.version !== version,
  );
  const parts = unique.map(
    ({ name, version, license, texts }) =>
      `${separator}\n${name} ${version} (${license})\n${separator}\n\n${texts.join('\n\n')}\n`,
  );
  return `shimgate holds parts of these packages, under their licences.\n\n${parts.join('\n')}`;
}

function readPackage(directory: string): Package {
  const { name, version, license } = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8')) as Package;
  const files = readdirSync(directory).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const texts = files.toSorted().map((file) => readFileSync(path.join(directory, file), 'utf8').trim());
  if (texts.length > 0) return { name, version, license, texts };
  const given = path.join(import.meta.dirname, 'licences', `${name.replace('/', '+')}.txt`);
  if (!existsSync(given)) throw new Error(`${name} ${version} (${license}) has no licence text: put it into ${given}.`);
  return { name, version, license, texts: [readFileSync(given, 'utf8').trim()] };
}
