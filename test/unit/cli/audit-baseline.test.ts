import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import type { AuditBaseline } from '../../../src/generated/baseline.ts';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { runShimgate } from './run-shimgate.ts';

const directory = directoryForTests();
const file = (name: string) => join(directory, name);
const pod = (name: string, className: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: default}\nspec: {runtimeClassName: ${className}}\n`;

writeFileSync(file('before.yaml'), pod('old', 'nosuch'));
writeFileSync(file('after.yaml'), `# Moved.\n\n${pod('old', 'nosuch')}---\n${pod('new', 'nosuch')}`);

const audit = (manifests: string, ...more: readonly string[]) =>
  runShimgate(['audit', '--objects', manifests, '-o', 'json', ...more], { cwd: directory });
const named = (stdout: string) =>
  (JSON.parse(stdout) as { findings: { object: { name: string } }[] }).findings.map(({ object }) => object.name);

const written = await audit('before.yaml', '--write-baseline', 'known.yaml');
const known = parse(readFileSync(file('known.yaml'), 'utf8')) as AuditBaseline;
const withEntry = (name: string, changes: object) => {
  writeFileSync(file(name), stringify({ ...known, findings: known.findings.map((one) => ({ ...one, ...changes })) }));
  return name;
};

describe('audit --write-baseline', () => {
  test('writes what is found, reports it, and ends with 0', () => {
    expect([written.code, written.stderr, named(written.stdout)]).toEqual([0, '', ['old']]);
    expect(known).toEqual({
      apiVersion: 'audit.shimgate.dev/v1alpha1',
      kind: 'AuditBaseline',
      findings: [
        {
          fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
          code: 'RuntimeClassNotFound',
          about: 'Pod default/old: spec.runtimeClassName',
        },
      ],
    });
  });

  test('keeps until and reason of the baseline that is compared with', async () => {
    const remarks = { until: '2999-12-31', reason: 'Later.' };
    const again = ['--baseline', withEntry('remarks.yaml', remarks), '--write-baseline', 'remarks.yaml'];
    expect((await audit('after.yaml', ...again)).code).toBe(0);
    const { findings } = parse(readFileSync(file('remarks.yaml'), 'utf8')) as AuditBaseline;
    expect(findings).toEqual([
      expect.not.objectContaining({ until: expect.anything() }),
      expect.objectContaining({ about: 'Pod default/old: spec.runtimeClassName', ...remarks }),
    ]);
  });

  test('writes nothing where a part could not be read, and leaves nothing behind', async () => {
    const { code, stderr } = await audit('before.yaml', '--objects', 'gone.yaml', '--write-baseline', 'part.yaml');
    expect([code, stderr]).toEqual([2, 'warning: not everything could be read: part.yaml is not written\n']);
    const elsewhere = await audit('before.yaml', '--write-baseline', 'no/such/directory.yaml');
    expect([elsewhere.code, elsewhere.stderr]).toEqual([
      2,
      expect.stringMatching(/^error: cannot write the baseline: ENOENT/),
    ]);
    expect(readdirSync(directory).filter((name) => /^part|[0-9a-f]{8}-/.test(name))).toEqual([]);
  });
});

describe('audit --baseline', () => {
  test('ends with 0 where nothing is new', async () => {
    const { code, stdout, stderr } = await audit('before.yaml', '--baseline', 'known.yaml');
    expect([code, named(stdout), stderr]).toEqual([0, [], 'known.yaml: 1 finding is known, and left out.\n']);
  });

  test('reports what is new alone, and fails for it', async () => {
    const { code, stdout } = await audit('after.yaml', '--baseline', 'known.yaml');
    expect([code, named(stdout)]).toEqual([1, ['new']]);
  });

  test('says which entries have expired, and counts their findings', async () => {
    const expired = withEntry('expired.yaml', { until: '2026-01-31' });
    const { code, stdout, stderr } = await audit('before.yaml', '--baseline', expired);
    expect([code, named(stdout), stderr]).toEqual([
      1,
      ['old'],
      'expired.yaml:4: RuntimeClassNotFound of Pod default/old: spec.runtimeClassName expired on 2026-01-31, and counts again.\n',
    ]);
  });

  test('says which entries match nothing any more, five of them by name', async () => {
    const [entry] = known.findings;
    const findings = Array.from({ length: 7 }, (_, index) => ({ ...entry, fingerprint: `${index}`.repeat(32) }));
    writeFileSync(file('stale.yaml'), stringify({ ...known, findings }));
    const { code, stderr } = await audit('before.yaml', '--baseline', 'stale.yaml');
    const lines = stderr.trimEnd().split('\n');
    expect([code, lines.length, lines.at(-1)]).toEqual([1, 6, 'stale.yaml: and 2 more of these.']);
    expect(lines[0]).toBe(
      'stale.yaml:4: RuntimeClassNotFound of Pod default/old: spec.runtimeClassName matches nothing any more: take it out.',
    );
  });

  test.each([
    ['is not there', 'gone.yaml', /^error: cannot read the baseline: ENOENT.*--write-baseline makes one\n$/],
    [
      'has an unknown field',
      withEntry('field.yaml', { untill: '2027-01-31' }),
      /^field\.yaml:7:\d+: error: findings\[0\]\.untill: .* \[UnknownField\] Did you mean until\?\nerror: the baseline/,
    ],
    [
      'has a day that is none',
      withEntry('day.yaml', { until: '31.1.2027' }),
      /^day\.yaml:7:\d+: error: findings\[0\]\.until: .*\[InvalidValue\]/,
    ],
    ['is no baseline', 'before.yaml', /^before\.yaml:1:13: error: apiVersion: .*audit\.shimgate\.dev\/v1alpha1/m],
  ])('ends with 2 where the file %s', async (_, name, message) => {
    const { code, stdout, stderr } = await audit('before.yaml', '--baseline', name);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });
});
