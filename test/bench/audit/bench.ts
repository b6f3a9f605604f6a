/**
 * What it costs to audit manifests of a large cluster: time, and memory, which must not grow with the number of pods. The
 * same classes, nodes and namespaces each time, and ten times as many pods.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { writeManifests, type ManifestFormat } from './write-manifests.ts';

const usage = `Usage: node test/bench/audit/bench.ts [--pods N,N,...] [--format json,yaml] [--output FORMAT] [--check]

  --pods      1000,10000,100000 by default
  --format    of the manifests: json,yaml by default
  --output    of the report: json by default
  --check     exit with 1 where memory grows with the number of pods
`;

/** So much more may be held with the most pods than with the fewest: a short run does not fill what it may have. */
const maxGrowth = 1.5;

/**
 * A heap that has to do with so much holds what is needed, and not what the collector has not got round to: with more, the
 * collector is lazier the longer a run is.
 */
const heapMiB = 96;

const program = join(import.meta.dirname, '../../../dist/main.js');
const runtimes = {
  runsc: 'io.containerd.runsc.v1',
  'kata-qemu': 'io.containerd.kata-qemu.v2',
  'kata-clh': 'io.containerd.kata-clh.v2',
  nvidia: 'io.containerd.runc.v2',
};
const world = { classes: 200, nodes: 5_000, namespaces: 10_000 };
/** Reported by the process itself, as it ends. */
const reportMemory = `process.on('exit',()=>process.stderr.write('resident '+process.resourceUsage().maxRSS+'\\n'))`;

const { values: flags } = parseArgs({
  options: {
    pods: { type: 'string', default: '1000,10000,100000' },
    format: { type: 'string', default: 'json,yaml' },
    output: { type: 'string', default: 'json' },
    check: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

type Measured = { readonly pods: number; readonly seconds: number; readonly residentMiB: number };

if (flags.help) process.stdout.write(usage);
else process.exitCode = await run();

async function run(): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'shimgate-audit-'));
  let isFlat = true;
  try {
    console.log(
      `${world.classes} classes, ${world.nodes} nodes, ${world.namespaces} namespaces; output ${flags.output}`,
    );
    console.log('format     pods   input MiB     seconds    pods/s   peak RSS MiB');
    for (const format of flags.format.split(',') as ManifestFormat[]) {
      const measured: Measured[] = [];
      for (const pods of flags.pods.split(',').map(Number)) measured.push(await measure(directory, pods, format));
      const [first, last] = [measured[0], measured.at(-1)];
      if (first === undefined || last === undefined) continue;
      const growth = last.residentMiB / first.residentMiB;
      if (growth > maxGrowth) isFlat = false;
      console.log(`${format}: ${growth.toFixed(2)} times the memory for ${last.pods / first.pods} times the pods`);
    }
  } finally {
    await rm(directory, { recursive: true });
  }
  if (!isFlat) console.log(`MISSED: memory grows by more than ${maxGrowth}`);
  return flags.check && !isFlat ? 1 : 0;
}

async function measure(directory: string, pods: number, format: ManifestFormat): Promise<Measured> {
  const folder = join(directory, `${format}-${pods}`);
  const files = await writeManifests(folder, { ...world, pods }, format);
  const bytes = (await Promise.all(files.map(async (file) => (await stat(file)).size))).reduce(
    (sum, size) => sum + size,
    0,
  );
  const configurationFile = join(directory, 'shimgate.json');
  await writeFile(configurationFile, configuration());
  const start = performance.now();
  const child = spawn(
    process.execPath,
    [
      `--max-old-space-size=${heapMiB}`,
      '--import',
      `data:text/javascript,${encodeURIComponent(reportMemory)}`,
      program,
      'audit',
      '--objects',
      folder,
      '--config',
      configurationFile,
      '--output',
      flags.output,
      '--fail-on',
      'never',
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  child.stdout.resume();
  const [said] = await Promise.all([text(child.stderr), once(child, 'close')]);
  const resident = /resident (\d+)/.exec(said)?.[1];
  if (child.exitCode !== 0 || resident === undefined) throw new Error(`the audit failed: ${said}`);
  await rm(folder, { recursive: true });
  const measured = { pods, seconds: (performance.now() - start) / 1000, residentMiB: Number(resident) / 1024 };
  const row = [
    format.padEnd(6),
    pods,
    (bytes / 1024 / 1024).toFixed(0),
    measured.seconds.toFixed(1),
    (pods / measured.seconds).toFixed(0),
    measured.residentMiB.toFixed(0),
  ];
  console.log(row.map((cell, index) => String(cell).padStart([6, 9, 12, 12, 10, 15][index] ?? 0)).join(''));
  return measured;
}

function configuration(): string {
  return JSON.stringify({
    apiVersion: 'config.shimgate.dev/v1alpha1',
    kind: 'ShimgateConfiguration',
    injectedAnnotations: [],
    runtimes: Object.fromEntries(Object.entries(runtimes).map(([name, runtimeType]) => [name, { runtimeType }])),
  });
}
