import packageJson from '../../package.json' with { type: 'json' };

/** The version of everything that is released. */
export const { version } = packageJson;

/** Registry and owner, of which all names of what is published are made: the one variable of a release. */
export const registry = process.env['REGISTRY'] ?? 'ghcr.io/shimgate';

const owner = registry.split('/').at(-1) ?? '';

/** Image, with its tag. */
export const image = `${registry}/shimgate:${version}`;

/** Where charts are, as hauler and `helm push` take it. */
export const chartRepository = `oci://${registry}/charts`;

/** The chart, as Helm takes it with a --version. */
export const chartReference = `${chartRepository}/shimgate`;

/** Where the files of a release are to be had. */
export const downloads = `https://github.com/${owner}/shimgate/releases/download/v${version}`;

/** The sources of the release, for whoever reads them. */
export const sources = `https://github.com/${owner}/shimgate/blob/v${version}`;
