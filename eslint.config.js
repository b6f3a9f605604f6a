import js from '@eslint/js';
import { importX } from 'eslint-plugin-import-x';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * The folders of src, top to bottom. A folder may import from the folders after it, never from those before it: the
 * architecture, as a rule that fails the build.
 */
const layers = [
  'cli',
  'webhook',
  'certificates',
  'audit',
  'node',
  'import',
  'registration',
  'cluster',
  'manifests',
  'admission',
  'policy',
  'config',
  'text',
  'follow',
  'shim',
  'finding',
  'generated',
];

/** These decide; they do not do. No network, no files, no clock, no chance: the same input gives the same verdict. */
const pureLayers = ['policy', 'shim', 'finding'];

/**
 * What would remember between two calls of a pure function. A map or a set at the top of a module has to be declared as one
 * that cannot change; and a WeakMap is only ever there to remember. World is the one place that does.
 */
const remembers =
  'This folder is pure: what is remembered belongs to the World, and a table is typed ReadonlyMap or ReadonlySet.';
const memories = [
  ...['Program > VariableDeclaration', 'Program > ExportNamedDeclaration > VariableDeclaration'].flatMap((place) => [
    {
      selector: `${place} > VariableDeclarator[init.type='NewExpression'][init.callee.name=/^(Map|Set)$/]:not([id.typeAnnotation])`,
      message: remembers,
    },
    {
      selector: `${place} > VariableDeclarator[init.type='NewExpression'][init.callee.name=/^(Map|Set)$/][id.typeAnnotation.typeAnnotation.typeName.name=/^(Map|Set)$/]`,
      message: remembers,
    },
    { selector: `${place}[kind='let']`, message: remembers },
  ]),
  { selector: 'NewExpression[callee.name=/^Weak(Map|Set|Ref)$/]', message: remembers },
];

const layerZones = layers.flatMap((layer, index) =>
  layers.slice(0, index).map((above) => ({
    target: `./src/${layer}`,
    from: `./src/${above}`,
    message: `src/${layer} is below src/${above}: arrows point down only.`,
  })),
);

/** The projects of test. What two of them need is in test/support: none imports from another. */
const testProjects = ['unit', 'integration', 'e2e', 'chaos', 'node', 'fuzz', 'bench'];

const testZones = [
  ...testProjects.map((project) => ({
    target: `./test/${project}`,
    from: './test',
    except: [`./${project}`, './support'],
    message: `test/${project} imports from itself, test/support, src and scripts: move to test/support what two projects need.`,
  })),
  {
    target: './test/support',
    from: './test',
    except: ['./support'],
    message: 'test/support is below the test projects: arrows point down only.',
  },
  {
    target: './scripts',
    from: './test',
    except: ['./support'],
    message: 'scripts import from test/support and src, not from a test project.',
  },
  { target: './src', from: './test', message: 'The product does not import its tests.' },
  { target: './src', from: './scripts', message: 'The product does not import what builds it.' },
];

export default defineConfig(
  globalIgnores(['dist/', 'release/', 'coverage/', 'src/generated/', 'node_modules/']),
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    rules: {
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'import-x/no-restricted-paths': ['error', { zones: [...layerZones, ...testZones] }],
      'max-lines': ['error', { max: 250, skipBlankLines: false, skipComments: false }],
      'no-console': 'error',
      'no-eval': 'error',
      'no-new-func': 'error',
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['child_process', 'node:child_process', 'node:vm', 'vm'], message: 'No shell, no dynamic code.' },
          ],
        },
      ],
    },
  },
  {
    files: pureLayers.map((layer) => `src/${layer}/**/*.ts`),
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['node:*', '@kubernetes/*', 'express', 'pino', 'prom-client'], message: 'This folder is pure.' },
          ],
        },
      ],
      'no-restricted-globals': [
        'error',
        'process',
        'Date',
        'performance',
        'setTimeout',
        'setInterval',
        'fetch',
        'console',
      ],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'This folder is pure.' }],
      'no-restricted-syntax': ['error', ...memories],
    },
  },
  {
    files: ['test/**/*.ts', 'scripts/**/*.ts'],
    rules: {
      'no-restricted-imports': 'off',
      'no-console': 'off',
    },
  },
  {
    files: ['**/*.js'],
    languageOptions: { globals: { process: 'readonly' } },
  },
  {
    // Runs in a browser, inside of the page that is its report.
    files: ['src/audit/reporters/html/page.js'],
    languageOptions: {
      sourceType: 'script',
      globals: {
        document: 'readonly',

        HTMLSelectElement: 'readonly',
      },
    },
  },
);
