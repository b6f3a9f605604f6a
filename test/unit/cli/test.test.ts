import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { parseXml } from '../../support/reports/parse-xml.ts';
import { runShimgate } from './run-shimgate.ts';

const root = join(import.meta.dirname, '../../..');
const directory = directoryForTests();

const put = (name: string, text: string) => {
  mkdirSync(dirname(join(directory, name)), { recursive: true });
  writeFileSync(join(directory, name), text);
  return name;
};
const suite = (cases: string, more = '') =>
  `apiVersion: test.shimgate.dev/v1alpha1\nkind: PolicyTest\n${more}cases:\n${cases}`;
const run = (...args: readonly string[]) => runShimgate(['test', ...args], { cwd: directory });

put(
  'pods/pod.yaml',
  'apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: default}\nspec: {runtimeClassName: nosuch}\n',
);
put('pods/configuration.yaml', 'apiVersion: config.shimgate.dev/v1alpha1\nkind: ShimgateConfiguration\nmode: warn\n');
const passing = suite(
  '- name: it is told\n  review: pod.yaml\n  expect: {allowed: true, findings: [{code: RuntimeClassNotFound}], patch: []}\n',
  'configuration: configuration.yaml\n',
);
put('pods/passing.yaml', passing);

describe('shimgate test', () => {
  test('passes for the samples, each of which has tests', async () => {
    const { code, stdout, stderr } = await runShimgate(['test', 'deploy/samples'], { cwd: root });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.match(/^deploy\/samples\/.*$/gm)).toEqual(
      ['gvisor', 'kata-deploy', 'nvidia', 'spin'].map((name) => `deploy/samples/${name}/tests.yaml`),
    );
  });

  test('finds in a directory the files of its kind, and looks from there for what they name', async () => {
    const { code, stdout, stderr } = await run('pods');
    expect([code, stdout, stderr]).toEqual([0, 'pods/passing.yaml\n  ok     it is told\n1 case, 0 failed.\n', '']);
  });

  test('judges by the mode of the test', async () => {
    put(
      'mode/passing.yaml',
      suite(
        '- name: it is denied\n  review: ../pods/pod.yaml\n  expect: {allowed: false}\n',
        'configuration: ../pods/configuration.yaml\nmode: enforce\n',
      ),
    );
    expect((await run('mode')).code).toBe(0);
  });

  test('says of a case what is not as expected, and ends with 1', async () => {
    put(
      'failing/failing.yaml',
      suite(
        '- name: it runs\n  review: ../pods/pod.yaml\n  expect: {allowed: true, findings: [], patch: [{op: remove, path: /spec}]}\n',
      ),
    );
    const { code, stdout, stderr } = await run('failing');
    expect([code, stderr]).toEqual([1, '']);
    const subject = 'Pod default/web (pods/pod.yaml:1)';
    expect(stdout.split('\n')).toEqual([
      'failing/failing.yaml',
      '  FAILED it runs (line 4)',
      expect.stringContaining(`${subject} is denied, and should be allowed: Pod default/web -> RuntimeClass "nosuch"`),
      expect.stringContaining(
        `${subject} has a finding that is not expected, error RuntimeClassNotFound at spec.runtimeClassName: `,
      ),
      expect.stringContaining(`${subject} is not patched by {"op":"remove","path":"/spec"}.`),
      '1 case, 1 failed.',
      '',
    ]);
  });

  const expectation = (expected: string) => suite(`- name: x\n  review: ../pods/pod.yaml\n  expect: {${expected}}\n`);

  test.each([
    ['allowed: true', 1],
    ['allowed: false', 0],
    ['findings: [{code: RuntimeClassNotFound}]', 0],
    ['findings: [{code: RuntimeClassNotFound, severity: error, field: spec.runtimeClassName}]', 0],
    ['findings: [{code: RuntimeClassNotFound, severity: warning}]', 1],
    ['findings: [{code: RuntimeClassNotFound, field: spec}]', 1],
    ['findings: [{code: RuntimeClassNotFound}, {code: RuntimeClassNotFound}]', 1],
    ['findings: [{code: EmptyName}]', 1],
    ['findings: []', 1],
    ['patch: []', 0],
  ])('ends where {%s} is expected with %i', async (expected, exit) => {
    put('one/one.yaml', expectation(expected));
    expect((await run('one/one.yaml')).code).toBe(exit);
  });

  test.each([
    [
      'an unknown code',
      expectation('findings: [{code: RuntimeClasNotFound}]'),
      /There is no code .*Did you mean RuntimeClassNotFound\?/,
    ],
    ['an unknown field', expectation('alowed: true'), /Did you mean allowed\?/],
    ['nothing that is expected', expectation(''), /fewer than 1/],
    ['no case', 'apiVersion: test.shimgate.dev/v1alpha1\nkind: PolicyTest\ncases: []\n', /fewer than 1/],
    ['neither a file nor an object', suite('- name: x\n  expect: {allowed: true}\n'), /either a file or an object/],
    ['a file that is not there', suite('- name: x\n  review: gone.yaml\n  expect: {allowed: true}\n'), /ENOENT/],
    [
      'a configuration that is not there',
      suite('- name: x\n  review: ../pods/pod.yaml\n  expect: {allowed: true}\n', 'configuration: gone.yaml\n'),
      /configuration cannot be read: ENOENT/,
    ],
    [
      'a configuration that is not valid',
      suite('- name: x\n  review: ../pods/pod.yaml\n  expect: {allowed: true}\n', 'configuration: ../pods/pod.yaml\n'),
      /pods\/pod\.yaml:\d+:\d+: error/,
    ],
    [
      'an object of the wrong type',
      suite('- name: x\n  object: {apiVersion: v1, kind: Pod, spec: 1}\n  expect: {allowed: true}\n'),
      /spec must be object/,
    ],
  ])('ends with 2 where a test has %s', async (_, text, message) => {
    put('broken/broken.yaml', text);
    const { code, stdout, stderr } = await run('broken/broken.yaml', '-o', 'json');
    expect([code, stdout]).toEqual([2, '[]\n']);
    expect(stderr).toMatch(message);
  });

  test('ends with 2 where there is no test', async () => {
    put('none/pod.yaml', 'apiVersion: v1\nkind: Pod\n# kind: PolicyTest\n');
    expect(await run('none')).toEqual({ code: 2, stdout: '', stderr: 'error: no file of kind PolicyTest in none\n' });
    expect((await run('nowhere')).stderr).toMatch(/^error: cannot read nowhere: ENOENT/);
  });

  test('fails where a file of several objects has one with another verdict', async () => {
    const pods = ['runc', 'nosuch'].map(
      (name) => `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {runtimeClassName: ${name}}\n`,
    );
    put(
      'several/pods.yaml',
      ['apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: runc}\nhandler: runc\n', ...pods].join(
        '---\n',
      ),
    );
    put('several/test.yaml', suite('- name: all run\n  review: pods.yaml\n  expect: {allowed: true}\n'));
    const { code, stdout } = await run('several');
    expect(code).toBe(1);
    expect(stdout.match(/is denied/g)).toHaveLength(1);
  });
});

describe('for programs', () => {
  put('all/passing.yaml', passing.replaceAll(/(pod|configuration)\.yaml/g, '../pods/$1.yaml'));
  put('all/failing.yaml', suite('- name: "<it> runs"\n  review: ../pods/pod.yaml\n  expect: {allowed: true}\n'));
  put('all/no-cases.yaml', 'apiVersion: test.shimgate.dev/v1alpha1\nkind: PolicyTest\ncases: []\n');

  test('-o json and -o yaml have each case with what is not as expected', async () => {
    const [json, yaml] = await Promise.all(['json', 'yaml'].map((format) => run('all', '-o', format)));
    expect(parse(yaml?.stdout ?? '')).toEqual(JSON.parse(json?.stdout ?? ''));
    expect(JSON.parse(json?.stdout ?? '')).toEqual([
      {
        source: { file: 'all/failing.yaml', line: 4 },
        name: '<it> runs',
        passed: false,
        failures: [expect.stringContaining('is denied, and should be allowed')],
      },
      { source: { file: 'all/passing.yaml', line: 5 }, name: 'it is told', passed: true, failures: [] },
    ]);
  });

  test('-o junit is XML with a case each, which counts what it has', async () => {
    const { code, stdout } = await run('all', '-o', 'junit');
    expect(code).toBe(2);
    const document = parseXml(stdout);
    expect(document.attributes).toEqual({ name: 'shimgate test', tests: '3', failures: '1', errors: '1' });
    const cases = document.children.flatMap(({ children }) => children);
    expect(cases.map(({ attributes: { name }, children }) => [name, children.map((one) => one.name)])).toEqual([
      ['<it> runs', ['failure']],
      ['it can be read', ['error']],
      ['it is told', []],
    ]);
  });
});
