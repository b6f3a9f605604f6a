import { describe, expect, test } from '@jest/globals';
import type { RuntimeClass } from '../../../src/generated/objects.ts';
import { misplacedHandler } from '../../../src/policy/misplaced-handler.ts';
import { adviceForMisplaced, adviceForRefused } from '../../../src/policy/handler-advice.ts';
import { configurationOf } from '../../support/worlds/world-of.ts';

/** As it comes from a manifest, where it may have fields that no class has. */
const parsed = (object: object): RuntimeClass => object;

describe('a handler that stands in the wrong place is found', () => {
  test.each<[string, object]>([
    ['metadata.handler', { metadata: { name: 'a', handler: 'vm' } }],
    ['metadata.annotations.handler', { metadata: { annotations: { handler: 'vm' } } }],
    ['spec.handler', { spec: { handler: 'vm' } }],
    ['spec.runtimeHandler', { spec: { runtimeHandler: 'vm' } }],
    ['runtimeHandler', { runtimeHandler: 'vm' }],
    ['runtime_handler', { runtime_handler: 'vm' }],
    ['Handler', { Handler: 'vm' }],
    ['scheduling.handler', { scheduling: { handler: 'vm' } }],
    ['Handler', { handler: '', spec: { handler: 'other' }, Handler: 'vm' }],
  ])('%s', (field, object) => {
    expect(misplacedHandler(parsed(object))).toEqual({ field, value: 'vm' });
  });

  test.each<[string, object]>([
    ['a handler where it belongs', { handler: 'vm', spec: { handler: 'other' } }],
    ['none anywhere', { metadata: { name: 'handler' } }],
    ['one that is no text', { spec: { handler: 5, runtimeHandler: { handler: null } } }],
    ['one in a list', { handlers: ['vm'] }],
    ['one deeper than a class is', { a: { b: { c: { d: { handler: 'vm' } } } } }],
    [
      'one behind more fields than a class has',
      { a: Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [i, {}])), b: { handler: 'vm' } },
    ],
  ])('but of %s nothing is said', (_what, object) => {
    expect(misplacedHandler(parsed(object))).toBeUndefined();
  });
});

test('the advice has its value, where the API server takes that', () => {
  expect(adviceForMisplaced({ field: 'spec.handler', value: 'vm' })).toBe(
    'Write handler: vm at the top level, beside metadata, and remove spec.handler.',
  );
  expect(adviceForMisplaced({ field: 'spec.handler', value: 'My VM' })).toContain('a lower-case label only');
});

describe('the advice for a handler that is refused looks at the table', () => {
  const { runtimes } = configurationOf({
    runtimes: {
      crun: { path: '/usr/local/bin/crun' },
      gvisor: { runtimeType: 'io.containerd.runsc.v1' },
      vm: { runtimeType: 'io.containerd.kata.v2', runtimePath: '/opt/kata/bin/containerd-shim-kata-v2' },
    },
  });

  test.each([
    ['vm', '', '"vm", which'],
    ['other', '', 'such as "crun"'],
    ['a', '/opt/kata/bin/containerd-shim-kata-v2', '"vm", which'],
    ['a', '/usr/bin/containerd-shim-runsc-v1', '"gvisor", which'],
    ['a', '/usr/local/bin/crun', '"crun", which'],
    ['a', 'vm\n', '"vm", which'],
    ['a', '/bin/sh', 'such as "crun"'],
  ])('of class %j with handler %j it names %s', (name, handler, expected) => {
    expect(adviceForRefused({ metadata: { name }, handler }, runtimes)).toContain(expected);
  });
});
