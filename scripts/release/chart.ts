import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { platforms } from './image.ts';
import { chartReference, image, registry, sources, version } from './published.ts';
import type { TarEntry } from './tar.ts';

const root = path.join(import.meta.dirname, '..', '..');
const chart = path.join(root, 'charts', 'shimgate');
const samples = path.join(root, 'deploy', 'samples');

/**
 * The chart as `helm package` packs it, with the names of what is published in place of those of a checkout, and with the presets of
 * deploy/samples as files of values.
 */
export async function chartEntries(): Promise<readonly TarEntry[]> {
  const files = (await readdir(chart, { recursive: true, withFileTypes: true })).filter(
    // What .helmignore leaves out, and itself, which helm packs.
    (entry) => entry.isFile() && entry.name !== 'icon.svg',
  );
  const entries = files.map(async ({ parentPath, name }) => {
    const file = path.join(parentPath, name);
    const inChart = path.relative(chart, file).replaceAll(path.sep, '/');
    return { name: `shimgate/${inChart}`, content: published(inChart, await readFile(file, 'utf8')) };
  });
  return Promise.all([...entries, ...(await presetNames()).map(preset)]);
}

async function presetNames(): Promise<readonly string[]> {
  const entries = await readdir(samples, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Values of which `config` is a configuration of deploy/samples. */
async function preset(name: string): Promise<TarEntry> {
  const configuration = await readFile(path.join(samples, name, 'configuration.yaml'), 'utf8');
  return { name: `shimgate/presets/${name}.yaml`, content: `config:\n${configuration.replaceAll(/^(?=.)/gm, '  ')}` };
}

const usePreset = [
  `helm pull ${chartReference} --version ${version} --untar`,
  'helm upgrade --install shimgate ./shimgate --namespace shimgate --create-namespace --values shimgate/presets/gvisor.yaml',
].join('\n');

function published(file: string, text: string): string {
  switch (file) {
    case 'values.yaml': {
      const stamped = replaceOnce(
        text,
        "  registry: ''\n  # -- Repository",
        `  registry: '${registry}'\n  # -- Repository`,
      );
      return replaceOnce(stamped, '  repository: shimgate/shimgate\n', '  repository: shimgate\n');
    }
    case 'files/defaults.json': {
      return replaceOnce(
        text,
        '"registry": "", "repository": "shimgate/shimgate"',
        `"registry": "${registry}", "repository": "shimgate"`,
      );
    }
    case 'Chart.yaml': {
      const named = replaceOnce(
        text,
        'shimgate.dev/chart: charts/shimgate\n',
        `shimgate.dev/chart: ${chartReference}\n`,
      );
      const images = `  artifacthub.io/images: |\n    - name: shimgate\n      image: ${image}\n      platforms:\n${platforms.map((one) => `        - ${one}\n`).join('')}`;
      return replaceOnce(
        named,
        '  artifacthub.io/category: security\n',
        `  artifacthub.io/category: security\n${images}`,
      );
    }
    case 'templates/NOTES.txt':
      return replaceOnce(text, 'deploy/samples of its sources', 'presets/ of the chart (helm pull --untar)');
    case 'README.md': {
      const withPresets = text
        .replace(/^\{ echo config:.*\n.*$/m, () => usePreset)
        .replace('deploy/samples has presets for', 'presets/ has some for')
        .replace(/, each a file\s+that goes under `config`:/, ':');
      return withPresets
        .replaceAll(
          /(helm (?:install|upgrade(?: --install)?) shimgate) charts\/shimgate/g,
          `$1 ${chartReference} --version ${version}`,
        )
        .replaceAll(/\bdocs\/([a-z-]+\.md)/g, `${sources}/docs/$1`);
    }
    default:
      return text;
  }
}

/** @throws Error where the text is not there exactly once: something has been renamed */
function replaceOnce(text: string, from: string, to: string): string {
  if (text.split(from).length !== 2) throw new Error(`The chart does not have exactly one ${JSON.stringify(from)}.`);
  return text.replace(from, () => to);
}
