import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { defaultConfiguration, readConfiguration } from '../../../src/config/read-configuration.ts';
import { locatedSentence } from '../../../src/finding/located-finding.ts';
import { codes, type FindingCode } from '../../../src/finding/codes.ts';
import { worded, type WordedFinding } from '../../../src/finding/wording.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/configurations');

/** What a file beside a configuration says of it, in the order of the text; `at` is line:column. */
type ExpectedFinding = WordedFinding & { readonly at: string };

const findingsSuffix = '.findings.json';

function read(path: string) {
  return readConfiguration(readFileSync(join(fixtures, path)), path);
}

function expectedOf(directory: string, file: string): readonly ExpectedFinding[] {
  return JSON.parse(
    readFileSync(join(fixtures, directory, file + findingsSuffix), 'utf8'),
  ) as readonly ExpectedFinding[];
}

describe('the sample configuration of the design', () => {
  const { configuration, findings } = read('section-9.yaml');

  test('is read, and nothing is wrong with it', () => {
    expect(configuration).toBeDefined();
    expect(findings).toEqual([]);
  });

  test('says what it says', () => {
    expect({ ...configuration, runtimes: Object.fromEntries(configuration?.runtimes ?? []) }).toEqual({
      apiVersion: 'config.shimgate.dev/v1alpha1',
      kind: 'ShimgateConfiguration',
      mode: 'enforce',
      undeclaredHandlers: 'reported',
      defaultRuntime: 'runc',
      runtimeHandlerAnnotation: true,
      injectedAnnotations: ['runtime-type', 'shim-binary', 'runtime-path', 'options', 'source'],
      runtimes: {
        'kata-qemu': {
          name: 'kata-qemu',
          source: 'configured',
          runtimeType: 'io.containerd.kata-qemu.v2',
          shimBinary: '/opt/kata/bin/containerd-shim-kata-v2',
          runtimePath: '/opt/kata/bin/containerd-shim-kata-v2',
          options: { ConfigPath: '/opt/kata/share/defaults/kata-containers/configuration-qemu.toml' },
          snapshotter: 'nydus',
          annotations: { 'io.katacontainers.config.hypervisor.machine_type': 'q35' },
        },
        crun: {
          name: 'crun',
          source: 'configured',
          runtimeType: 'io.containerd.runc.v2',
          shimBinary: 'containerd-shim-runc-v2',
          options: { BinaryName: '/usr/bin/crun' },
        },
      },
      namespaceRules: [
        {
          namespaces: ['tenant-*'],
          allowedRuntimeClassNames: ['kata-qemu'],
          defaultRuntimeClassName: 'kata-qemu',
          mode: 'enforce',
        },
      ],
      namespaceLabelMayLoosen: false,
      exemptions: { namespaces: ['kube-system'], usernames: [], runtimeClassNames: [] },
      runtimeClassFields: new Map(),
      runtimeClassDeletion: 'warn',
      allowedAnnotations: new Map([
        ['kata-qemu', new Map([['io.katacontainers.config.hypervisor.kernel', ['/opt/kata/share/kernels/*']]])],
      ]),
      passedAnnotations: new Map([['kata-qemu', ['io.katacontainers.*', 'shimgate.dev/*']]]),
    });
  });
});

test('a key << merges maps, as it does for kubectl', () => {
  const { configuration, findings } = read('merge-key.yaml');
  expect(findings).toEqual([]);
  expect(configuration?.runtimes.get('b')).toMatchObject({ options: { BinaryName: '/usr/bin/crun' } });
});

/** Refused configurations, and those that are used although something was found. */
const directories = ['broken', 'doubtful'] as const;

describe.each(directories)('a %s configuration', (directory) => {
  const files = readdirSync(join(fixtures, directory)).toSorted();
  const configurations = files.filter((file) => !file.endsWith(findingsSuffix));

  test('has its findings in a file beside it, and there are no others', () => {
    const surplus = files
      .filter((file) => file.endsWith(findingsSuffix))
      .map((file) => file.slice(0, -findingsSuffix.length));
    expect(surplus.toSorted()).toEqual(configurations);
    expect(configurations.filter((file) => !/\.(yaml|json)$/.test(file))).toEqual([]);
    expect(configurations).not.toEqual([]);
  });

  test.each(configurations)('is told all that is wrong with it, and where: %s', (file) => {
    const { configuration, findings } = read(join(directory, file));
    const found = findings.map((one) => ({ at: `${one.source.line}:${one.source.column}`, ...worded(one) }));
    expect(found).toEqual(expectedOf(directory, file));
    expect(new Set(findings.map(({ source }) => source.file))).toEqual(new Set([join(directory, file)]));
    expect(configuration === undefined).toBe(directory === 'broken');
  });
});

describe('the findings about a configuration', () => {
  test('have an example each', () => {
    const shown = new Set(
      directories.flatMap((directory) =>
        readdirSync(join(fixtures, directory))
          .filter((file) => !file.endsWith(findingsSuffix))
          .flatMap((file) => expectedOf(directory, file).map(({ code }) => code)),
      ),
    );
    const aboutConfiguration = (Object.keys(codes) as FindingCode[]).filter(
      (code) => codes[code].subject === 'Configuration',
    );
    expect(aboutConfiguration.filter((code) => !shown.has(code))).toEqual([]);
  });

  test('are one line each, as a compiler would write it', () => {
    const { findings } = read('broken/one-line.json');
    expect(findings.map(locatedSentence)).toEqual([
      'broken/one-line.json:1:84: error: mode: The value "warm" is not allowed. [InvalidValue] Did you mean warn? Allowed: enforce, warn, audit.',
      'broken/one-line.json:1:107: error: runtimes.a: Runtime "a" has neither a runtimeType nor a path. [RuntimeUnspecified] Give it a runtimeType (containerd) or a path (Docker).',
      'broken/one-line.json:1:115: error: runtimes.b.pth: There is no field "pth". [UnknownField] Did you mean path?',
    ]);
  });

  test('leave out the field where it is the document as a whole', () => {
    const { findings } = read('broken/unterminated.yaml');
    expect(findings.map(locatedSentence)).toEqual([
      'broken/unterminated.yaml:4:1: error: Missing closing "quote. [InvalidSyntax] Correct the syntax.',
    ]);
  });
});

describe('a configuration that says nothing', () => {
  test('is what applies where there is none', () => {
    const text = 'apiVersion: config.shimgate.dev/v1alpha1\nkind: ShimgateConfiguration\n';
    expect(readConfiguration(Buffer.from(text), 'x')).toEqual({ configuration: defaultConfiguration(), findings: [] });
  });

  test('enforces, only warns of handlers that nobody declares, and writes every annotation that helps', () => {
    expect(defaultConfiguration()).toMatchObject({
      mode: 'enforce',
      undeclaredHandlers: 'warn',
      defaultRuntime: 'runc',
      runtimeHandlerAnnotation: 'auto',
      injectedAnnotations: ['runtime-type', 'shim-binary', 'runtime-path', 'options', 'source'],
      namespaceLabelMayLoosen: false,
      exemptions: { namespaces: [], usernames: [], runtimeClassNames: [] },
      runtimeClassFields: new Map(),
      runtimeClassDeletion: 'warn',
    });
  });

  test('is not the same object each time', () => {
    expect(defaultConfiguration()).not.toBe(defaultConfiguration());
    expect(defaultConfiguration().namespaceRules).not.toBe(defaultConfiguration().namespaceRules);
  });
});
