import { expect, test } from '@jest/globals';
import { Usage } from '../../../src/audit/usage.ts';

test('uses of classes are counted, by whether a pod or a template names them', () => {
  const usage = new Usage(['kata']);
  usage.count('kata', 'pods');
  usage.count('kata', 'pods');
  usage.count('kata', 'templates');
  usage.count(undefined, 'pods');
  usage.count('nosuch', 'templates');
  expect(usage.of('kata')).toEqual({ pods: 2, templates: 1 });
  expect(usage.of('other')).toEqual({ pods: 0, templates: 0 });
  expect(usage.withoutClass).toEqual({ pods: 1, templates: 0 });
  expect(usage.unknownClasses).toEqual(['nosuch']);
});

test('names of classes that do not exist are told apart up to a thousand, and real ones always', () => {
  const usage = new Usage(['kata']);
  for (let index = 0; index < 5_000; index++) usage.count(`nosuch-${index}`, 'pods');
  usage.count('nosuch-0', 'pods');
  usage.count('kata', 'pods');
  expect(usage.unknownClasses).toHaveLength(1_000);
  expect(usage.of('nosuch-0').pods).toBe(2);
  expect(usage.of('kata').pods).toBe(1);
});
