import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { version } from '../../../src/cli/version.ts';
import { webhooksFor } from '../../../src/registration/webhooks.ts';

const chart = join(import.meta.dirname, '..', '..', '..', 'charts', 'shimgate');
const read = (file: string) => readFileSync(join(chart, file), 'utf8');

describe('the chart', () => {
  test('is of the version of the program that it installs', () => {
    expect(parse(read('Chart.yaml'))).toMatchObject({ version, appVersion: version });
  });

  const entries = JSON.parse(read('files/webhooks.json')) as ReturnType<typeof webhooksFor> & {
    readonly deletion: Readonly<Record<string, unknown>>;
  };

  test('has the webhook entries that every configuration needs', () => {
    const { mutating, validating } = entries;
    expect({ mutating, validating }).toEqual(webhooksFor({ namespaceRules: [], runtimeClassDeletion: 'allow' }));
  });

  test('has one more for each setting that wants to know of the deletion of classes', () => {
    expect(Object.keys(entries.deletion)).toEqual(['warn', 'deny']);
    for (const runtimeClassDeletion of ['warn', 'deny'] as const) {
      const { validating } = webhooksFor({ namespaceRules: [], runtimeClassDeletion });
      expect([...entries.validating, entries.deletion[runtimeClassDeletion]]).toEqual(validating);
    }
  });
});
