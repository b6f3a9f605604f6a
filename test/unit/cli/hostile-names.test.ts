import { execFileSync } from 'node:child_process';
import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { makeTemporaryDirectory } from '../../support/mounted-directory.ts';
import { runShimgate } from './run-shimgate.ts';

/** What a terminal, a build's log or a reader would take for something else than a name. */
const name =
  'x\u001b[31m\u001b]0;title\u0007\u202e\u{e0061}\u2028\u0085\n::error title=x::y\r\n##vso[task.complete]##[error]z [l](https://attacker.example/)';

const isUnseen = /(?!\n)[\p{Cc}\p{Cf}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/u;
const isCommand = /^\s*::|##\[|##vso\[|##teamcity\[/im;

let directory: string;
const fileName = '::error::file\u202e\u001b[2J.yaml';

beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  const objects = [
    { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name }, handler: name },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { 'shimgate.dev/mode': name } } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: name, annotations: { [name]: name, 'shimgate.dev/runtime-type': name } },
      spec: { runtimeClassName: name, containers: [] },
    },
    { apiVersion: name, kind: '::error::kind', metadata: { name } },
  ];
  await writeFile(join(directory, fileName), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  const runtime = { runtimeType: 'io.containerd.x.v1', podAnnotations: [name], annotations: { 'example.com/a': name } };
  const configuration = { apiVersion: 'config.shimgate.dev/v1alpha1', kind: 'ShimgateConfiguration', mode: 'enforce' };
  await writeFile(join(directory, 'sound.yaml'), JSON.stringify({ ...configuration, runtimes: { [name]: runtime } }));
  await writeFile(join(directory, 'broken.yaml'), JSON.stringify({ ...configuration, [name]: name }));
  await writeFile(
    join(directory, '::error::daemon.json'),
    JSON.stringify({
      runtimes: { [name]: { path: '/x', [name]: name }, b: { path: `/${name}` } },
      'default-runtime': name,
    }),
  );
  execFileSync('mkfifo', [join(directory, 'pipe')]);
  await mkdir(join(directory, 'directory'));
  await writeFile(join(directory, 'large'), '');
  await truncate(join(directory, 'large'), 5 * 1024 * 1024);
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

const shimgate = (args: readonly string[]) => runShimgate(args, { cwd: directory });
const sound = ['--config', 'sound.yaml'];

describe('whatever names are, they can be seen, and are no command', () => {
  test.each<[string, readonly string[]]>([
    ['review', ['review', '-f', fileName, ...sound]],
    ['review -o json', ['review', '-f', fileName, ...sound, '-o', 'json']],
    ['review -o yaml', ['review', '-f', fileName, ...sound, '-o', 'yaml']],
    ...['table', 'wide', 'json', 'yaml', 'sarif', 'junit', 'html'].map((format): [string, readonly string[]] => [
      `audit -o ${format}`,
      ['audit', '--objects', fileName, ...sound, '-o', format],
    ]),
    ['resolve', ['resolve', name, ...sound]],
    ['resolve of a name that is refused', ['resolve', `/${name}`]],
    ['resolve -o yaml', ['resolve', name, ...sound, '-o', 'yaml']],
    ['explain', ['explain', name]],
    ['import', ['import', '::error::daemon.json']],
    ['import -o json', ['import', '::error::daemon.json', '-o', 'json']],
    ['import of a file that is missing', ['import', name]],
    ['a configuration that is broken', ['resolve', 'x', '--config', 'broken.yaml']],
    ['a configuration that is missing', ['resolve', 'x', '--config', name.replaceAll('\n', '')]],
    ['an option that is unknown', ['resolve', 'x', `--${name}`]],
    ['a value that is not allowed', ['resolve', 'x', '-o', name]],
  ])('%s', async (_name, args) => {
    const { stdout, stderr } = await shimgate(args);
    const isYaml = args.at(-1) === 'yaml' || args[0] === 'import';
    expect(stdout + stderr).not.toBe('');
    expect((isYaml ? stdout : stdout.replaceAll('\t', '\0')) + stderr).not.toMatch(isUnseen);
    expect(stdout).not.toMatch(isCommand);
    expect(stderr).not.toMatch(isCommand);
  });

  test('programs read the name itself', async () => {
    const [json, yaml] = [
      await shimgate(['resolve', name, ...sound, '-o', 'json']),
      await shimgate(['resolve', name, ...sound, '-o', 'yaml']),
    ];
    expect([JSON.parse(json.stdout), parse(yaml.stdout)]).toEqual([
      expect.objectContaining({ name }),
      expect.objectContaining({ name }),
    ]);
  });
});

describe('what is no regular file of bounded size is refused by every command, at once', () => {
  const commands: readonly [string, (file: string) => readonly string[]][] = [
    ['resolve --config', (file) => ['resolve', 'runc', '--config', file]],
    ['review -f', (file) => ['review', '-f', file]],
    ['review --objects', (file) => ['review', '-f', fileName, '--objects', file]],
    ['audit --objects', (file) => ['audit', '--objects', file]],
    ['audit --config', (file) => ['audit', '--objects', fileName, '--config', file]],
    ['audit --kubeconfig', (file) => ['audit', '--kubeconfig', file]],
    ['import', (file) => ['import', file]],
  ];

  /** What takes many manifests reads a pipe that is named itself, as it reads standard input; read-pipe.test.ts. */
  const takesPipes = new Set(['review -f', 'review --objects', 'audit --objects']);

  test.each(
    commands.flatMap(([command, args]) =>
      ['pipe', '/dev/zero']
        .filter((file) => file !== 'pipe' || !takesPipes.has(command))
        .map((file) => [command, file, args(file)] as const),
    ),
  )('%s %s', async (_command, _file, args) => {
    const { code, stdout, stderr } = await shimgate(args);
    expect(code).toBe(2);
    expect(stdout + stderr).toContain('is no regular file');
  });

  test.each(['resolve --config', 'audit --kubeconfig', 'import'])('%s of what is too large', async (command) => {
    const args = commands.find(([called]) => called === command)?.[1]('large') ?? [];
    const { code, stderr } = await shimgate(args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/is larger than \d MiB/)]);
  });

  test('a directory as configuration', async () => {
    const { code, stderr } = await shimgate(['resolve', 'runc', '--config', 'directory']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('directory is no regular file')]);
  });
});
