import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { keepWorkload } from '../../../src/policy/kept-workload.ts';

type Schema = {
  readonly definitions: Readonly<Record<string, { readonly properties?: Readonly<Record<string, object>> }>>;
};

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../src/policy/objects.schema.json'), 'utf8'),
) as Schema;

/** An object with every field that policies read of one kind, each with a value of its own. */
function everyField(definition: string): Readonly<Record<string, string>> {
  const fields = Object.keys(schema.definitions[definition]?.properties ?? {});
  expect(fields).not.toEqual([]);
  return Object.fromEntries(fields.map((field) => [field, `value of ${field}`]));
}

const pod = { metadata: everyField('ObjectMeta'), spec: everyField('PodSpec'), status: { phase: 'Running' } };
const unread = { managedFields: [{}], containers: [{}], conditions: [] };
const whole = {
  metadata: { ...pod.metadata, ...unread },
  spec: { ...pod.spec, ...unread },
  status: { ...pod.status, ...unread },
  ...unread,
};

describe('of a workload is kept what policies read,', () => {
  test.each<readonly [string, object, object]>([
    ['of a pod', whole, pod],
    ['of a template', { spec: { replicas: 3, template: whole } }, { spec: { template: pod } }],
    [
      'of a template of a Job',
      { spec: { schedule: '', jobTemplate: { spec: { template: whole } } } },
      { spec: { jobTemplate: { spec: { template: pod } } } },
    ],
    ['of a PodTemplate', { template: whole }, { template: pod }],
    ['of an empty object', {}, {}],
    ['of what a prototype has', { spec: { constructor: 1 } }, { spec: {} }],
  ])('%s', (_, object, kept) => {
    expect(keepWorkload(object)).toEqual(kept);
  });

  test.each([null, 'x', 1, true, []])('and what is of another type as it is: %j', (value) => {
    for (const object of [
      { metadata: value, spec: value, status: value, template: value },
      { spec: { template: value, jobTemplate: value } },
      { spec: { jobTemplate: { spec: value } } },
      { metadata: { annotations: value }, spec: { tolerations: value } },
    ]) {
      expect(keepWorkload(object)).toEqual(object);
    }
  });
});
