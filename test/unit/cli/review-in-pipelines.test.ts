import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { runShimgate } from './run-shimgate.ts';

const pod = (name: string, className: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {runtimeClassName: ${className}}\n`;
const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: tenant-a}
spec: {template: {spec: {runtimeClassName: kat}}}
`;
const files = {
  'shimgate.yaml': `apiVersion: config.shimgate.dev/v1alpha1
kind: ShimgateConfiguration
runtimes: {kata-qemu: {runtimeType: io.containerd.kata-qemu.v2}}
`,
  'cluster.yaml': 'apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: kata}\nhandler: kata-qemu\n',
  'mixed.yaml': `${pod('web', 'kata')}---\n${pod('typo', 'kat')}---\n${deployment}`,
  'template.yaml': deployment,
  'unreadable.yaml': `${pod('web', 'kata')}---\nhello\n`,
};

const directory = directoryForTests();

beforeAll(async () => {
  for (const [file, content] of Object.entries(files)) await writeFile(join(directory, file), content);
});

const world = ['--config', 'shimgate.yaml', '--objects', 'cluster.yaml'];
const review = (args: readonly string[]) => runShimgate(['review', ...args], { cwd: directory });

describe('review prints', () => {
  test('the findings as SARIF, each at its place, and says there too that not all could be read', async () => {
    const resultsOf = (stdout: string) => {
      const { runs } = JSON.parse(stdout) as {
        readonly runs: readonly [{ readonly invocations: readonly object[]; readonly results: readonly object[] }];
      };
      return runs[0];
    };
    const { code, stdout } = await review(['-f', 'mixed.yaml', ...world, '-o', 'sarif']);
    expect(code).toBe(1);
    const { invocations, results } = resultsOf(stdout);
    expect(invocations).toEqual([{ executionSuccessful: true }]);
    const at = (startLine: number) => ({
      physicalLocation: { artifactLocation: { uri: 'mixed.yaml' }, region: { startLine, startColumn: 1 } },
    });
    expect(results).toMatchObject([
      {
        ruleId: 'RuntimeClassNotFound',
        level: 'error',
        message: { text: expect.stringContaining('Pod default/typo -> RuntimeClass "kat"') },
        locations: [at(6)],
        properties: { field: 'spec.runtimeClassName', chain: ['Pod default/typo', 'RuntimeClass "kat"'] },
      },
      { ruleId: 'RuntimeClassNotFound', level: 'warning', locations: [at(11)] },
    ]);

    const unreadable = await review(['-f', 'unreadable.yaml', ...world, '-o', 'sarif']);
    expect(unreadable.code).toBe(2);
    expect(resultsOf(unreadable.stdout)).toMatchObject({ invocations: [{ executionSuccessful: false }], results: [] });
  });

  test('a case for each object as JUnit, which fails where the command does', async () => {
    const { code, stdout } = await review(['-f', 'mixed.yaml', ...world, '-o', 'junit']);
    expect(code).toBe(1);
    expect(stdout).toContain('<testsuites name="shimgate review" tests="3" failures="1" errors="0">');
    expect(stdout).toContain('<testcase classname="mixed.yaml" name="Pod default/web" file="mixed.yaml" line="1"/>');
    expect(stdout).toMatch(
      /name="Pod default\/typo" file="mixed.yaml" line="6">\n +<failure message="Pod default\/typo -&#62;/,
    );
    const unreadable = await review(['-f', 'unreadable.yaml', ...world, '-o', 'junit']);
    expect(unreadable.code).toBe(2);
    expect(unreadable.stdout).toContain('tests="2" failures="0" errors="1"');
    expect(unreadable.stdout).toContain('<error message="unreadable.yaml:6:1: error:');
  });

  test.each([
    ['denied', 1],
    ['error', 1],
    ['never', 0],
  ])('what is denied, and ends by --fail-on %s with %d', async (failOn, code) => {
    expect((await review(['-f', 'mixed.yaml', ...world, '--fail-on', failOn])).code).toBe(code);
  });

  test.each([
    ['denied', 0],
    ['error', 0],
    ['warning', 1],
    ['info', 1],
  ])('what is let in with a warning, and ends by --fail-on %s with %d', async (failOn, code) => {
    expect((await review(['-f', 'template.yaml', ...world, '--fail-on', failOn])).code).toBe(code);
  });
});
