import { expect, test } from '@jest/globals';
import type { Pod } from '../../../src/generated/objects.ts';
import { isSameTemplate } from '../../../src/policy/same-template.ts';

const model: Pod = {
  metadata: { annotations: { a: '1', b: '2' } },
  spec: { runtimeClassName: 'vm', nodeSelector: { pool: 'x' }, tolerations: [{ key: 'k', operator: 'Exists' }] },
};

test.each<readonly [string, Pod]>([
  ['the order of keys', { ...model, metadata: { annotations: { b: '2', a: '1' } } }],
  ['labels', { ...model, metadata: { ...model.metadata, labels: { a: '' } } }],
  ['null for nothing', { ...model, spec: { ...model.spec, hostPID: null, os: null } }],
])('a template is the same with another %s', (_, other) => {
  expect(isSameTemplate(model, other)).toBe(true);
});

test.each<readonly [string, Pod]>([
  ['annotation', { ...model, metadata: { annotations: { a: '1', b: '3' } } }],
  ['annotation more', { ...model, metadata: { annotations: { a: '1', b: '2', c: '' } } }],
  ['key', { ...model, metadata: { annotations: { a: '1', constructor: '2' } } }],
  ['class', { ...model, spec: { ...model.spec, runtimeClassName: 'other' } }],
  ['node', { ...model, spec: { ...model.spec, nodeName: 'a' } }],
  ['host network', { ...model, spec: { ...model.spec, hostNetwork: true } }],
  ['host PID', { ...model, spec: { ...model.spec, hostPID: true } }],
  ['host IPC', { ...model, spec: { ...model.spec, hostIPC: true } }],
  ['operating system', { ...model, spec: { ...model.spec, os: { name: 'windows' } } }],
  ['selector', { ...model, spec: { ...model.spec, nodeSelector: {} } }],
  ['toleration', { ...model, spec: { ...model.spec, tolerations: [{ key: 'k', operator: 'Equal' }] } }],
  ['toleration more', { ...model, spec: { ...model.spec, tolerations: [{ key: 'k', operator: 'Exists' }, {}] } }],
])('a template is another with another %s', (_, other) => {
  expect(isSameTemplate(model, other)).toBe(false);
  expect(isSameTemplate(other, model)).toBe(false);
});
