import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { MountedVolume } from './mounted-volume.ts';
import { readExposition, valueOf } from './read-exposition.ts';
import { startWebhook, type Webhook } from './start-webhook.ts';
import { SteadyLoad } from './steady-load.ts';
import { withWorkplace, type Workplace } from './workplace.ts';

const generationKey = 'example.com/generation';

/** What follows the old configuration. */
const generations = ['new', 'newer', 'newest'];

/** A configuration that every pod of gVisor shows which one it was. */
function configuration(generation: string): string {
  return JSON.stringify({
    apiVersion: 'config.shimgate.dev/v1alpha1',
    kind: 'ShimgateConfiguration',
    runtimes: {
      runsc: {
        runtimeType: `io.containerd.runsc-${generation}.v1`,
        podAnnotations: ['example.com/*', 'shimgate.dev/*'],
        annotations: { [generationKey]: generation },
      },
    },
  });
}

/** Where the configuration stands, and how another takes its place. */
type Place = { readonly file: string; readonly replace: (text: string) => Promise<void> };

/** In one step: nobody finds the file half written. */
async function replaceFile(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

const places: readonly (readonly [string, (workplace: Workplace) => Promise<Place>])[] = [
  [
    'written over',
    async ({ directory }) => {
      const file = join(directory, 'configuration.yaml');
      await writeFile(file, configuration('old'));
      return { file, replace: (text) => writeFile(file, text) };
    },
  ],
  [
    'replaced, as editors do',
    async ({ directory }) => {
      const file = join(directory, 'configuration.yaml');
      await writeFile(file, configuration('old'));
      return { file, replace: (text) => replaceFile(file, text) };
    },
  ],
  [
    'swapped by ..data, as the kubelet does',
    async ({ directory }) => {
      const name = 'configuration.yaml';
      const volume = await MountedVolume.mount(join(directory, 'volume'), { [name]: configuration('old') });
      return { file: volume.file(name), replace: (text) => volume.swap({ [name]: text }) };
    },
  ],
];

async function reloads({ get }: Webhook): Promise<Readonly<Record<'success' | 'failure', number>>> {
  const families = readExposition((await get('/metrics')).body);
  const count = (result: string) => valueOf(families, 'shimgate_config_reload_total', { result });
  return { success: count('success'), failure: count('failure') };
}

/** Of which configuration the next pod is. */
async function generationOf({ client }: Webhook): Promise<string | undefined> {
  const load = new SteadyLoad(client, '009');
  const [admitted] = await load.end();
  return admitted?.annotations[generationKey];
}

describe('a configuration that changes while pods are created takes over at once, and no pod is harmed', () => {
  test.each(places)('%s', async (_how, prepare) => {
    await withWorkplace(async (workplace) => {
      const { file, replace } = await prepare(workplace);
      const webhook = await startWebhook(workplace, { flags: { '--config': file } });
      const load = new SteadyLoad(webhook.client, '009');
      await load.continue(20);
      expect(new Set(load.admitted.map(({ annotations }) => annotations[generationKey]))).toEqual(new Set(['old']));

      // More than once: whoever watches what was there at first hears of the first change only.
      let before = '';
      for (const generation of generations) {
        await replace(configuration(generation));
        const { time } = await webhook.process.logged(
          'configuration in force',
          (entry) => String(entry['time']) > before,
        );
        before = String(time);
        expect(await generationOf(webhook)).toBe(generation);
      }
      await load.continue(20);
      const admitted = await load.end();

      for (const { annotations, validated } of admitted) {
        const generation = annotations[generationKey] ?? 'none';
        expect(['old', ...generations]).toContain(generation);
        // All of it is of one configuration, and the validating side takes what was made by the one before.
        expect(annotations['shimgate.dev/runtime-type']).toBe(`io.containerd.runsc-${generation}.v1`);
        expect(validated).toMatchObject({ allowed: true });
        expect(validated).not.toHaveProperty('warnings');
      }
      expect(admitted.at(-1)?.annotations[generationKey]).toBe(generations.at(-1));
      expect(await reloads(webhook)).toMatchObject({ success: generations.length });
      webhook.client.close();
    });
  });
});

describe('a configuration that is not valid is refused loudly, and the one before goes on', () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['no YAML', 'apiVersion: [', ':1:14: error: '],
    ['an unknown key', configuration('new').replace('{', '{"moode":"warn",'), 'Did you mean mode?'],
    ['another version', configuration('new').replace('v1alpha1', 'v9'), ':1:15: error: apiVersion: '],
    [
      'a runtime that is a contradiction',
      configuration('new').replace('"annotations"', '"path":"/usr/bin/crun","annotations"'),
      '[RuntimeOverspecified]',
    ],
    ['nothing', '', 'The configuration is empty.'],
  ];

  test.each(rows)('%s', async (_what, text, says) => {
    await withWorkplace(async (workplace) => {
      const file = join(workplace.directory, 'configuration.yaml');
      await writeFile(file, configuration('old'));
      const webhook = await startWebhook(workplace, { flags: { '--config': file } });

      await replaceFile(file, text);
      const refusal = await webhook.process.logged('configuration refused, the one before stays in force');
      expect(refusal).toMatchObject({ level: 'error', findings: [expect.stringContaining(says)] });
      expect(refusal['findings']).toEqual([expect.stringMatching(new RegExp(`^${file}:\\d+:\\d+: error: `))]);
      expect(await reloads(webhook)).toEqual({ success: 0, failure: 1 });
      expect(await webhook.get('/readyz')).toMatchObject({ status: 200 });
      expect(await generationOf(webhook)).toBe('old');

      await replaceFile(file, configuration('new'));
      await webhook.process.logged('configuration in force');
      expect(await reloads(webhook)).toEqual({ success: 1, failure: 1 });
      expect(await generationOf(webhook)).toBe('new');
      webhook.client.close();
    });
  });

  test('a file that is gone', async () => {
    await withWorkplace(async (workplace) => {
      const file = join(workplace.directory, 'configuration.yaml');
      await writeFile(file, configuration('old'));
      const webhook = await startWebhook(workplace, { flags: { '--config': file } });

      await rm(file);
      const refusal = await webhook.process.logged('configuration refused, the one before stays in force');
      expect(refusal).toMatchObject({ level: 'error', error: expect.stringContaining('ENOENT') });
      expect(await generationOf(webhook)).toBe('old');

      await replaceFile(file, configuration('new'));
      await webhook.process.logged('configuration in force');
      expect(await generationOf(webhook)).toBe('new');
      webhook.client.close();
    });
  });
});
