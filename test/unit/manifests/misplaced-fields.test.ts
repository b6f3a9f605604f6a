import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { worded } from '../../../src/finding/wording.ts';
import { misplacedFields } from '../../../src/manifests/misplaced-fields.ts';

const found = (text: string) => {
  const value = parse(text) as { readonly apiVersion: string; readonly kind: string };
  return misplacedFields({ ...value, value }).map((one) => {
    const { severity, code, field, fix } = worded(one);
    return `${severity} ${code} ${field} | ${fix}`;
  });
};

const pod = (spec: string) => `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: ${spec}\n`;
const deployment = (spec: string, metadata = '{name: a}') =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: ${metadata}\nspec: ${spec}\n`;

describe('the name of a class that stands where Kubernetes has no such field', () => {
  test.each([
    ['in a container', pod('{containers: [{name: b, runtimeClassName: vm}]}'), 'spec.containers[0].runtimeClassName'],
    [
      'in the security context',
      pod('{securityContext: {runtimeClassName: vm}}'),
      'spec.securityContext.runtimeClassName',
    ],
    ['under a shorter name', pod('{runtimeClass: vm}'), 'spec.runtimeClass'],
    ['in other letters', pod('{runtimeclassName: vm}'), 'spec.runtimeclassName'],
    ['with dashes', pod('{runtime-class-name: vm}'), 'spec[runtime-class-name]'],
    ['as a handler', pod('{runtimeHandler: vm}'), 'spec.runtimeHandler'],
    ['beside the metadata', 'apiVersion: v1\nkind: Pod\nruntimeClassName: vm\nspec: {}\n', 'runtimeClassName'],
  ])('of a pod: %s', (_name, text, field) => {
    expect(found(text)).toEqual([`warning MisplacedField ${field} | Write it spec.runtimeClassName.`]);
  });

  test.each([
    ['beside the template', deployment('{runtimeClassName: vm, template: {spec: {}}}'), 'spec.runtimeClassName'],
    ['in the template', deployment('{template: {runtimeClassName: vm, spec: {}}}'), 'spec.template.runtimeClassName'],
  ])('of a Deployment: %s', (_name, text, field) => {
    expect(found(text)).toEqual([`warning MisplacedField ${field} | Write it spec.template.spec.runtimeClassName.`]);
  });

  test('of a CronJob: in the job', () => {
    const text =
      'apiVersion: batch/v1\nkind: CronJob\nspec: {jobTemplate: {spec: {runtimeClassName: vm, template: {spec: {}}}}}\n';
    expect(found(text)).toEqual([
      'warning MisplacedField spec.jobTemplate.spec.runtimeClassName | Write it spec.jobTemplate.spec.template.spec.runtimeClassName.',
    ]);
  });

  test('where the right field is there too, that one counts', () => {
    expect(found(pod('{runtimeClassName: vm, containers: [{runtimeClassName: vm}]}'))).toEqual([
      'warning MisplacedField spec.containers[0].runtimeClassName | Remove it.',
    ]);
  });

  test.each([
    ['the right place', pod('{runtimeClassName: vm}')],
    ['labels and selectors, whose keys are free', pod('{nodeSelector: {runtimeClass: vm}}')],
    ['nothing where it is empty', pod('{runtimeClass: "", containers: [{runtimeClassName: null}]}')],
    ['another kind', 'apiVersion: example.com/v1\nkind: Pod\nspec: {runtimeClass: vm}\n'],
    ['a text that nests without end', pod(`${'{a: '.repeat(60)}{runtimeClass: vm}${'}'.repeat(60)}`)],
  ])('and not %s', (_name, text) => {
    expect(found(text)).toEqual([]);
  });
});

describe('an annotation of a runtime on the object that has the template', () => {
  const key = 'io.katacontainers.config.hypervisor.default_vcpus';
  test('is told, with the place where pods get it from', () => {
    expect(found(deployment('{template: {spec: {}}}', `{name: a, annotations: {${key}: "4"}}`))).toEqual([
      `warning MisplacedField metadata.annotations[${key}] | Move it to spec.template.metadata.annotations.`,
    ]);
  });

  test.each([
    [
      'where the template has it too',
      deployment(`{template: {metadata: {annotations: {${key}: "4"}}}}`, `{annotations: {${key}: "4"}}`),
    ],
    ['of nobody who runs pods', deployment('{template: {}}', '{annotations: {example.com/team: a}}')],
    [
      'of an object that another one made',
      deployment('{template: {}}', `{ownerReferences: [{}], annotations: {${key}: "4"}}`),
    ],
    ['of a pod', `apiVersion: v1\nkind: Pod\nmetadata: {annotations: {${key}: "4"}}\n`],
  ])('and not %s', (_name, text) => {
    expect(found(text)).toEqual([]);
  });
});

describe('of a RuntimeClass, what stands one level too high', () => {
  const ofClass = (fields: string) =>
    `apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: a}\nhandler: a\n${fields}\n`;
  test.each([
    ['overhead: {memory: 160Mi}', 'overhead.memory | Write it overhead.podFixed.memory.'],
    ['podFixed: {memory: 160Mi}', 'podFixed | Write it overhead.podFixed.'],
    ['nodeSelector: {a: b}', 'nodeSelector | Write it scheduling.nodeSelector.'],
    ['tolerations: [{operator: Exists}]', 'tolerations | Write it scheduling.tolerations.'],
  ])('%s', (fields, said) => {
    expect(found(ofClass(fields))).toEqual([`warning MisplacedField ${said}`]);
  });

  test('and nothing of a sound one', () => {
    const fields = 'overhead: {podFixed: {cpu: 1}}\nscheduling: {nodeSelector: {a: b}, tolerations: []}';
    expect(found(ofClass(fields))).toEqual([]);
    expect(found(ofClass('overhead: null\nnodeSelector: null'))).toEqual([]);
  });
});
