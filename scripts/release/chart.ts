import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { chartReference, image, version } from './published.ts';
import type { TarEntry } from './tar.ts';

const chart = path.join(import.meta.dirname, '..', '..', 'charts', 'shimgate');

/** The chart as `helm package` packs it, with the names of what is published in place of those of a checkout. */
export async function chartEntries(): Promise<readonly TarEntry[]> {
  const files = (await readdir(chart, { recursive: true, withFileTypes: true })).filter(
    // What .helmignore leaves out, and itself, which helm packs.
    (entry) => entry.isFile() && entry.name !== 'icon.svg',
  );
  return Promise.all(
    files.map(async ({ parentPath, name }) => {
      const file = path.join(parentPath, name);
      const inChart = path.relative(chart, file).replaceAll(path.sep, '/');
      return { name: `shimgate/${inChart}`, content: published(inChart, await readFile(file, 'utf8')) };
    }),
  );
}

function published(file: string, text: string): string {
  switch (file) {
    case 'values.yaml': {
      const [registry = ''] = image.split('/shimgate:');
      const stamped = replaceOnce(
        text,
        "  registry: ''\n  # -- Repository",
        `  registry: '${registry}'\n  # -- Repository`,
      );
      return replaceOnce(stamped, '  repository: shimgate/shimgate\n', '  repository: shimgate\n');
    }
    case 'files/defaults.json': {
      const [registry = ''] = image.split('/shimgate:');
      return replaceOnce(
        text,
        '"registry": "", "repository": "shimgate/shimgate"',
        `"registry": "${registry}", "repository": "shimgate"`,
      );
    }
    case 'Chart.yaml':
      return replaceOnce(text, 'shimgate.dev/chart: charts/shimgate\n', `shimgate.dev/chart: ${chartReference}\n`);
    case 'README.md':
      return text.replaceAll(
        /(helm (?:install|upgrade(?: --install)?) shimgate) charts\/shimgate/g,
        `$1 ${chartReference} --version ${version}`,
      );
    default:
      return text;
  }
}

/** @throws Error where the text is not there exactly once: something has been renamed */
function replaceOnce(text: string, from: string, to: string): string {
  if (text.split(from).length !== 2) throw new Error(`The chart does not have exactly one ${JSON.stringify(from)}.`);
  return text.replace(from, () => to);
}
