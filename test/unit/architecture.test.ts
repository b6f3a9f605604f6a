import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ESLint } from 'eslint';

const root = join(import.meta.dirname, '..', '..');

/** The rules about what may be imported and touched; they need no types, so that a text is linted in a moment. */
const eslint = new ESLint({
  cwd: root,
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  ruleFilter: ({ ruleId }) => ruleId.startsWith('import-x/no-restricted') || ruleId.startsWith('no-restricted-'),
});

/** @param folder of src, or one that is named from the root of the repository: `./test/unit` */
async function complaints(folder: string, code: string): Promise<readonly string[]> {
  const place = folder.startsWith('./') ? join(root, folder) : join(root, 'src', folder);
  const results = await eslint.lintText(code, { filePath: join(place, 'example.ts') });
  return results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => `${ruleId ?? 'fatal'}: ${message}`));
}

describe('the linter refuses', () => {
  test.each([
    ['finding', "import '../shim/shim-binary.ts';", 'src/finding is below src/shim: arrows point down only.'],
    ['shim', "import '../policy/evaluate.ts';", 'src/shim is below src/policy: arrows point down only.'],
    ['policy', "import '../admission/admit.ts';", 'src/policy is below src/admission: arrows point down only.'],
    [
      'policy',
      "import type { Admission } from '../admission/admit.ts';",
      'src/policy is below src/admission: arrows point down only.',
    ],
    ['policy', "export * from '../webhook/metrics.ts';", 'src/policy is below src/webhook: arrows point down only.'],
    ['admission', "await import('../cli/program.ts');", 'src/admission is below src/cli: arrows point down only.'],
    ['config', "import '../cluster/live-cluster.ts';", 'src/config is below src/cluster: arrows point down only.'],
    ['manifests', "import '../webhook/listener.ts';", 'src/manifests is below src/webhook: arrows point down only.'],
  ])('an arrow that points up: in %s, %s', async (folder, code, message) => {
    expect(await complaints(folder, code)).toEqual([expect.stringContaining(message)]);
  });

  test.each(['finding', 'shim', 'policy'])('what is not pure, in %s', async (folder) => {
    for (const code of [
      "import 'node:http';",
      "import '@kubernetes/client-node';",
      "import 'pino';",
      'export const now = Date.now();',
      'export const user = process.env;',
      'export const chance = Math.random();',
      'setTimeout(() => undefined, 1);',
      'export const known = new Map<string, string>();',
      'const known: Map<string, string> = new Map(); known.clear();',
      'const seen: Set<string> = new Set(); seen.clear();',
      'export let last: string | undefined;',
      'export function remember(): unknown { return new WeakMap(); }',
    ]) {
      expect([code, await complaints(folder, code)]).toEqual([code, [expect.stringMatching(/^no-restricted-/)]]);
    }
  });
});

describe('the linter allows', () => {
  test.each([
    ['cli', "import '../finding/finding.ts';"],
    [
      'policy',
      "import '../shim/shim-binary.ts';\nimport './evaluate.ts';\nimport type { Mode } from '../generated/configuration.ts';",
    ],
    ['webhook', "import 'node:https';\nexport const now = Date.now();"],
    [
      'shim',
      'export const table: ReadonlyMap<string, string> = new Map();\nconst names: ReadonlySet<string> = new Set([]);',
    ],
    ['policy', 'export function count(): number { return new Map().size; }'],
    ['cluster', 'export const pools = new WeakMap<object, string>();'],
  ])('arrows that point down, and in %s what its place is', async (folder, code) => {
    expect(await complaints(folder, code)).toEqual([]);
  });
});

test('each folder of src has its place in the order of arrows', async () => {
  const isJudged = (name: string) => name !== 'cli' && name !== 'generated';
  const entries = readdirSync(join(root, 'src'), { withFileTypes: true });
  for (const { name } of entries.filter((entry) => entry.isDirectory() && isJudged(entry.name))) {
    const found = await complaints(name, "import '../cli/program.ts';");
    expect(found).toEqual([expect.stringContaining(`src/${name} is below src/cli`)]);
  }
});

const testProjects = readdirSync(join(root, 'test'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'support' && entry.name !== 'fixtures')
  .map(({ name }) => name);

test.each(testProjects)('test/%s imports nothing from another test project', async (project) => {
  for (const other of testProjects.filter((name) => name !== project)) {
    expect([other, await complaints(`./test/${project}`, importOf(other))]).toEqual([
      other,
      [expect.stringContaining(`test/${project} imports from itself, test/support, src and scripts`)],
    ]);
  }
});

test.each(testProjects)('test/%s imports from test/support, src and scripts', async (project) => {
  const code = `${importOf('support')}\nimport '../../src/finding/codes.ts';\nimport '../../scripts/written-file.ts';`;
  expect(await complaints(`./test/${project}`, code)).toEqual([]);
});

test.each(testProjects)('test/%s is not imported by test/support, scripts or src', async (project) => {
  expect(await complaints('./test/support', importOf(project))).toEqual([
    expect.stringContaining('test/support is below the test projects'),
  ]);
  expect(await complaints('./scripts', importOf(project).replace('..', '../test'))).toEqual([
    expect.stringContaining('scripts import from test/support and src'),
  ]);
  expect(await complaints('cli', importOf(project).replace('..', '../../test'))).toEqual([
    expect.stringContaining('The product does not import its tests.'),
  ]);
});

/** An import, as a file of a test project writes it, of a file that really is in that folder: the rule resolves paths. */
function importOf(folder: string): string {
  const file = readdirSync(join(root, 'test', folder), { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith('.ts'),
  );
  return `import '../${folder}/${String(file)}';`;
}

test('a circle of files is refused, also one of types alone', () => {
  const cruiser = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs');
  const { status, stdout } = spawnSync(
    process.execPath,
    [cruiser, 'test/fixtures/circle', '--config', '.dependency-cruiser.js'],
    { cwd: root, encoding: 'utf8' },
  );
  expect(stdout).toContain('error no-circle: test/fixtures/circle/of-types.ts');
  expect(status).toBe(1);
});
